export type * from "./kinds/index.ts";
export { meshSettings } from "./mesh-settings.ts";
export { parseIstioConfig, type ParsedConfig, type ParseOptions } from "./parse.ts";
export { meshConfigName } from "./resource-reader.ts";
export { formatField, formatProblem, resourceKey, type FieldPath, type Problem, type ResourceName } from "./problem.ts";
export { isHttpProtocol, isRpcProtocol, isTlsProtocol, parsePortProtocol, protocolOfPortName } from "./protocol.ts";
export { rules, type Rule, type RuleId } from "./rules.ts";
export { createConfigDirectory, type ConfigDirectory, type ConfigDirectoryOptions, type ConfigListener } from "./directory/directory.ts";
export { systemDirectoryRuntime, type DirectoryRuntime, type DirectoryTimer } from "./directory/runtime.ts";
export type { ConfigChanges, ConfigSnapshot } from "./directory/store.ts";
export { isIstioConfigError, type IstioConfigError, type IstioConfigErrorCode } from "./errors.ts";
export { analyze, type AnalyzeOptions } from "./analyze/analyze.ts";
export { findingTypes, formatFinding, type Finding, type FindingCode } from "./analyze/finding.ts";
export type { KnownService } from "./analyze/services.ts";
export {
  describeIstioCompatibility,
  type IstioCompatibility,
  type IstioFieldCompatibility,
  type IstioMessageCompatibility,
} from "./compatibility.ts";
export { configsOfKind } from "./of-kind.ts";
