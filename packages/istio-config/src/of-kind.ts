import type { Config, IstioConfig, IstioKind } from "./kinds/index.ts";

/** Those configurations that are of a kind, typed as such. */
export function configsOfKind<Kind extends IstioKind>(configs: readonly IstioConfig[], kind: Kind): Config<Kind>[] {
  return configs.filter((config): config is IstioConfig & Config<Kind> => config.kind === kind);
}
