import type { IstioConfig } from "../kinds/index.ts";
import { FieldFinder } from "../source/provenance.ts";
import { locate, type Draft, type Finding } from "./finding.ts";
import { Mesh } from "./mesh.ts";
import { analyzeDestinationRules, analyzeGateways, analyzeRuleConflicts, analyzeServiceEntries, analyzeSidecars } from "./policies.ts";
import { analyzeDelegates, analyzeDestinations, analyzeGatewayReferences, analyzeMeshHosts } from "./routes.ts";
import type { KnownService } from "./services.ts";

export interface AnalyzeOptions {
  /** What full names of services end in. Default: `cluster.local`. */
  readonly domain?: string;
}

const analyses: readonly ((mesh: Mesh) => Draft[])[] = [
  analyzeDestinations,
  analyzeGatewayReferences,
  analyzeMeshHosts,
  analyzeDelegates,
  analyzeDestinationRules,
  analyzeRuleConflicts,
  analyzeServiceEntries,
  analyzeGateways,
  analyzeSidecars,
];

/**
 * Looks for what is wrong between configurations, as `istioctl analyze` does, and under its codes where one fits: references to what does
 * not exist, configurations that get in each other's way, parts that nothing uses.
 *
 * Hosts are those of the ServiceEntries and of `services`, which the registries know. Without them every other host counts as unknown.
 */
export function analyze(configs: readonly IstioConfig[], services: readonly KnownService[] = [], options: AnalyzeOptions = {}): Finding[] {
  const mesh = new Mesh(configs, services, options.domain ?? "cluster.local");
  const finder = new FieldFinder();
  return analyses
    .flatMap((find) => find(mesh))
    .map((draft) => locate(draft, finder))
    .toSorted((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));
}
