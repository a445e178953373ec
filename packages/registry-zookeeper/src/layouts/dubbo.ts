import { type MirrorNode, Nodes } from "../mirror.ts";
import { decodeNodeName, parseProviderUrl, type ProviderUrl } from "../provider-url.ts";
import { applyRules, type DubboRule, ruleOfUrl, sortRules } from "./dubbo-rules.ts";
import { dubboInstance } from "./dubbo-url.ts";
import type { Layout, LayoutContext, LayoutInstance, LayoutService } from "./layout.ts";

/** What lies beside the interfaces. */
const reserved: ReadonlySet<string> = new Set(["mapping", "metadata", "config"]);
/** What an interface has. With a `group` in Dubbo's registry URL, applications lie beside interfaces, and have instances. */
const categories: ReadonlySet<string> = new Set(["providers", "consumers", "configurators", "routers"]);

/**
 * Dubbo's interface level: `/dubbo/<interface>/{providers,consumers,configurators,routers}`, a node's name an URL. `routers` are not read:
 * routing in the mesh is Istio's.
 */
export class DubboInterfaces implements Layout {
  readonly #interfaces: Nodes<Interface> = new Nodes();
  readonly #dynamic: () => readonly DubboRule[];

  /** @param dynamic - the rules of the configuration centre */
  constructor(root: string, context: LayoutContext, dynamic: () => readonly DubboRule[]) {
    this.#dynamic = dynamic;
    context.mirror.children(
      root,
      (names) => {
        const wanted = (names ?? []).filter((name) => !reserved.has(name));
        this.#interfaces.update(wanted, (name) => new Interface(`${root}/${name}`, name, context));
        for (const { base } of this.#interfaces.entries.values()) base.refreshIfAbsent();
      },
      { awaitsCreation: true },
    );
  }

  service(name: string): LayoutService | undefined {
    return this.#interfaces.entries.get(name)?.service(this.#dynamic());
  }

  get names(): Iterable<string> {
    return this.#interfaces.entries.keys();
  }
}

class Interface {
  readonly base: MirrorNode;
  readonly #name: string;
  readonly #context: LayoutContext;
  readonly #parts: Nodes<Part> = new Nodes();
  #isInterface = true;

  constructor(path: string, name: string, context: LayoutContext) {
    this.#name = name;
    this.#context = context;
    const touch = (): void => context.touch(name);
    this.base = context.mirror.children(path, (children) => {
      this.#isInterface = children === undefined || children.length === 0 || children.some((child) => categories.has(child));
      const names = (children ?? []).filter((child) => child === "providers" || child === "configurators");
      this.#parts.update(names, (part) => new Part(`${path}/${part}`, touch, context));
      for (const { node } of this.#parts.entries.values()) node.refreshIfAbsent();
      touch();
    });
  }

  service(dynamic: readonly DubboRule[]): LayoutService | undefined {
    if (!this.#isInterface) return undefined;
    const parts = this.#parts.entries;
    const rules = [...sortRules([...(parts.get("configurators")?.urls ?? [])].flatMap((url) => ruleOfUrl(url) ?? [])), ...dynamic];
    const instances: LayoutInstance[] = [];
    for (const url of parts.get("providers")?.urls ?? []) {
      // `empty://` says that there is none.
      if (url.scheme === "empty" || url.port === 0) continue;
      instances.push(dubboInstance(applyRules(rules, url, this.#name), this.#context.registry));
    }
    return { instances, labels: {}, isComplete: this.base.isRead && [...parts.values()].every(({ node }) => node.isRead) };
  }

  close(): void {
    this.base.close();
    this.#parts.close();
    this.#context.touch(this.#name);
  }
}

/** A node whose children's names are URLs. */
class Part {
  readonly node: MirrorNode;
  readonly #entries: Nodes<Entry> = new Nodes();

  constructor(path: string, touch: () => void, context: LayoutContext) {
    this.node = context.mirror.children(path, (names) => {
      if (this.#entries.update(names ?? [], (name) => new Entry(path, name, context))) touch();
    });
  }

  get urls(): readonly ProviderUrl[] {
    return [...this.#entries.entries.values()].flatMap(({ url }) => url ?? []);
  }

  close(): void {
    this.node.close();
  }
}

class Entry {
  readonly url: ProviderUrl | undefined;

  constructor(parent: string, name: string, context: LayoutContext) {
    const text = decodeNodeName(name);
    this.url = text === undefined ? undefined : parseProviderUrl(text);
    if (this.url === undefined)
      context.malformed(`${parent}/${name}`, `the name ${text === undefined ? "has a broken escape" : "is no URL"}`);
  }

  close(): void {
    // Nothing is watched: all is in the name.
  }
}
