/** Requests that never stop, and what became of each of them. */
import { Agent, request as httpRequest } from "node:http";
import type { EchoReference, LoadSummary, RunningLoad } from "../peers/driver.ts";

/** Load of any protocol. */
export interface Traffic {
  readonly name: string;
  /** Answers until now, by who gave them. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** Resolves once that many more have been answered. */
  succeed(more: number): Promise<void>;
  /** What failed until now: every kind, with how often. */
  failures(): Promise<readonly string[]>;
  /** Lets what is under way end. */
  stop(): Promise<void>;
}

/** The load of a Java consumer that calls `id`, on a connection of its own. */
export class JavaTraffic implements Traffic {
  readonly name: string;
  readonly #refer: () => Promise<EchoReference>;
  readonly #failures: string[] = [];
  #running: { readonly reference: EchoReference; readonly load: RunningLoad } | undefined = undefined;

  constructor(name: string, refer: () => Promise<EchoReference>) {
    this.name = name;
    this.#refer = refer;
  }

  async start(): Promise<void> {
    const reference = await this.#refer();
    this.#running = { reference, load: await reference.start("id", [], { concurrency: 4, pauseMs: 2 }) };
  }

  async counts(): Promise<ReadonlyMap<string, number>> {
    const { results } = await this.#load.progress();
    return new Map(results.map(({ value, count: times }) => [String(value), times]));
  }

  succeed(more: number): Promise<void> {
    return this.#load.succeed(more);
  }

  async failures(): Promise<readonly string[]> {
    return [...this.#failures, ...(this.#running === undefined ? [] : describe(await this.#running.load.progress()))];
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#failures.push(...describe(await running.load.stop()));
    await running.reference.release();
  }

  get #load(): RunningLoad {
    if (this.#running === undefined) throw new Error(`${this.name} has not been started`);
    return this.#running.load;
  }
}

const describe = ({ failures }: LoadSummary): string[] => failures.map(({ count: times, message }) => `${times} times ${message}`);

export interface HttpTrafficOptions {
  /** The addresses of the service: where one refuses the connection, the next is tried. */
  readonly ports: readonly number[];
  /** Connections, each kept alive, with one request at a time. Default: 6. */
  readonly connections?: number;
  /** The address that they come from. Default: 127.0.0.1. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Milliseconds between two requests of a connection. */
const pauseMs = 2;

/** Every fourth request has a body. */
const body = Buffer.alloc(3000, "b");

/** HTTP/1.1 by keep-alive connections, which are told apart: answers are their bodies. */
export class HttpTraffic implements Traffic {
  readonly name: string = "HTTP";
  /** How many connections have been made. */
  opened: number = 0;
  /** Responses that said `connection: close`. */
  closing: number = 0;
  readonly #options: HttpTrafficOptions;
  readonly #agent: Agent;
  readonly #counts = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #callers: readonly Promise<void>[];
  readonly #waiting = new Set<() => void>();
  readonly #known = new WeakSet<object>();
  #succeeded = 0;
  #sent = 0;
  #address = 0;
  #isOver = false;

  constructor(options: HttpTrafficOptions) {
    const { connections = 6 } = options;
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#callers = Array.from({ length: connections }, () => this.#call());
  }

  counts(): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(new Map(this.#counts));
  }

  async succeed(more: number): Promise<void> {
    const goal = this.#succeeded + more;
    while (this.#succeeded < goal) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  failures(): Promise<readonly string[]> {
    return Promise.resolve([...this.#failures].map(([what, count]) => `${count} times ${what}`));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#callers);
    this.#agent.destroy();
  }

  async #call(): Promise<void> {
    while (!this.#isOver) {
      await this.#request();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #request(): Promise<void> {
    const { ports } = this.#options;
    const withBody = this.#sent++ % 4 === 3;
    const begin = this.#address;
    for (let tried = 1; ; tried++) {
      const address = (begin + tried - 1) % ports.length;
      try {
        const text = await this.#ask(ports[address] ?? 0, withBody);
        this.#address = address;
        this.#succeed(text);
        return;
      } catch (error) {
        const isRefused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
        if (isRefused && tried < ports.length) continue;
        count(this.#failures, String(error));
        return;
      }
    }
  }

  #succeed(text: string): void {
    this.#succeeded++;
    count(this.#counts, text);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #ask(port: number, withBody: boolean): Promise<string> {
    const { from = "127.0.0.1", headers = {} } = this.#options;
    const method = withBody ? "POST" : "GET";
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", localAddress: from, port, method, headers, agent: this.#agent };
      const request = httpRequest(options, (response) => {
        let text = "";
        response.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
        response.once("error", reject);
        response.once("end", () => {
          if (response.headers.connection === "close") this.closing++;
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`status ${response.statusCode}: ${text}`));
        });
      });
      request.once("error", reject);
      request.once("socket", (socket) => {
        if (!this.#known.has(socket)) this.opened++;
        this.#known.add(socket);
      });
      request.end(withBody ? body : undefined);
    });
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

const round = 24;

/** Answers to the next requests, by who gave them: of those that are sent from now on, and of those under way. */
export async function sample(traffic: Traffic, size: number = round): Promise<ReadonlyMap<string, number>> {
  const before = await traffic.counts();
  await traffic.succeed(size);
  const after = await traffic.counts();
  return new Map([...after].map(([who, times]) => [who, times - (before.get(who) ?? 0)] as const).filter(([, times]) => times > 0));
}

/** Resolves once all answers come from these, and from each of them. Rejects when anything fails. */
export async function settlesOn(traffic: Traffic, who: readonly string[]): Promise<void> {
  const wanted = [...who].sort().join();
  for (let seen = ""; seen !== wanted;) {
    seen = [...(await sample(traffic)).keys()].sort().join();
    const failures = await traffic.failures();
    if (failures.length > 0) throw new Error(`${traffic.name}: ${failures.join("; ")}`);
  }
}
