/** For this package's tests: resources from the YAML of their spec. */
import { parseIstioConfig, type ParsedConfig } from "./parse.ts";
import type { Problem } from "./problem.ts";
import type { IstioKind, IstioSpecs } from "./kinds/index.ts";
import { configsOfKind } from "./of-kind.ts";

const versions: Readonly<Record<IstioKind, string>> = {
  VirtualService: "networking.istio.io/v1",
  DestinationRule: "networking.istio.io/v1",
  ServiceEntry: "networking.istio.io/v1",
  WorkloadEntry: "networking.istio.io/v1",
  Gateway: "networking.istio.io/v1",
  Sidecar: "networking.istio.io/v1",
  PeerAuthentication: "security.istio.io/v1",
  MeshConfig: "mesh.istio.io/v1alpha1",
};

export function yamlOf(kind: IstioKind, spec: string, metadata = "{ name: test }"): string {
  const lines = spec
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => `  ${line}`);
  return [`apiVersion: ${versions[kind]}`, `kind: ${kind}`, `metadata: ${metadata}`, "spec:", ...lines, ""].join("\n");
}

export function parse(text: string, file = "test.yaml"): ParsedConfig {
  return parseIstioConfig(text, { file });
}

/** The spec of a text without problems. */
export function parseGood<Kind extends IstioKind>(kind: Kind, spec: string, metadata?: string): IstioSpecs[Kind] {
  const { configs, problems } = parse(yamlOf(kind, spec, metadata));
  const [config] = configsOfKind(configs, kind);
  if (config === undefined || problems.length > 0) throw new Error(`not good: ${JSON.stringify(problems, null, 2)}`);
  return config.spec;
}

/** `rule at field`, which is short in expectations. */
export function summaries(problems: readonly Problem[]): string[] {
  return problems.map(({ rule, field }) => `${rule} at ${field}`);
}
