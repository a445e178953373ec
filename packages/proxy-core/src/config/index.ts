/**
 * Configuration: strict decoding of Envoy's messages, the field tables behind it, the extensions that a configuration may name, and what
 * compiles messages needs to report problems.
 *
 * A room that reads a message says in its field table what becomes of every field. Tables of the messages that a bootstrap is made of stand
 * in `tables/`; an extension brings its own, in its descriptor.
 */
export type { ExtensionCategory } from "./categories.ts";
export { readMetadata, type Metadata } from "./metadata.ts";
export { checkMessage, WarningList } from "./check.ts";
export type { CheckContext } from "./check.ts";
export { describeCompatibility } from "./compatibility.ts";
export type { Compatibility, MessageCompatibility } from "./compatibility.ts";
export { dumpMessage } from "./dump.ts";
export { ExtensionFactories, ExtensionSet } from "./extensions.ts";
export type { DecodedExtension, ExtensionDescriptor, PerRouteConfig } from "./extensions.ts";
export { defineFields, each, extension, ignored, rejected, required as requiredField, supported } from "./fields.ts";
export type { FieldRule, FieldTable, FieldTableOptions, IgnoredField, RejectedField, SupportedField, SupportedOptions } from "./fields.ts";
export { loadBootstrap } from "./load.ts";
export type { BootstrapSource, LoadedBootstrap, LoadOptions } from "./load.ts";
export { ConfigPath } from "./path.ts";
export { ConfigError, fail, isConfigError, ProblemList, withPositions } from "./problems.ts";
export { finish, type Steps } from "./steps.ts";
export type { ConfigProblem, SourcePosition } from "./problems.ts";
export type { SourceFormat } from "./source.ts";
export type { FieldTableGroup } from "./tables/index.ts";
export {
  durationMs,
  fractionalPercent,
  numberInRange,
  percent,
  readDataSource,
  required,
  requiredString,
  runtimeFraction,
  wrappedNumber,
  wrapperValue,
} from "./values.ts";
export type { DurationRange, Range } from "./values.ts";
