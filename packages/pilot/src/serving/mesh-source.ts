import { refusal, type ClientInfo, type ClientResources, type ResourceSource } from "@mesh/xds-server";
import { isPilotError } from "../base/index.ts";
import type { MeshSnapshot } from "../hub/index.ts";
import { parseNode, type Proxy } from "../proxy/index.ts";
import { ScopeFactory, type ProxyScope } from "../scope/index.ts";
import { ScopeResources } from "./scope-resources.ts";

/** gRPC status codes. */
const invalidArgument = 3;
const unavailable = 14;

/** A proxy that is connected. */
export interface ConnectedProxy {
  readonly client: ClientInfo;
  readonly proxy: Proxy;
}

/** What a proxy is to have, by type. */
export type ProxyResources = Pick<ScopeResources, "get" | "scope">;

/** The snapshots as the clients of the xDS server see them. */
export class MeshSource implements ResourceSource {
  readonly #factory = new ScopeFactory();
  readonly #connected = new Map<string, ConnectedClient>();
  /** By the class's key, as long as somebody is of it. */
  readonly #classes = new Map<string, ClassEntry>();
  /** Of what classes with a workload have in common: their users are these. */
  readonly #commons = new Map<string, ClassEntry>();
  #snapshot: MeshSnapshot | undefined = undefined;

  get connected(): Iterable<ConnectedProxy> {
    return this.#connected.values();
  }

  /** How many kinds of proxies there are, each with resources of its own. */
  get classCount(): number {
    return this.#classes.size;
  }

  /** Of each kind, as its proxies were last given something. */
  *scopes(): Iterable<ProxyScope> {
    for (const { resources } of this.#classes.values()) yield resources.scope;
  }

  set(snapshot: MeshSnapshot): void {
    this.#snapshot = snapshot;
  }

  open(client: ClientInfo): ClientResources {
    const proxy = readNode(client);
    if (this.#snapshot === undefined) throw refusal(unavailable, "not ready: registries or configuration have not been read yet");
    const connected = new ConnectedClient(
      client,
      proxy,
      () => this.#snapshot,
      (before) => this.#resourcesOf(proxy, before),
      (last) => {
        this.#connected.delete(client.id);
        this.#release(last);
      },
    );
    this.#connected.set(client.id, connected);
    return connected;
  }

  /** What a proxy sees now; also of one that is not connected. Undefined before there is a snapshot. */
  scopeOf(proxy: Proxy): ProxyScope | undefined {
    return this.#snapshot === undefined ? undefined : this.#factory.scopeOf(this.#snapshot, proxy);
  }

  /** What a proxy that is connected is to have now. */
  resourcesOf({ proxy }: ConnectedProxy): ProxyResources | undefined {
    const scope = this.scopeOf(proxy);
    return scope === undefined
      ? undefined
      : (this.#classes.get(scope.key)?.resources ?? new ScopeResources(scope, withoutUsers(scope.common)));
  }

  /** The resources of a proxy's class, which may have become another one. */
  #resourcesOf(proxy: Proxy, before: ScopeResources | undefined): ScopeResources | undefined {
    const scope = this.scopeOf(proxy);
    if (scope === undefined || before?.scope === scope) return before;
    if (before !== undefined && before.scope.key === scope.key) {
      before.update(scope);
      return before;
    }
    let known = this.#classes.get(scope.key);
    if (known === undefined) {
      known = { resources: new ScopeResources(scope, this.#takeCommon(scope.common)), users: 0 };
      this.#classes.set(scope.key, known);
    }
    known.users++;
    known.resources.update(scope);
    this.#release(before);
    return known.resources;
  }

  #takeCommon(scope: ProxyScope | undefined): ScopeResources | undefined {
    if (scope === undefined) return undefined;
    const known = this.#commons.get(scope.key) ?? { resources: new ScopeResources(scope, undefined), users: 0 };
    this.#commons.set(scope.key, known);
    known.users++;
    return known.resources;
  }

  #release(resources: ScopeResources | undefined): void {
    if (resources === undefined) return;
    if (drop(this.#classes, resources) && resources.common !== undefined) drop(this.#commons, resources.common);
  }
}

interface ClassEntry {
  readonly resources: ScopeResources;
  users: number;
}

/** One user less. Returns whether it was the last one. */
function drop(classes: Map<string, ClassEntry>, resources: ScopeResources): boolean {
  const { key } = resources.scope;
  const known = classes.get(key);
  if (known === undefined || known.resources !== resources) return false;
  known.users--;
  return known.users === 0 && classes.delete(key);
}

const withoutUsers = (scope: ProxyScope | undefined): ScopeResources | undefined => scope && new ScopeResources(scope, undefined);

function readNode({ node }: ClientInfo): Proxy {
  try {
    return parseNode(node);
  } catch (error) {
    throw isPilotError(error) ? refusal(invalidArgument, error.message) : error;
  }
}

class ConnectedClient implements ClientResources, ConnectedProxy {
  readonly client: ClientInfo;
  readonly proxy: Proxy;
  readonly #snapshot: () => MeshSnapshot | undefined;
  readonly #find: (before: ScopeResources | undefined) => ScopeResources | undefined;
  readonly #onClosed: (last: ScopeResources | undefined) => void;
  #resources: ScopeResources | undefined = undefined;
  /** For which the resources were looked up last. */
  #seen: MeshSnapshot | undefined = undefined;

  constructor(
    client: ClientInfo,
    proxy: Proxy,
    snapshot: () => MeshSnapshot | undefined,
    find: (before: ScopeResources | undefined) => ScopeResources | undefined,
    onClosed: (last: ScopeResources | undefined) => void,
  ) {
    this.client = client;
    this.proxy = proxy;
    this.#snapshot = snapshot;
    this.#find = find;
    this.#onClosed = onClosed;
  }

  resources(typeUrl: string): ReturnType<ScopeResources["get"]> {
    const snapshot = this.#snapshot();
    if (this.#seen !== snapshot) this.#resources = this.#find(this.#resources);
    this.#seen = snapshot;
    return this.#resources?.get(typeUrl);
  }

  close(): void {
    this.#onClosed(this.#resources);
  }
}
