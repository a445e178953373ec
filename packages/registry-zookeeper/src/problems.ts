import { type RegistryError, type RegistryErrorCode, registryError } from "@mesh/registry";

/** What is wrong with an entry. */
export interface Problem {
  readonly code: RegistryErrorCode;
  /** Without the path. */
  readonly message: string;
  readonly cause?: unknown;
  /** When it is tried again at the latest; undefined where nothing is tried before the entry changes. */
  readonly retryInMs?: number;
}

export interface ProblemsOptions {
  /** The registry's name. */
  readonly name: string;
  readonly onError: (error: RegistryError, retryInMs: number | undefined) => void;
  readonly onRecovered: (path: string) => void;
}

/** What is wrong with single entries, each told once, and its end. */
export class Problems {
  readonly #options: ProblemsOptions;
  /** By path, then by who says so: an entry may be wrong in several ways, and for several services. */
  readonly #byPath: Map<string, Map<unknown, Problem>> = new Map();
  /** Messages, by path. */
  readonly #told: Map<string, string> = new Map();
  #isHeard = false;

  constructor(options: ProblemsOptions) {
    this.#options = options;
  }

  /** From now on there is somebody to tell, also what has been wrong before. */
  listen(): void {
    this.#isHeard = true;
    for (const path of this.#byPath.keys()) this.#tell(path);
  }

  /**
   * @param topic - who says so; what it said before of the path is replaced
   * @param problem - undefined: nothing is wrong
   */
  set(path: string, topic: unknown, problem: Problem | undefined): void {
    const topics = this.#byPath.get(path);
    if (problem === undefined) {
      if (topics?.delete(topic) !== true) return;
      if (topics.size === 0) this.#byPath.delete(path);
    } else if (topics === undefined) {
      this.#byPath.set(path, new Map([[topic, problem]]));
    } else {
      topics.set(topic, problem);
    }
    if (this.#isHeard) this.#tell(path);
  }

  #tell(path: string): void {
    const [problem] = this.#byPath.get(path)?.values() ?? [];
    if (problem === undefined) {
      if (this.#told.delete(path)) this.#options.onRecovered(path);
      return;
    }
    const { code, message, cause, retryInMs } = problem;
    if (this.#told.get(path) === message) return;
    this.#told.set(path, message);
    const error = registryError(code, `${this.#options.name}: ${path}: ${message}`, { path, ...(cause === undefined ? {} : { cause }) });
    this.#options.onError(error, retryInMs);
  }
}
