import type { Message, TypeRegistry } from "@mesh/xds-proto";
import { isProtoError } from "@mesh/xds-proto";
import { checkMessage, WarningList } from "./check.ts";
import { withoutPath, type ExtensionSet } from "./extensions.ts";
import { createLocator } from "./locate.ts";
import { isMosnConfig, mosnConfigMessage } from "./mosn-json.ts";
import { ConfigPath } from "./path.ts";
import { ConfigError, ProblemList, type ConfigProblem, type SourcePosition } from "./problems.ts";
import { parseSource, type ParsedSource, type SourceFormat } from "./source.ts";
import { readStructure } from "./structure.ts";

const bootstrapName = "envoy.config.bootstrap.v3.Bootstrap";
type Bootstrap = Message<typeof bootstrapName>;

export interface BootstrapSource {
  readonly text: string;
  /** For messages: a path, or `--config-yaml`. Empty for what is no text to the user: its problems have no places then. */
  readonly fileName: string;
  /** Default: JSON for names that end in `.json`, YAML for others; YAML includes nearly all of JSON. */
  readonly format?: SourceFormat | undefined;
}

export interface LoadOptions extends Omit<BootstrapSource, "text"> {
  readonly extensions: ExtensionSet;
  /** A second configuration that is merged over the first one, as Envoy's `--config-yaml` is. Default: none. */
  readonly override?: BootstrapSource | undefined;
}

export interface LoadedBootstrap {
  readonly bootstrap: Bootstrap;
  /** Fields that are there and ignored, each once. */
  readonly warnings: readonly ConfigProblem[];
  /** The place of a path, for problems that come up later: see `withPositions`. */
  readonly locate: (path: string) => SourcePosition | undefined;
}

/**
 * Reads a bootstrap from YAML or JSON, in snake case or camel case. Whatever is not known or not supported is an error: throws a
 * `ConfigError` with all problems and their places in the text.
 */
export function loadBootstrap(text: string, options: LoadOptions): LoadedBootstrap {
  const { extensions, override } = options;
  const inputs: readonly BootstrapSource[] = [{ text, ...options }, ...(override ? [override] : [])];
  const sources = inputs.map(({ text: content, fileName, format }) => {
    return parseSource(content, fileName, format ?? (fileName.endsWith(".json") ? "json" : "yaml"));
  });
  const locate = createLocator(sources);
  const structures = sources.map((source) => readSource(source, extensions));
  const structural = structures.flatMap(({ problems }) => problems);
  const bootstrap = structures.map(({ message }) => message).reduce((base, over) => mergeBootstrap(base, over, extensions.registry));

  const problems = new ProblemList();
  const warnings = new WarningList();
  const isReported = (path: string): boolean => structural.some((known) => isAtOrBelow(known.path, path));
  checkMessage(bootstrapName, bootstrap, ConfigPath.root, problems, { extensions, warnings, isReported });
  const place = (problem: ConfigProblem): ConfigProblem => ({ ...problem, ...locate(problem.path) });
  // What could not be read is missing in the message: what is in its place says nothing new.
  const further = problems.problems.filter(({ path }) => !structural.some((known) => isAtOrBelow(path, known.path))).map(place);
  if (structural.length + further.length > 0) throw new ConfigError(inOrder([...structural, ...further], inputs));
  return { bootstrap, warnings: warnings.warnings.map(place), locate };
}

/** Merges `override` over `base` as protobuf merges messages: lists are appended, messages merged, other values replaced. */
export function mergeBootstrap(base: Bootstrap, override: Bootstrap, registry: TypeRegistry): Bootstrap {
  // A decoder merges what it meets twice: that is the definition of merging (protobuf encoding guide, "last one wins").
  const bytes = [base, override].map((message) => registry.encodeMessage(bootstrapName, message));
  return registry.decodeMessage(bootstrapName, Buffer.concat(bytes));
}

function readSource(source: ParsedSource, extensions: ExtensionSet): { message: Bootstrap; problems: readonly ConfigProblem[] } {
  const empty = (): Bootstrap => extensions.registry.createMessage(bootstrapName);
  if (source.root === undefined) return { message: empty(), problems: source.problems };
  if (isMosnConfig(source.root)) {
    return { message: empty(), problems: [{ path: "", message: mosnConfigMessage, ...source.position(source.root.offset) }] };
  }
  const structure = readStructure(bootstrapName, source, ConfigPath.root, extensions);
  const problems = [...source.problems, ...structure.problems];
  try {
    return { message: extensions.registry.fromJson(bootstrapName, structure.json), problems };
  } catch (error) {
    if (!isProtoError(error)) throw error;
    const place = createLocator([source])(error.path);
    return { message: empty(), problems: [...problems, { path: error.path, message: withoutPath(error), ...place }] };
  }
}

const isAtOrBelow = (path: string, ancestor: string): boolean =>
  path === ancestor || path.startsWith(`${ancestor}.`) || path.startsWith(`${ancestor}[`) || ancestor === "";

/** By file, line and column, as people read them. */
function inOrder(problems: readonly ConfigProblem[], inputs: readonly BootstrapSource[]): readonly ConfigProblem[] {
  const files = inputs.map(({ fileName }) => fileName);
  const rank = ({ file, line, column }: ConfigProblem): readonly number[] => [files.indexOf(file ?? ""), line ?? 0, column ?? 0];
  return problems.toSorted((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((part, index) => part !== right[index]);
    return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
  });
}
