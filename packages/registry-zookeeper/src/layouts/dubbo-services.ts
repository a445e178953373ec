import { type MirrorNode, Nodes } from "../mirror.ts";
import { placeOf, type ProviderUrl } from "../provider-url.ts";
import { type AppInstance, type AppMetadata, parseAppInstance, parseAppMetadata } from "./dubbo-app-instance.ts";
import { Definitions, type DubboVariant } from "./dubbo-definitions.ts";
import { applyRules, type DubboRule } from "./dubbo-rules.ts";
import { dubboInstance } from "./dubbo-url.ts";
import { type Layout, type LayoutContext, type LayoutInstance, type LayoutService, malformed } from "./layout.ts";

export interface DubboServicesRoots {
  /** `/services`: `<application>/<ip:port>`. */
  readonly services: string;
  /** `/dubbo/mapping`: `<interface>`, its data the applications that provide it. */
  readonly mapping: string;
  /**
   * `/dubbo/metadata`: `<application>/<revision>`, its data what an instance of that revision provides; and `<interface>`, below which
   * applications say in which versions and groups they provide it.
   */
  readonly metadata: string;
}

/** `ip:port`. With a `group` in Dubbo's registry URL, interfaces lie beside applications, and have categories. */
const instanceName = /:\d+$/;

/**
 * Dubbo 3's application level. An instance registers once for its application and names a revision of its metadata, which say what it
 * provides. Where they are in ZooKeeper (`metadata-type=remote`) they are read. Where the instance keeps them (`local`, Dubbo's default),
 * it is given for each interface that the mapping knows its application by, at each of its endpoints, in each version and group in which its
 * application says that it provides the interface. Where that is nowhere said, version and group are unknown.
 */
export class DubboServices implements Layout {
  readonly #context: LayoutContext;
  readonly #dynamic: () => readonly DubboRule[];
  readonly #placesOf: (service: string) => ReadonlySet<string>;
  readonly #metadata: string;
  readonly #mapping: Nodes<Mapping> = new Nodes();
  readonly #applications: Nodes<Application> = new Nodes();

  /**
   * @param dynamic - the rules of the configuration centre
   * @param placesOf - where the interface level has providers of a service: of these it tells all
   */
  constructor(
    roots: DubboServicesRoots,
    context: LayoutContext,
    dynamic: () => readonly DubboRule[],
    placesOf: (service: string) => ReadonlySet<string>,
  ) {
    this.#placesOf = placesOf;
    this.#metadata = roots.metadata;
    this.#context = context;
    this.#dynamic = dynamic;
    const watch = <T extends { readonly node: MirrorNode; close(): void }>(
      root: string,
      nodes: Nodes<T>,
      make: (name: string) => T,
    ): void => {
      context.mirror.children(
        root,
        (names) => {
          nodes.update(names ?? [], make);
          for (const { node } of nodes.entries.values()) node.refreshIfAbsent();
        },
        { awaitsCreation: true },
      );
    };
    watch(roots.mapping, this.#mapping, (name) => new Mapping(`${roots.mapping}/${name}`, name, context));
    watch(roots.services, this.#applications, (name) => new Application(name, roots, context, () => this.#touch(name)));
  }

  service(name: string): LayoutService | undefined {
    const mapping = this.#mapping.entries.get(name);
    if (mapping === undefined) return undefined;
    const rules = this.#dynamic();
    const instances: LayoutInstance[] = [];
    const places = this.#placesOf(name);
    let isComplete = mapping.node.isRead;
    for (const applicationName of mapping.applications) {
      const application = this.#applications.entries.get(applicationName);
      if (application === undefined) continue;
      isComplete &&= application.isComplete;
      for (const instance of application.instances) {
        const urls = instance.urls(name).filter((url) => !places.has(placeOf(url)));
        for (const { url, isVariantKnown } of this.#variantsOf(urls, name, mapping, applicationName, instance)) {
          instances.push(dubboInstance(instance.path, applyRules(rules, url, name), this.#context.registry, isVariantKnown));
        }
      }
    }
    isComplete &&= mapping.definitions?.isComplete ?? true;
    return { path: mapping.node.path, instances, labels: {}, labelPaths: new Map(), isComplete };
  }

  /** In which versions and groups an instance provides what it provides of a service. */
  #variantsOf(
    urls: readonly ProviderUrl[],
    name: string,
    mapping: Mapping,
    application: string,
    instance: Instance,
  ): readonly VariantUrl[] {
    if (instance.hasMetadata) return urls.map((url) => ({ url, isVariantKnown: true }));
    if (urls.length === 0 || !instance.isComplete) return [];
    // Read once they are needed: where all are on the interface level, too, they would be read for nothing.
    mapping.definitions ??= new Definitions(`${this.#metadata}/${name}`, this.#context, () => this.#context.touch(name));
    const variants = mapping.definitions.variantsOf(application);
    if (variants.length === 0) return urls.map((url) => ({ url, isVariantKnown: false }));
    return urls.flatMap((url) => variants.map((variant) => ({ url: withVariant(url, variant), isVariantKnown: true })));
  }

  get names(): Iterable<string> {
    return this.#mapping.entries.keys();
  }

  /** All that an application provides. */
  #touch(application: string): void {
    for (const [name, mapping] of this.#mapping.entries) {
      if (mapping.applications.includes(application)) this.#context.touch(name);
    }
  }
}

interface VariantUrl {
  readonly url: ProviderUrl;
  readonly isVariantKnown: boolean;
}

function withVariant(url: ProviderUrl, { version, group }: DubboVariant): ProviderUrl {
  const parameters = new Map(url.parameters);
  if (version !== "") parameters.set("version", version);
  if (group !== "") parameters.set("group", group);
  return { ...url, parameters };
}

class Mapping {
  readonly node: MirrorNode;
  /** Of its interface; undefined while nobody has asked for them. */
  definitions: Definitions | undefined = undefined;
  applications: readonly string[] = [];
  readonly #name: string;
  readonly #context: LayoutContext;

  constructor(path: string, name: string, context: LayoutContext) {
    this.#name = name;
    this.#context = context;
    this.node = context.mirror.data(path, (data) => {
      const names = (data?.toString("utf8") ?? "").split(",").map((part) => part.trim());
      this.applications = names.filter((part, index) => part !== "" && names.indexOf(part) === index);
      context.touch(name);
    });
  }

  close(): void {
    this.node.close();
    this.definitions?.close();
    this.#context.touch(this.#name);
  }
}

class Application {
  readonly node: MirrorNode;
  readonly #instances: Nodes<Instance> = new Nodes();
  readonly #touch: () => void;

  constructor(name: string, roots: DubboServicesRoots, context: LayoutContext, touch: () => void) {
    const path = `${roots.services}/${name}`;
    this.#touch = touch;
    this.node = context.mirror.children(path, (all) => {
      const names = all?.filter((id) => instanceName.test(id));
      if (this.#instances.update(names ?? [], (id) => new Instance(`${path}/${id}`, `${roots.metadata}/${name}`, context, touch))) touch();
      for (const { node } of this.#instances.entries.values()) node.refreshIfAbsent();
    });
  }

  get isComplete(): boolean {
    return this.node.isRead && [...this.#instances.entries.values()].every((instance) => instance.isComplete);
  }

  get instances(): Iterable<Instance> {
    return this.#instances.entries.values();
  }

  close(): void {
    this.node.close();
    this.#instances.close();
    this.#touch();
  }
}

class Instance {
  readonly path: string;
  readonly node: MirrorNode;
  readonly #context: LayoutContext;
  #instance: AppInstance | undefined = undefined;
  #revision = "";
  #metadata: Metadata | undefined = undefined;

  constructor(path: string, metadataPath: string, context: LayoutContext, touch: () => void) {
    this.path = path;
    this.#context = context;
    let text = "";
    this.node = context.mirror.data(path, (data) => {
      const now = data?.toString("utf8") ?? "";
      if (now === text) return;
      text = now;
      try {
        this.#instance = now === "" ? undefined : parseAppInstance(now);
        context.problem(path, this, undefined);
      } catch (error) {
        context.problem(path, this, malformed(error));
      }
      const revision = this.#instance?.isRemote === true ? this.#instance.revision : "";
      if (revision !== this.#revision) {
        this.#revision = revision;
        this.#metadata?.close();
        this.#metadata = revision === "" ? undefined : new Metadata(`${metadataPath}/${revision}`, context, touch);
      }
      touch();
    });
  }

  get isComplete(): boolean {
    return this.node.isRead && !this.node.isAbsent && (this.#metadata?.node.isRead ?? true);
  }

  /** Whether what it provides is known in full. */
  get hasMetadata(): boolean {
    return this.#metadata?.metadata !== undefined;
  }

  urls(service: string): readonly ProviderUrl[] {
    return this.#instance?.urls(service, this.#metadata?.metadata) ?? [];
  }

  close(): void {
    this.node.close();
    this.#metadata?.close();
    this.#context.problem(this.path, this, undefined);
  }
}

class Metadata {
  readonly node: MirrorNode;
  metadata: AppMetadata | undefined = undefined;
  readonly #path: string;
  readonly #context: LayoutContext;

  constructor(path: string, context: LayoutContext, touch: () => void) {
    this.#path = path;
    this.#context = context;
    let text = "";
    this.node = context.mirror.data(
      path,
      (data) => {
        const now = data?.toString("utf8") ?? "";
        if (now === text) return;
        text = now;
        try {
          this.metadata = now === "" ? undefined : parseAppMetadata(now);
          context.problem(path, this, undefined);
        } catch (error) {
          context.problem(path, this, malformed(error));
        }
        touch();
      },
      { awaitsCreation: true },
    );
  }

  close(): void {
    this.node.close();
    this.#context.problem(this.#path, this, undefined);
  }
}
