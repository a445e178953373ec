import { type MirrorNode, Nodes } from "../mirror.ts";
import { decodeNodeName, parseProviderUrl, type ProviderUrl } from "../provider-url.ts";
import { type Layout, type LayoutContext, type LayoutInstance, type LayoutService, malformed } from "./layout.ts";
import { sofaInstance } from "./sofa-rpc-url.ts";

/**
 * SOFARPC's layout: `/sofa-rpc/<interface>/{providers,consumers,configs,overrides}`.
 *
 * `configs` (a node for each key, its data the value) hold for the interface, and become labels of the service. `overrides` are not read: in
 * SOFARPC they speak to the consumer of one host, about its own timeout, serialization and load balancer.
 */
export function watchSofaRpc(root: string, context: LayoutContext): Layout {
  const interfaces = new Nodes<Interface>();
  context.mirror.children(
    root,
    (names) => {
      interfaces.update(names ?? [], (name) => new Interface(`${root}/${name}`, name, context));
      for (const { base } of interfaces.entries.values()) base.refreshIfAbsent();
    },
    { awaitsCreation: true },
  );
  return { service: (name) => interfaces.entries.get(name)?.service() };
}

class Interface {
  readonly base: MirrorNode;
  readonly #name: string;
  readonly #path: string;
  readonly #context: LayoutContext;
  /** `providers` and `configs`, as far as they are there. */
  readonly #parts: Nodes<Part> = new Nodes();

  constructor(path: string, name: string, context: LayoutContext) {
    this.#name = name;
    this.#path = path;
    this.#context = context;
    const touch = (): void => context.touch(name);
    this.base = context.mirror.children(path, (children) => {
      const names = (children ?? []).filter((child) => child === "providers" || child === "configs");
      this.#parts.update(
        names,
        (part) => new Part(`${path}/${part}`, (node) => new Entry(node, part === "providers", touch, context), touch, context),
      );
      for (const { node } of this.#parts.entries.values()) node.refreshIfAbsent();
      touch();
    });
  }

  service(): LayoutService {
    const { registry } = this.#context;
    const instances: LayoutInstance[] = [];
    const labels: Record<string, string> = {};
    const labelPaths = new Map<string, string>();
    const parts = this.#parts.entries;
    for (const entry of parts.get("providers")?.entries.entries.values() ?? []) {
      if (entry.url !== undefined && entry.data !== undefined) instances.push(sofaInstance(entry.path, entry.url, entry.data, registry));
    }
    for (const [key, { path, data }] of parts.get("configs")?.entries.entries ?? []) {
      if (data === undefined || data.length === 0) continue;
      labels[key] = data.toString("utf8");
      labelPaths.set(key, path);
    }
    return {
      path: this.#path,
      instances,
      labels,
      labelPaths,
      isComplete: this.base.isRead && [...parts.values()].every((part) => part.isComplete),
    };
  }

  close(): void {
    this.base.close();
    this.#parts.close();
    this.#context.touch(this.#name);
  }
}

/** A node with entries: their names are listed, their data read one by one. */
class Part {
  readonly node: MirrorNode;
  readonly entries: Nodes<Entry> = new Nodes();

  constructor(path: string, make: (path: string) => Entry, touch: () => void, context: LayoutContext) {
    this.node = context.mirror.children(path, (names) => {
      if (this.entries.update(names ?? [], (name) => make(`${path}/${name}`))) touch();
      for (const entry of this.entries.entries.values()) entry.node.refreshIfAbsent();
    });
  }

  get isComplete(): boolean {
    return this.node.isRead && [...this.entries.entries.values()].every(({ node }) => node.isRead && !node.isAbsent);
  }

  close(): void {
    this.node.close();
    this.entries.close();
  }
}

class Entry {
  readonly path: string;
  readonly node: MirrorNode;
  /** Of a provider whose name can be read. */
  readonly url: ProviderUrl | undefined;
  data: Buffer | undefined = undefined;
  readonly #context: LayoutContext;

  constructor(path: string, isProvider: boolean, touch: () => void, context: LayoutContext) {
    this.path = path;
    this.#context = context;
    this.url = isProvider ? this.#provider(path.slice(path.lastIndexOf("/") + 1)) : undefined;
    this.node = context.mirror.data(path, (data) => {
      const known = this.data;
      this.data = data;
      if (known === undefined || data === undefined ? known !== data : !known.equals(data)) touch();
    });
  }

  close(): void {
    this.node.close();
    this.#context.problem(this.path, this, undefined);
  }

  #provider(name: string): ProviderUrl | undefined {
    const text = decodeNodeName(name);
    const url = text === undefined ? undefined : parseProviderUrl(text);
    if (url !== undefined && url.port > 0) return url;
    const what = text === undefined ? "has a broken escape" : "is no scheme://host:port";
    this.#context.problem(this.path, this, malformed(`the name ${what}`));
    return undefined;
  }
}
