import { type MirrorNode, Nodes } from "../mirror.ts";
import { type LayoutContext, malformed } from "./layout.ts";

/** In which version and group something is provided; empty where it has none. */
export interface DubboVariant {
  readonly version: string;
  readonly group: string;
}

/** What lies where versions and groups do. */
const providers = "provider";
const consumers = "consumer";
/** A version and a group. */
const deepest = 2;

/**
 * In which versions and groups applications say that they provide an interface, as Dubbo 3 keeps it for its consoles:
 * `/dubbo/metadata/<interface>[/<version>][/<group>]/provider/<application>`. The nodes stay when an application goes, or provides a version
 * no more. Where there is only one name between, the node's data tell which of the two it is.
 */
export class Definitions {
  readonly #root: Directory;

  constructor(path: string, context: LayoutContext, touch: () => void) {
    this.#root = new Directory(path, [], context, touch);
  }

  get isComplete(): boolean {
    return this.#root.isComplete;
  }

  /** None where nothing tells. */
  variantsOf(application: string): readonly DubboVariant[] {
    const variants = new Map<string, DubboVariant>();
    for (const variant of this.#root.variantsOf(application)) variants.set(`${variant.version} ${variant.group}`, variant);
    return [...variants.values()];
  }

  close(): void {
    this.#root.close();
  }
}

/** A node with versions, groups, or what is provided. */
class Directory {
  readonly #node: MirrorNode;
  readonly #below: Nodes<Directory> = new Nodes();
  readonly #providers: Nodes<Providers> = new Nodes();

  constructor(path: string, names: readonly string[], context: LayoutContext, touch: () => void) {
    this.#node = context.mirror.children(
      path,
      (children = []) => {
        const below = names.length === deepest ? [] : children.filter((name) => name !== providers && name !== consumers);
        const isChanged = this.#below.update(below, (name) => new Directory(`${path}/${name}`, [...names, name], context, touch));
        const own = children.filter((name) => name === providers);
        if (this.#providers.update(own, (name) => new Providers(`${path}/${name}`, names, context, touch)) || isChanged) touch();
      },
      // Nobody watches what is above an interface's.
      { awaitsCreation: names.length === 0 },
    );
  }

  get isComplete(): boolean {
    return (
      this.#node.isRead &&
      [...this.#below.entries.values()].every((below) => below.isComplete) &&
      [...this.#providers.entries.values()].every((own) => own.isComplete)
    );
  }

  variantsOf(application: string): readonly DubboVariant[] {
    return [...this.#providers.entries.values(), ...this.#below.entries.values()].flatMap((part) => part.variantsOf(application));
  }

  close(): void {
    this.#node.close();
    this.#below.close();
    this.#providers.close();
  }
}

/** The applications that provide it in a version and a group. */
class Providers {
  readonly #node: MirrorNode;
  readonly #applications: Nodes<Definition> = new Nodes();

  constructor(path: string, names: readonly string[], context: LayoutContext, touch: () => void) {
    const [first, second] = names;
    const make = (application: string): Definition => {
      if (first === undefined) return new Known({ version: "", group: "" });
      if (second !== undefined) return new Known({ version: first, group: second });
      return new Described(`${path}/${application}`, context, touch);
    };
    this.#node = context.mirror.children(path, (applications = []) => {
      if (this.#applications.update(applications, make)) touch();
    });
  }

  get isComplete(): boolean {
    return this.#node.isRead && [...this.#applications.entries.values()].every((definition) => definition.isComplete);
  }

  variantsOf(application: string): readonly DubboVariant[] {
    const variant = this.#applications.entries.get(application)?.variant;
    return variant === undefined ? [] : [variant];
  }

  close(): void {
    this.#node.close();
    this.#applications.close();
  }
}

interface Definition {
  readonly variant: DubboVariant | undefined;
  readonly isComplete: boolean;
  close(): void;
}

/** One whose path tells all. */
class Known implements Definition {
  readonly variant: DubboVariant;
  readonly isComplete = true;

  constructor(variant: DubboVariant) {
    this.variant = variant;
  }

  close(): void {
    // Nothing is watched.
  }
}

/** One whose data must be read. */
class Described implements Definition {
  variant: DubboVariant | undefined = undefined;
  readonly #path: string;
  readonly #context: LayoutContext;
  readonly #node: MirrorNode;

  constructor(path: string, context: LayoutContext, touch: () => void) {
    this.#path = path;
    this.#context = context;
    let text = "";
    this.#node = context.mirror.data(path, (data) => {
      const now = data?.toString("utf8") ?? "";
      if (now === text) return;
      text = now;
      try {
        this.variant = now === "" ? undefined : parseDefinition(now);
        context.problem(path, this, undefined);
      } catch (error) {
        context.problem(path, this, malformed(error));
      }
      touch();
    });
  }

  get isComplete(): boolean {
    return this.#node.isRead;
  }

  close(): void {
    this.#node.close();
    this.#context.problem(this.#path, this, undefined);
  }
}

/** The `parameters` of a service's definition (Dubbo, FullServiceDefinition) are those of its URL. */
function parseDefinition(text: string): DubboVariant {
  const document: unknown = JSON.parse(text);
  const parameters: unknown = isRecord(document) ? document["parameters"] : undefined;
  if (!isRecord(parameters)) throw new Error("parameters is no object");
  return { version: textOf(parameters["version"]), group: textOf(parameters["group"]) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
