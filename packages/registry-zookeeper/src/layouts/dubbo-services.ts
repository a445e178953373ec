import { type MirrorNode, Nodes } from "../mirror.ts";
import type { ProviderUrl } from "../provider-url.ts";
import { type AppInstance, type AppMetadata, parseAppInstance, parseAppMetadata } from "./dubbo-app-instance.ts";
import { applyRules, type DubboRule } from "./dubbo-rules.ts";
import { dubboInstance } from "./dubbo-url.ts";
import type { Layout, LayoutContext, LayoutInstance, LayoutService } from "./layout.ts";

export interface DubboServicesRoots {
  /** `/services`: `<application>/<ip:port>`. */
  readonly services: string;
  /** `/dubbo/mapping`: `<interface>`, its data the applications that provide it. */
  readonly mapping: string;
  /** `/dubbo/metadata`: `<application>/<revision>`, its data what an instance of that revision provides. */
  readonly metadata: string;
}

/** `ip:port`. With a `group` in Dubbo's registry URL, interfaces lie beside applications, and have categories. */
const instanceName = /:\d+$/;

/**
 * Dubbo 3's application level. An instance registers once for its application and names a revision of its metadata, which say what it
 * provides. Where they are in ZooKeeper (`metadata-type=remote`) they are read. Where the instance keeps them (`local`, Dubbo's default),
 * it is given for each interface that the mapping knows its application by, at each of its endpoints, without `version` and `group`.
 */
export class DubboServices implements Layout {
  readonly #context: LayoutContext;
  readonly #dynamic: () => readonly DubboRule[];
  readonly #mapping: Nodes<Mapping> = new Nodes();
  readonly #applications: Nodes<Application> = new Nodes();

  constructor(roots: DubboServicesRoots, context: LayoutContext, dynamic: () => readonly DubboRule[]) {
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
    let isComplete = mapping.node.isRead;
    for (const applicationName of mapping.applications) {
      const application = this.#applications.entries.get(applicationName);
      if (application === undefined) continue;
      isComplete &&= application.isComplete;
      for (const url of application.urls(name)) {
        instances.push(dubboInstance(applyRules(rules, url, name), this.#context.registry));
      }
    }
    return { instances, labels: {}, isComplete };
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

class Mapping {
  readonly node: MirrorNode;
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

  urls(service: string): readonly ProviderUrl[] {
    return [...this.#instances.entries.values()].flatMap((instance) => instance.urls(service));
  }

  close(): void {
    this.node.close();
    this.#instances.close();
    this.#touch();
  }
}

class Instance {
  readonly node: MirrorNode;
  #instance: AppInstance | undefined = undefined;
  #revision = "";
  #metadata: Metadata | undefined = undefined;

  constructor(path: string, metadataPath: string, context: LayoutContext, touch: () => void) {
    let text = "";
    this.node = context.mirror.data(path, (data) => {
      const now = data?.toString("utf8") ?? "";
      if (now === text) return;
      text = now;
      try {
        this.#instance = now === "" ? undefined : parseAppInstance(now);
      } catch (error) {
        context.malformed(path, error instanceof Error ? error.message : String(error));
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

  urls(service: string): readonly ProviderUrl[] {
    return this.#instance?.urls(service, this.#metadata?.metadata) ?? [];
  }

  close(): void {
    this.node.close();
    this.#metadata?.close();
  }
}

class Metadata {
  readonly node: MirrorNode;
  metadata: AppMetadata | undefined = undefined;

  constructor(path: string, context: LayoutContext, touch: () => void) {
    let text = "";
    this.node = context.mirror.data(
      path,
      (data) => {
        const now = data?.toString("utf8") ?? "";
        if (now === text) return;
        text = now;
        try {
          this.metadata = now === "" ? undefined : parseAppMetadata(now);
        } catch (error) {
          context.malformed(path, error instanceof Error ? error.message : String(error));
        }
        touch();
      },
      { awaitsCreation: true },
    );
  }

  close(): void {
    this.node.close();
  }
}
