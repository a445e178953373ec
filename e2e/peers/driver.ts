import { isRecord, readList, readMap, readNumber, readResult, readText } from "./echo-service.ts";
import type { EchoArguments, EchoMethod, EchoResults } from "./echo-service.ts";

export interface JavaCause {
  /** The exception's class. */
  readonly class: string;
  readonly message: string;
}

/** The exception that a Java application saw. */
export interface JavaFailure extends JavaCause {
  /** The framework's own number: SOFARPC's `RpcErrorType`, Dubbo's code. Absent for business exceptions. */
  readonly errorType?: number;
  /** From the outermost inwards. */
  readonly causes: readonly JavaCause[];
}

/** A call made by a Java consumer threw. */
export class JavaCallError extends Error implements JavaFailure {
  readonly class: string;
  readonly errorType?: number;
  readonly causes: readonly JavaCause[];
  /** Milliseconds from the call to the exception. */
  readonly elapsedMs: number;
  /** What came with the answer, as in `Answer`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(failure: JavaFailure, elapsedMs: number, headers: Readonly<Record<string, string>>) {
    super(failure.message);
    this.name = "JavaCallError";
    this.class = failure.class;
    if (failure.errorType !== undefined) this.errorType = failure.errorType;
    this.causes = failure.causes;
    this.elapsedMs = elapsedMs;
    this.headers = headers;
  }
}

/** What a call came to. */
export interface Answer<R> {
  readonly result: R;
  /** What came with the answer beside its value, where the framework shows it: Dubbo's attachments. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Outcomes of many calls. */
export interface LoadSummary {
  readonly calls: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Of `distinct` loads: calls that were given the answer of another. */
  readonly mixedUp: number;
  readonly elapsedMs: number;
  readonly slowestMs: number;
  /** The different results, with how often each came. Not kept of `distinct` loads. */
  readonly results: readonly { readonly value: unknown; readonly count: number }[];
  /** The different failures (addresses and ids in messages aside), with how often each came. */
  readonly failures: readonly (JavaFailure & { readonly count: number })[];
}

export interface CallOptions {
  /** Sent with the request, in the framework's own place for them. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadOptions extends CallOptions {
  /** Calls in flight at once. Default: 1. */
  readonly concurrency?: number;
  /** Milliseconds that each of them waits between its calls. Default: 0. */
  readonly pauseMs?: number;
  /** Each call sends a text of its own in place of the first argument (which must be a text) and must get it back: for `echo`. */
  readonly distinct?: boolean;
}

/** Calls that go on until they are stopped. */
export interface RunningLoad {
  /** What has come in so far. */
  progress(): Promise<LoadSummary>;
  /** Resolves once that many more calls have succeeded than had when this was called. */
  succeed(more: number): Promise<void>;
  /** Starts no more calls, waits for those under way. */
  stop(): Promise<LoadSummary>;
}

/** A reference to the service in a Java consumer. */
export interface EchoReference {
  /** Calls once. Rejects with `JavaCallError` when the consumer sees an exception. */
  call<M extends EchoMethod>(method: M, args: EchoArguments[M], options?: CallOptions): Promise<EchoResults[M]>;
  /** As `call`, and tells what else came with the answer. */
  exchange<M extends EchoMethod>(method: M, args: EchoArguments[M], options?: CallOptions): Promise<Answer<EchoResults[M]>>;
  /** Calls `repeat` times. Never rejects for failed calls: they are counted. */
  load<M extends EchoMethod>(method: M, args: EchoArguments[M], options: LoadOptions & { readonly repeat: number }): Promise<LoadSummary>;
  /** Calls until stopped. */
  start<M extends EchoMethod>(method: M, args: EchoArguments[M], options?: LoadOptions): Promise<RunningLoad>;
  /** Gives up the reference and its connections. */
  release(): Promise<void>;
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

type Reply = Readonly<Record<string, unknown>>;

/** Where the driver's commands go: a consumer process. */
export interface DriverProcess {
  readonly exited: Promise<unknown>;
  write(text: string): void;
  output(): string;
}

function readCause(value: unknown): JavaCause {
  if (!isRecord(value)) throw new Error(`not an exception: ${JSON.stringify(value)}`);
  return { class: readText(value["class"]), message: readText(value["message"]) };
}

function readFailure(value: unknown): JavaFailure {
  const cause = readCause(value);
  if (!isRecord(value)) return { ...cause, causes: [] };
  const errorType = value["errorType"];
  return {
    ...cause,
    ...(errorType === undefined ? {} : { errorType: readNumber(errorType) }),
    causes: readList(value["causes"], readCause),
  };
}

function readCounted<T>(value: unknown, read: (value: Record<string, unknown>) => T): T & { readonly count: number } {
  if (!isRecord(value)) throw new Error(`not an outcome: ${JSON.stringify(value)}`);
  return { ...read(value), count: readNumber(value["count"]) };
}

function readSummary(reply: Reply): LoadSummary {
  return {
    calls: readNumber(reply["calls"]),
    succeeded: readNumber(reply["succeeded"]),
    failed: readNumber(reply["failed"]),
    mixedUp: readNumber(reply["mixedUp"]),
    elapsedMs: readNumber(reply["elapsedMs"]),
    slowestMs: readNumber(reply["slowestMs"]),
    results: readList(reply["results"], (item) => readCounted(item, (result) => ({ value: result["value"] }))),
    failures: readList(reply["failures"], (item) => readCounted(item, readFailure)),
  };
}

/** Our end of the line protocol that the Java class `Driver` documents. */
export class Driver {
  readonly #waiting = new Map<number, Waiting>();
  #process: DriverProcess | undefined;
  #isGone = false;
  #lastId = 0;

  /** Must be called before anything else: the process is started with `takeLine` already listening. */
  attach(process: DriverProcess): void {
    this.#process = process;
    void this.#watch(process);
  }

  async #watch(process: DriverProcess): Promise<void> {
    await process.exited;
    this.#isGone = true;
    for (const { reject } of this.#waiting.values()) reject(this.#gone());
    this.#waiting.clear();
  }

  #gone(): Error {
    return new Error(`the Java consumer has ended:\n${this.#process?.output() ?? ""}`);
  }

  /** Takes an answer; false for any other line. */
  takeLine(line: string): boolean {
    if (!line.startsWith("{")) return false;
    const reply: unknown = JSON.parse(line);
    if (!isRecord(reply) || typeof reply["id"] !== "number") return false;
    const waiting = this.#waiting.get(reply["id"]);
    this.#waiting.delete(reply["id"]);
    if (reply["error"] === undefined) waiting?.resolve(reply);
    else waiting?.reject(new Error(`the Java consumer: ${readText(reply["error"])}`));
    return true;
  }

  send(op: string, fields: Readonly<Record<string, unknown>>): Promise<Reply> {
    if (this.#isGone || this.#process === undefined) return Promise.reject(this.#gone());
    const id = ++this.#lastId;
    this.#process.write(`${JSON.stringify({ ...fields, id, op })}\n`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Makes a reference; `options` are the framework's. */
  async refer(options: Readonly<Record<string, unknown>>): Promise<EchoReference> {
    const name = this.nextName("ref");
    await this.send("refer", { ...options, name });
    return new Reference(this, name);
  }

  /** A name that nothing else has. */
  nextName(kind: string): string {
    return `${kind}-${++this.#lastId}`;
  }
}

class Reference implements EchoReference {
  readonly #driver: Driver;
  readonly #name: string;

  constructor(driver: Driver, name: string) {
    this.#driver = driver;
    this.#name = name;
  }

  async call<M extends EchoMethod>(method: M, args: EchoArguments[M], options?: CallOptions): Promise<EchoResults[M]> {
    return (await this.exchange(method, args, options)).result;
  }

  async exchange<M extends EchoMethod>(method: M, args: EchoArguments[M], options: CallOptions = {}): Promise<Answer<EchoResults[M]>> {
    const reply = await this.#driver.send("call", { ...options, ref: this.#name, method, args });
    const failure = reply["failure"];
    const headers = readMap(reply["headers"], readText);
    if (failure !== undefined) throw new JavaCallError(readFailure(failure), readNumber(reply["ms"]), headers);
    return { result: readResult[method](reply["result"]), headers };
  }

  async load<M extends EchoMethod>(
    method: M,
    args: EchoArguments[M],
    options: LoadOptions & { readonly repeat: number },
  ): Promise<LoadSummary> {
    return readSummary(await this.#driver.send("load", { ...options, ref: this.#name, method, args }));
  }

  async start<M extends EchoMethod>(method: M, args: EchoArguments[M], options: LoadOptions = {}): Promise<RunningLoad> {
    const driver = this.#driver;
    const name = driver.nextName("load");
    await driver.send("start", { ...options, name, ref: this.#name, method, args });
    const progress = async (): Promise<LoadSummary> => readSummary(await driver.send("progress", { name }));
    return {
      progress,
      succeed: async (more) => {
        await driver.send("succeed", { name, more });
      },
      stop: async () => readSummary(await driver.send("stop", { name })),
    };
  }

  async release(): Promise<void> {
    await this.#driver.send("release", { name: this.#name });
  }
}
