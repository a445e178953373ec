import { type MirrorNode, Nodes } from "../mirror.ts";
import { type DubboRule, rulesOfConfiguration } from "./dubbo-rules.ts";
import { type LayoutContext, malformed } from "./layout.ts";

/** Reads the text of a dynamic configuration; throws an Error that says what is wrong. */
export type ParseConfiguration = (text: string) => unknown;

const noRules = { rules: [], unsupported: [] } as const;
const suffix = ".configurators";

/** Rules from Dubbo's configuration centre, `/dubbo/config/dubbo/<key>.configurators`, for services and for applications. */
export class DynamicConfig {
  readonly #files: Nodes<File> = new Nodes();

  /** @param onChanged - what rules hold has changed: for one service by its name, or undefined for any */
  constructor(root: string, parse: ParseConfiguration, context: LayoutContext, onChanged: (service: string | undefined) => void) {
    context.mirror.children(
      root,
      (names) => {
        const wanted = (names ?? []).filter((name) => name.endsWith(suffix));
        this.#files.update(wanted, (name) => new File(`${root}/${name}`, parse, context, onChanged));
        for (const { node } of this.#files.entries.values()) node.refreshIfAbsent();
      },
      { awaitsCreation: true },
    );
  }

  /** Those of applications before those of services. */
  get rules(): readonly DubboRule[] {
    const rules = [...this.#files.entries.values()].flatMap((file) => file.rules);
    return [
      ...rules.filter(({ application }) => application !== undefined),
      ...rules.filter(({ application }) => application === undefined),
    ];
  }
}

class File {
  readonly node: MirrorNode;
  rules: readonly DubboRule[] = [];
  readonly #path: string;
  readonly #context: LayoutContext;
  readonly #onChanged: (service: string | undefined) => void;
  #text = "";

  constructor(path: string, parse: ParseConfiguration, context: LayoutContext, onChanged: (service: string | undefined) => void) {
    this.#path = path;
    this.#context = context;
    this.#onChanged = onChanged;
    this.node = context.mirror.data(path, (data) => {
      const text = data?.toString("utf8") ?? "";
      if (text === this.#text) return;
      this.#text = text;
      try {
        const { rules, unsupported } = text.trim() === "" ? noRules : rulesOfConfiguration(parse(text));
        const message = `${unsupported.join(", ")}: match is not supported, and the items are left out; name providers by addresses`;
        context.problem(path, this, unsupported.length === 0 ? undefined : { code: "MESH_REGISTRY_UNSUPPORTED", message });
        this.#set(rules);
      } catch (error) {
        // The last good rules stay in force.
        context.problem(path, this, malformed(error));
      }
    });
  }

  close(): void {
    this.node.close();
    this.#context.problem(this.#path, this, undefined);
    this.#set([]);
  }

  #set(rules: readonly DubboRule[]): void {
    const before = this.rules;
    this.rules = rules;
    const services = new Set([...before, ...rules].map(({ service }) => service?.name));
    if (services.has(undefined) || services.has("*")) this.#onChanged(undefined);
    else for (const service of services) this.#onChanged(service);
  }
}
