import { type MirrorNode, Nodes } from "../mirror.ts";
import { decodeNodeName, parseProviderUrl, placeOf, type ProviderUrl } from "../provider-url.ts";
import { applyRules, type DubboRule, ruleOfUrl, sortRules } from "./dubbo-rules.ts";
import { dubboInstance } from "./dubbo-url.ts";
import { type Layout, type LayoutContext, type LayoutInstance, type LayoutService, malformed } from "./layout.ts";

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

  /** Where a service's providers are. */
  placesOf(name: string): ReadonlySet<string> {
    return new Set(this.#interfaces.entries.get(name)?.providers.map(({ url }) => placeOf(url)));
  }
}

class Interface {
  readonly base: MirrorNode;
  readonly #name: string;
  readonly #path: string;
  readonly #context: LayoutContext;
  readonly #parts: Nodes<Part> = new Nodes();
  #isInterface = true;

  constructor(path: string, name: string, context: LayoutContext) {
    this.#name = name;
    this.#path = path;
    this.#context = context;
    const touch = (): void => context.touch(name);
    this.base = context.mirror.children(path, (children) => {
      this.#isInterface = children === undefined || children.length === 0 || children.some((child) => categories.has(child));
      const names = (children ?? []).filter((child) => child === "providers" || child === "configurators");
      this.#parts.update(names, (part) => new Part(`${path}/${part}`, part === "providers", touch, context));
      for (const { node } of this.#parts.entries.values()) node.refreshIfAbsent();
      touch();
    });
  }

  service(dynamic: readonly DubboRule[]): LayoutService | undefined {
    if (!this.#isInterface) return undefined;
    const parts = this.#parts.entries;
    const rules = [...sortRules([...(parts.get("configurators")?.entries ?? [])].flatMap(({ url }) => ruleOfUrl(url) ?? [])), ...dynamic];
    const instances: LayoutInstance[] = [];
    for (const { path, url } of this.providers) {
      // `empty://` says that there is none.
      if (url.scheme === "empty") continue;
      instances.push(dubboInstance(path, applyRules(rules, url, this.#name), this.#context.registry, true));
    }
    return {
      path: this.#path,
      instances,
      labels: {},
      labelPaths: new Map(),
      isComplete: this.base.isRead && [...parts.values()].every(({ node }) => node.isRead),
    };
  }

  get providers(): readonly UrlEntry[] {
    return this.#parts.entries.get("providers")?.entries ?? [];
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

  constructor(path: string, isOfProviders: boolean, touch: () => void, context: LayoutContext) {
    this.node = context.mirror.children(path, (names) => {
      if (this.#entries.update(names ?? [], (name) => new Entry(`${path}/${name}`, name, isOfProviders, context))) touch();
    });
  }

  get entries(): readonly UrlEntry[] {
    return [...this.#entries.entries.values()].flatMap(({ path, url }) => (url === undefined ? [] : [{ path, url }]));
  }

  close(): void {
    this.node.close();
    this.#entries.close();
  }
}

interface UrlEntry {
  readonly path: string;
  readonly url: ProviderUrl;
}

class Entry {
  readonly path: string;
  readonly url: ProviderUrl | undefined;
  readonly #context: LayoutContext;

  constructor(path: string, name: string, isOfProvider: boolean, context: LayoutContext) {
    this.path = path;
    this.#context = context;
    const text = decodeNodeName(name);
    const url = text === undefined ? undefined : parseProviderUrl(text);
    const isPlace = !isOfProvider || url === undefined || url.port > 0 || url.scheme === "empty";
    this.url = isPlace ? url : undefined;
    if (this.url !== undefined) return;
    const what = text === undefined ? "has a broken escape" : isPlace ? "is no URL" : "has no port";
    context.problem(path, this, malformed(`the name ${what}`));
  }

  close(): void {
    this.#context.problem(this.path, this, undefined);
  }
}
