import type { IstioConfig } from "@mesh/istio-config";

export const configId = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string => `${namespace}/${name}`;

/** What makes one configuration differ from another; where it was read does not. */
const contentOf = ({ spec, labels, annotations, creationTimestamp }: IstioConfig): string =>
  JSON.stringify([spec, labels, annotations, creationTimestamp]);

interface Known {
  readonly config: IstioConfig;
  /** Made when it is first compared. */
  content: string | undefined;
}

/**
 * Keeps the objects of configurations that say what they said before: a file that is read again, because one of its documents changed, gives
 * new objects for all of them, and all that was made from them would be made again.
 */
export class ConfigIdentities {
  #known = new Map<string, Known>();

  keep(configs: readonly IstioConfig[]): readonly IstioConfig[] {
    const next = new Map<string, Known>();
    const kept = configs.map((config) => {
      const key = `${config.kind}/${configId(config)}`;
      const before = this.#known.get(key);
      const entry =
        before !== undefined && (before.config === config || this.#isSame(before, config)) ? before : { config, content: undefined };
      next.set(key, entry);
      return entry.config;
    });
    this.#known = next;
    return kept;
  }

  #isSame(before: Known, config: IstioConfig): boolean {
    before.content ??= contentOf(before.config);
    return before.content === contentOf(config);
  }
}
