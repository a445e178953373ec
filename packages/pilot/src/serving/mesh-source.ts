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
  readonly #classes = new Map<string, { readonly resources: ScopeResources; users: number }>();
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
    return scope === undefined ? undefined : (this.#classes.get(scope.key)?.resources ?? new ScopeResources(scope));
  }

  /** The resources of a proxy's class, which may have become another one. */
  #resourcesOf(proxy: Proxy, before: ScopeResources | undefined): ScopeResources | undefined {
    const scope = this.scopeOf(proxy);
    if (scope === undefined || before?.scope === scope) return before;
    if (before !== undefined && before.scope.key === scope.key) {
      before.update(scope);
      return before;
    }
    const known = this.#classes.get(scope.key) ?? { resources: new ScopeResources(scope), users: 0 };
    this.#classes.set(scope.key, known);
    known.users++;
    known.resources.update(scope);
    this.#release(before);
    return known.resources;
  }

  #release(resources: ScopeResources | undefined): void {
    const key = resources?.scope.key ?? "";
    const known = this.#classes.get(key);
    if (known === undefined || known.resources !== resources) return;
    known.users--;
    if (known.users === 0) this.#classes.delete(key);
  }
}

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
  readonly #find: (before: ScopeResources | undefined) => ScopeResources | undefined;
  readonly #onClosed: (last: ScopeResources | undefined) => void;
  #resources: ScopeResources | undefined = undefined;

  constructor(
    client: ClientInfo,
    proxy: Proxy,
    find: (before: ScopeResources | undefined) => ScopeResources | undefined,
    onClosed: (last: ScopeResources | undefined) => void,
  ) {
    this.client = client;
    this.proxy = proxy;
    this.#find = find;
    this.#onClosed = onClosed;
  }

  resources(typeUrl: string): ReturnType<ScopeResources["get"]> {
    this.#resources = this.#find(this.#resources);
    return this.#resources?.get(typeUrl);
  }

  close(): void {
    this.#onClosed(this.#resources);
  }
}
