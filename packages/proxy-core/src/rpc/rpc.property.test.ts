import { RpcFrameKind } from "@mesh/codec";
import { boltCodec, BoltStatus, type BoltFrame } from "@mesh/codec-bolt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Drain } from "../stream/index.ts";
import { openBooks, rpcOptions, startHost, startRpc, turns, type RpcPeer, type TestHost, type TestRpc } from "./testing.ts";

const goAway =
  boltCodec({ goAway: true })
    .open({ onFrame() {} }, { role: "server" })
    .goAway() ?? Buffer.alloc(0);

/** Things that happen, to one of a few callers or hosts. */
type Happening =
  | { readonly what: "call"; readonly who: number; readonly timeoutMs: number; readonly oneWay: boolean; readonly version: 1 | 2 }
  | { readonly what: "answer" | "failure"; readonly which: number }
  | { readonly what: "host breaks" | "host ends" | "host babbles" | "host says GoAway"; readonly which: number }
  | { readonly what: "host stops reading" | "host reads again"; readonly which: number }
  | { readonly what: "caller ends" | "caller breaks" | "caller babbles" | "caller is alive"; readonly who: number }
  | { readonly what: "caller stops reading" | "caller reads again"; readonly who: number }
  | { readonly what: "time passes"; readonly ms: number };

const who = fc.nat({ max: 2 });
const which = fc.nat({ max: 50 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      what: fc.constant("call" as const),
      who,
      timeoutMs: fc.constantFrom(0, 100, 1000),
      oneWay: fc.nat({ max: 4 }).map((one) => one === 0),
      version: fc.constantFrom(1 as const, 2 as const),
    }),
  },
  { weight: 10, arbitrary: fc.record({ what: fc.constantFrom("answer" as const, "answer" as const, "failure" as const), which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constantFrom("host breaks" as const, "host ends" as const, "host babbles" as const, "host says GoAway" as const),
      which,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom("caller ends" as const, "caller breaks" as const, "caller babbles" as const, "caller is alive" as const),
      who,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constantFrom("caller stops reading" as const, "caller reads again" as const),
      who,
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom("host stops reading" as const, "host reads again" as const), which }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("time passes" as const), ms: fc.constantFrom(16, 60, 300, 1200) }) },
);

interface Made {
  readonly caller: RpcPeer;
  readonly content: string;
  readonly oneWay: boolean;
  answer: BoltFrame | undefined;
  settled: boolean;
}

/** The callers, the proxy and its hosts, and what is known of the calls between them. */
class World {
  readonly rpc: TestRpc;
  readonly hosts: readonly TestHost[];
  readonly made: Made[] = [];
  /** Calls that reached a host and were not answered. */
  readonly reached: { readonly call: BoltFrame; readonly host: RpcPeer }[];
  /** What is put after each call's content. */
  readonly #padding: string;
  readonly #callers: RpcPeer[];
  readonly #all: RpcPeer[];
  readonly #broken = new Set<RpcPeer>();

  constructor(rpc: TestRpc, hosts: readonly TestHost[], callers: readonly RpcPeer[], reached: World["reached"], padding: number) {
    this.#padding = ".".repeat(padding);
    this.rpc = rpc;
    this.hosts = hosts;
    this.reached = reached;
    this.#callers = [...callers];
    this.#all = [...callers];
  }

  async carryOut(event: Happening): Promise<void> {
    switch (event.what) {
      case "call":
        this.#call(event);
        return;
      case "answer":
      case "failure": {
        const [reached] = this.reached.splice(event.which % Math.max(1, this.reached.length), 1);
        if (reached === undefined || reached.host.closed || reached.call.kind === RpcFrameKind.OneWay) return;
        reached.host.answer(reached.call, event.what === "failure" ? { status: BoltStatus.ServerThreadPoolBusy } : {});
        return;
      }
      case "host breaks":
        this.#host(event.which)?.reset();
        return;
      case "host ends":
        this.#host(event.which)?.socket.end();
        return;
      case "host babbles":
        this.#host(event.which)?.send(Buffer.from([9, 9, 9]));
        return;
      case "host says GoAway":
        this.#host(event.which)?.send(goAway);
        return;
      case "host stops reading":
        this.#host(event.which)?.socket.pause();
        return;
      case "host reads again":
        this.#host(event.which)?.socket.resume();
        return;
      case "caller stops reading":
        this.#caller(event.who).socket.pause();
        return;
      case "caller reads again":
        this.#caller(event.who).socket.resume();
        return;
      case "caller ends":
        this.#caller(event.who).socket.end();
        await this.#replace(event.who, false);
        return;
      case "caller breaks":
        this.#caller(event.who).reset();
        await this.#replace(event.who, true);
        return;
      case "caller babbles":
        this.#caller(event.who).send(Buffer.from([9]));
        await this.#replace(event.who, true);
        return;
      case "caller is alive":
        this.#caller(event.who).send(this.#caller(event.who).session.heartbeat(0, 0));
        return;
      case "time passes":
        this.rpc.runtime.advance(event.ms);
    }
  }

  /** Has everybody read, and lets time run until all calls have ended. */
  async settle(): Promise<void> {
    for (const { socket } of [...this.#all, ...this.hosts.flatMap(({ connections }) => connections)]) socket.resume();
    const isOver = ({ settled, oneWay, caller }: Made): boolean => settled || oneWay || this.#broken.has(caller);
    while (this.rpc.stat("downstream_rq_active") > 0 || !this.made.every(isOver)) {
      this.rpc.runtime.advance(500);
      await turns(3);
    }
    await turns(5);
  }

  /** Callers whose calls need not be answered are left out. */
  check(): void {
    for (const call of this.made) {
      if (call.oneWay) expect(call.answer).toBeUndefined();
      else if (!this.#broken.has(call.caller)) expect(call.answer).toBeDefined();
      if (call.answer !== undefined && call.answer.status === BoltStatus.Success) expect(call.answer.body().toString()).toBe(call.content);
    }
    // Whatever else came: a second answer, or one to a call that was never made.
    for (const caller of this.#all) expect(caller.frames.filter(({ kind }) => kind !== RpcFrameKind.HeartbeatAck)).toEqual([]);
    expect(openBooks(this.rpc)).toEqual({});
    expect(this.rpc.stat("downstream_rq_total")).toBe(this.rpc.logged.length);
    const { cluster } = this.rpc;
    expect(cluster.limits[0].connections).toBe(this.rpc.clusterStat("upstream_cx_active"));
    expect(cluster.hosts.reduce((sum, { stats }) => sum + stats.cxActive, 0)).toBe(this.rpc.clusterStat("upstream_cx_active"));
  }

  /** With the last answer and some silence, connections end. */
  async checkDrained(): Promise<void> {
    while (this.rpc.filter.activeConnections > 0) {
      this.rpc.runtime.advance(500);
      for (const { ended, socket } of this.#all) if (ended) socket.end();
      await turns(3);
    }
    for (const caller of this.#all) if (!this.#broken.has(caller)) expect(caller.ended).toBe(true);
  }

  #call({ who: index, timeoutMs, oneWay, version }: Extract<Happening, { what: "call" }>): void {
    const caller = this.#caller(index);
    const content = `${this.made.length}${this.#padding}`;
    const made: Made = { caller, content, oneWay, answer: undefined, settled: false };
    this.made.push(made);
    void settle(made, caller.call({ timeoutMs, oneWay, version, content: Buffer.from(content) }));
  }

  #caller(index: number): RpcPeer {
    return this.#callers[index % this.#callers.length] as RpcPeer;
  }

  #host(index: number): RpcPeer | undefined {
    const open = this.hosts.flatMap(({ connections }) => connections).filter(({ closed, ended }) => !closed && !ended);
    return open[index % Math.max(1, open.length)];
  }

  async #replace(index: number, isBroken: boolean): Promise<void> {
    const place = index % this.#callers.length;
    const old = this.#callers[place];
    if (isBroken && old !== undefined) this.#broken.add(old);
    const fresh = await this.rpc.connect();
    this.#callers[place] = fresh;
    this.#all.push(fresh);
  }
}

async function settle(made: Made, answer: Promise<BoltFrame | undefined>): Promise<void> {
  made.answer = await answer;
  made.settled = true;
}

test("whatever happens in whatever order, every call is answered once unless its connection is gone, and all counts come back to nothing", async () => {
  await fc.assert(
    fc.asyncProperty(
      // Turns of the event loop between two happenings: with none, they come in one batch.
      fc.array(fc.tuple(happening, fc.constantFrom(0, 0, 1, 2, 5)), { minLength: 10, maxLength: 80, size: "max" }),
      fc.record({
        perHost: fc.integer({ min: 1, max: 2 }),
        retries: fc.nat({ max: 2 }),
        perConnection: fc.constantFrom(0, 3),
        maxRequests: fc.constantFrom(4, 1024),
        padding: fc.constantFrom(0, 0, 60_000),
        drains: fc.constantFrom(undefined, "now", "in turn", "at last"),
      }),
      async (events, { perHost, retries, perConnection, maxRequests, padding, drains }) => {
        const reached: World["reached"] = [];
        const keep = (call: BoltFrame, host: RpcPeer): void => {
          if (call.kind === RpcFrameKind.Heartbeat) host.send(host.session.heartbeatAck(call));
          else reached.push({ call, host });
        };
        await using first = await startHost(keep);
        await using second = await startHost(keep);
        await using rpc = await startRpc({
          hosts: [first.port, second.port],
          bufferLimitBytes: 16 * 1024,
          cluster: {
            per_connection_buffer_limit_bytes: 16 * 1024,
            ...rpcOptions({ connections_per_host: perHost, reconnect_base_interval: "0.05s" }),
            ...(perConnection > 0 ? { max_requests_per_connection: perConnection } : {}),
            circuit_breakers: { thresholds: [{ max_requests: maxRequests }] },
          },
          route: { timeout: "2s", retry_policy: { retry_on: "5xx,reset,connect-failure", num_retries: retries, per_try_timeout: "0.4s" } },
        });
        const callers = await Promise.all([rpc.connect(), rpc.connect(), rpc.connect()]);
        const world = new World(rpc, [first, second], callers, reached, padding);
        for (const [event, count] of events) {
          await world.carryOut(event);
          await turns(count);
        }
        // All that was sent has been read.
        await turns(5);
        if (drains !== undefined) rpc.filter.drain(new Drain(rpc.runtime, drains, 20_000));
        await world.settle();
        world.check();
        if (drains !== undefined) await world.checkDrained();
      },
    ),
    { numRuns: 40 },
  );
});
