import type { ConfigPath } from "./path.ts";

/** One thing that is wrong with a configuration, or worth a warning. */
export interface ConfigProblem {
  /** In the names of the .proto files: `static_resources.clusters[2].lb_policy`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** The file's name, and the place in it, where the configuration is text; both count from 1. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** A place in the text that a configuration came from; line and column count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `mosn.yaml:12:9: static_resources.clusters[2]: unknown field …`, with as much of it as is known. */
export function formatProblem(problem: ConfigProblem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  return [place, problem.path, problem.message].filter((part) => part !== "").join(": ");
}

/** A configuration that cannot be used. It tells all that is wrong with it at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "MESH_CONFIG_INVALID";
  /** One or more. */
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join("\n"), options);
    this.problems = problems;
  }
}

/** Whether something thrown is a `ConfigError`. */
export function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && "code" in error && error.code === "MESH_CONFIG_INVALID";
}

/** Refuses the configuration for one reason. */
export function fail(path: ConfigPath | string, message: string, cause?: unknown): never {
  throw new ConfigError([{ path: String(path), message }], cause === undefined ? undefined : { cause });
}

/** Collects problems, so that one look at a configuration reports all of them. */
export class ProblemList {
  readonly #problems: ConfigProblem[] = [];

  get problems(): readonly ConfigProblem[] {
    return this.#problems;
  }

  add(path: ConfigPath | string, message: string): void {
    this.#problems.push({ path: String(path), message });
  }

  /** Adds what an attempt failed with. Errors other than `ConfigError` are thrown on: they are not the configuration's fault. */
  addError(error: unknown): void {
    if (!isConfigError(error)) throw error;
    this.#problems.push(...error.problems);
  }

  /** The result of `attempt`, or `undefined` where it refused the configuration; its problems are kept. */
  collect<T>(attempt: () => T): T | undefined {
    try {
      return attempt();
    } catch (error) {
      this.addError(error);
      return undefined;
    }
  }

  /** Throws a `ConfigError` if there are problems. */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
  }
}

/** Adds the places in the text to problems that know only their paths. */
export function withPositions(error: ConfigError, locate: (path: string) => SourcePosition | undefined): ConfigError {
  const problems = error.problems.map((problem) => (problem.line === undefined ? { ...problem, ...locate(problem.path) } : problem));
  return new ConfigError(problems, error.cause === undefined ? undefined : { cause: error.cause });
}
