import { BoltStatus, type BoltFrame } from "@mesh/codec-bolt";
import { describe, expect, test } from "vitest";
import { ResponseFlag, StreamDetail, type StreamInfo } from "../access-log/index.ts";
import { HostHealth } from "../cluster/index.ts";
import { FilterStatus, type FilterStream, type StreamFilter } from "../stream/index.ts";
import { deadPort, echo, echoService, openBooks, startHost, startRpc, typedConfig, turns, until, type RpcPeer } from "./testing.ts";

const text = (frame: BoltFrame | undefined): string | undefined => frame?.body().toString();
const answering =
  (content: string) =>
  (call: BoltFrame, peer: RpcPeer): void =>
    peer.answer(call, { content: Buffer.from(content) });
const withStatus =
  (status: BoltStatus) =>
  (call: BoltFrame, peer: RpcPeer): void =>
    peer.answer(call, { status });

/** Answers by a route which one it was: a Bolt status is all that such an answer has. */
const respond = (status: number): object => ({ direct_response: { status } });
const busy = respond(503);
const timedOut = respond(504);
const noProcessor = respond(404);
const host = (name: string, domains: readonly string[], ...routes: readonly object[]): object => ({ name, domains, routes });
const all = { match: { prefix: "/" } };

describe("a call looks like a request of HTTP to routes", () => {
  test(":authority is the service: its own virtual host, then that of the interface, then any", async () => {
    await using rpc = await startRpc({
      virtualHosts: [
        host("versioned", ["com.acme.Echo:1.0"], { ...all, ...busy }),
        host("interface", ["com.acme.Echo"], { ...all, ...timedOut }),
        host("others", ["*"], { ...all, ...noProcessor }),
      ],
    });
    const caller = await rpc.connect();
    const statusOf = async (service: string): Promise<number | undefined> => (await caller.call({ service }))?.status;
    for (let round = 0; round < 2; round++) {
      expect(await statusOf("com.acme.Echo:1.0")).toBe(BoltStatus.ServerThreadPoolBusy);
      expect(await statusOf("com.acme.Echo:2.0")).toBe(BoltStatus.Timeout);
      expect(await statusOf("com.acme.Echo:1.0:unique")).toBe(BoltStatus.Timeout);
      expect(await statusOf("com.acme.Echo")).toBe(BoltStatus.Timeout);
      expect(await statusOf("com.acme.Other:1.0")).toBe(BoltStatus.NoProcessor);
      expect(await statusOf("")).toBe(BoltStatus.NoProcessor);
    }
  });

  test(":path is /service/method, remembered by both: another method of the same service goes another way", async () => {
    await using rpc = await startRpc({
      routes: [
        { match: { path: `/${echoService}/slow` }, ...timedOut },
        { match: { prefix: `/${echoService}/` }, ...busy },
        { ...all, ...noProcessor },
      ],
    });
    const caller = await rpc.connect();
    for (let round = 0; round < 3; round++) {
      expect((await caller.call({ method: "slow" }))?.status).toBe(BoltStatus.Timeout);
      expect((await caller.call({ method: "fast" }))?.status).toBe(BoltStatus.ServerThreadPoolBusy);
      expect((await caller.call({ service: "x", method: "slow" }))?.status).toBe(BoltStatus.NoProcessor);
    }
  });

  test("the header map is the headers, and nothing is remembered where they decide", async () => {
    await using rpc = await startRpc({
      routes: [
        { match: { prefix: "/", headers: [{ name: "app", string_match: { exact: "beta" } }] }, ...timedOut },
        { match: { prefix: "/", headers: [{ name: ":method", string_match: { exact: "POST" } }] }, ...busy },
      ],
    });
    const caller = await rpc.connect();
    for (let round = 0; round < 3; round++) {
      expect((await caller.call({ headers: [["app", "beta"]] }))?.status).toBe(BoltStatus.Timeout);
      expect((await caller.call({ headers: [["app", "other"]] }))?.status).toBe(BoltStatus.ServerThreadPoolBusy);
      expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    }
  });

  test(":scheme is the protocol, the same for all calls of a connection", async () => {
    const ofProtocol = (exact: string): object => ({ match: { prefix: "/", headers: [{ name: ":scheme", string_match: { exact } }] } });
    await using rpc = await startRpc({
      virtualHosts: [
        host("both", [echoService], { ...ofProtocol("dubbo"), ...timedOut }, { ...ofProtocol("bolt"), ...busy }),
        host("other", ["com.acme.Other"], { ...ofProtocol("dubbo"), ...timedOut }),
      ],
    });
    const caller = await rpc.connect();
    for (let round = 0; round < 3; round++) {
      expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
      expect((await caller.call({ service: "com.acme.Other" }))?.status).toBe(BoltStatus.NoProcessor);
    }
  });

  test("without a route it is refused", async () => {
    await using rpc = await startRpc({ virtualHosts: [host("others", ["x"], { ...all, ...busy })] });
    const caller = await rpc.connect();
    for (let round = 0; round < 2; round++) expect((await caller.call())?.status).toBe(BoltStatus.NoProcessor);
    expect(rpc.stat("no_route")).toBe(2);
    expect(rpc.logged[0]).toMatchObject({ code: 404, flags: ResponseFlag.NoRouteFound, details: "route_not_found" });
  });
});

describe("a filter that changes what routing looks at", () => {
  const routes = [
    { match: { path: "/moved/there" }, ...timedOut },
    { match: { prefix: `/${echoService}/` }, ...busy },
    { ...all, ...noProcessor },
  ];
  const changing = (change: (stream: FilterStream) => void): StreamFilter => ({
    onRequest: (stream) => {
      if (stream.request.headers.get("move") !== "yes") return FilterStatus.Continue;
      change(stream);
      stream.refreshRoute();
      return FilterStatus.Continue;
    },
  });

  test.for([
    ["the path", changing(({ request }) => (request.path = "/moved/there"))],
    [
      "the headers that say what is called",
      changing(({ request }) => {
        request.headers.set("service", "moved");
        request.headers.set("sofa_head_method_name", "there");
      }),
    ],
  ] as const)("%s is listened to, and does not change the way of other calls", async ([, filter]) => {
    await using rpc = await startRpc({ routes, filters: [filter] });
    const caller = await rpc.connect();
    for (let round = 0; round < 3; round++) {
      expect((await caller.call({ headers: [["move", "yes"]] }))?.status).toBe(BoltStatus.Timeout);
      expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    }
  });

  test("the authority is listened to, and its interface after it", async () => {
    await using rpc = await startRpc({
      virtualHosts: [host("moved", ["moved.to"], { ...all, ...timedOut }), host("others", ["*"], { ...all, ...busy })],
      filters: [changing(({ request }) => (request.authority = "moved.to:2.0"))],
    });
    const caller = await rpc.connect();
    for (let round = 0; round < 2; round++) {
      expect((await caller.call({ headers: [["move", "yes"]] }))?.status).toBe(BoltStatus.Timeout);
      expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    }
  });
});

describe("one-way calls", () => {
  test("are sent and not answered, whatever becomes of them", async () => {
    await using target = await startHost();
    await using rpc = await startRpc({ hosts: [target.port] });
    const caller = await rpc.connect();
    void caller.call({ oneWay: true, content: Buffer.from("fired") });
    const upstream = await target.accept();
    const call = await upstream.next();
    expect(text(call)).toBe("fired");
    upstream.answer(call);
    const answer = caller.call();
    upstream.answer(await upstream.next());
    await answer;
    expect(caller.frames).toEqual([]);
    expect(openBooks(rpc)).toEqual({});
    expect(rpc.logged[0]).toMatchObject({ code: 0, details: "one_way", flags: 0, attempts: 1 });
    expect(rpc.stat("downstream_rq_total")).toBe(2);
    expect(rpc.stat("downstream_rq_completed")).toBe(1);
  });

  test.for([
    ["no route", { virtualHosts: [] }],
    ["no host", {}],
    ["a host that is away", undefined],
    ["a direct response", { routes: [{ ...all, ...busy }] }],
  ] as const)("are dropped in silence at %s", async ([, options]) => {
    await using rpc = await startRpc(options ?? { hosts: [await deadPort()] });
    const caller = await rpc.connect();
    void caller.call({ oneWay: true });
    await until(() => rpc.stat("downstream_rq_total") === 1 && rpc.stat("downstream_rq_active") === 0);
    await turns();
    expect(caller.frames).toEqual([]);
    expect(openBooks(rpc)).toEqual({});
    expect(rpc.logged).toHaveLength(1);
  });

  test("wait for a connection no longer than their caller would", async () => {
    await using target = await startHost();
    await using rpc = await startRpc({ hosts: [target.port], cluster: { connect_timeout: "60s" } });
    const caller = await rpc.connect();
    void caller.call({ oneWay: true, timeoutMs: 100 });
    await until(() => rpc.clusterStat("upstream_rq_pending_active") === 1);
    rpc.runtime.advance(150);
    expect(rpc.stat("downstream_rq_active")).toBe(0);
    expect(openBooks(rpc)).toEqual({});
  });
});

describe("headers", () => {
  test("are changed by routes on the way there and back; class and content stay", async () => {
    await using target = await startHost();
    await using rpc = await startRpc({
      hosts: [target.port],
      routes: [
        {
          ...all,
          route: { cluster: "echo" },
          request_headers_to_add: [{ header: { key: "x-added", value: "%REQ(app)%!" } }],
          request_headers_to_remove: ["secret"],
          response_headers_to_add: [{ header: { key: "x-from", value: "mesh" } }],
        },
      ],
    });
    const caller = await rpc.connect();
    const answer = caller.call({
      className: "com.acme.Order",
      headers: [
        ["app", "shop"],
        ["secret", "s"],
      ],
      content: Buffer.from("body"),
    });
    const upstream = await target.accept();
    const call = await upstream.next();
    expect(call.headers.get("x-added")).toBe("shop!");
    expect(call.headers.has("secret")).toBe(false);
    expect(call).toMatchObject({ className: "com.acme.Order", service: echoService, method: "echo" });
    expect(text(call)).toBe("body");
    upstream.answer(call, { headers: [["k", "v"]], className: "com.acme.Receipt" });
    const response = await answer;
    expect(response?.headers.get("x-from")).toBe("mesh");
    expect(response?.headers.get("k")).toBe("v");
    expect(response).toMatchObject({ className: "com.acme.Receipt" });
    expect(text(response)).toBe("body");
  });

  test("are changed by the header mutation filter", async () => {
    await using target = await startHost(echo);
    const mutation = {
      mutations: { response_mutations: [{ append: { header: { key: "x-filter", value: "%RESPONSE_CODE%" } } }] },
    };
    await using rpc = await startRpc({
      hosts: [target.port],
      httpFilters: [typedConfig("envoy.extensions.filters.http.header_mutation.v3.HeaderMutation", mutation)],
    });
    const caller = await rpc.connect();
    expect((await caller.call())?.headers.get("x-filter")).toBe("200");
  });

  const tooLong = "x".repeat(40_000);

  test("that cannot be written fail the call here: no host is blamed, nothing is tried again, and others are not harmed", async () => {
    await using target = await startHost(echo);
    await using rpc = await startRpc({
      hosts: [target.port],
      route: { retry_policy: { retry_on: "5xx,reset,connect-failure", num_retries: 3 } },
      filters: [
        {
          onRequest: ({ request }) => {
            if (request.headers.has("grow")) request.headers.set("grown", tooLong);
            return FilterStatus.Continue;
          },
        },
      ],
    });
    const caller = await rpc.connect();
    const answers = await Promise.all([caller.call(), caller.call({ headers: [["grow", "1"]] }), caller.call()]);
    expect(answers.map((answer) => answer?.status)).toEqual([BoltStatus.Success, BoltStatus.ServerException, BoltStatus.Success]);
    expect((await caller.call({ headers: [["grow", "1"]] }))?.status).toBe(BoltStatus.ServerException);
    expect(rpc.logged.filter(({ details }) => details === "request_unencodable")).toHaveLength(2);
    expect(rpc.clusterStat("upstream_rq_retry")).toBe(0);
    expect(rpc.cluster.hosts[0]?.stats.rqError).toBe(0);
    expect(rpc.runtime.logger.lines.filter(({ level }) => level === "error")).toHaveLength(2);
    expect(openBooks(rpc)).toEqual({});
  });

  test("of a response that cannot be written make an answer that says so", async () => {
    await using target = await startHost(echo);
    await using rpc = await startRpc({
      hosts: [target.port],
      filters: [
        {
          onResponse: (stream) => {
            if (stream.request.headers.has("grow")) stream.response?.headers.set("grown", tooLong);
            return FilterStatus.Continue;
          },
        },
      ],
    });
    const caller = await rpc.connect();
    expect((await caller.call({ headers: [["grow", "1"]] }))?.status).toBe(BoltStatus.ServerException);
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(rpc.logged[0]).toMatchObject({ code: 500, details: "response_unencodable", flags: ResponseFlag.LocalReset, bytesSent: 0 });
    expect(rpc.stat("downstream_rq_5xx")).toBe(1);
    expect(openBooks(rpc)).toEqual({});
  });

  test("tell the host which attempt it is, where the virtual host wants it", async () => {
    await using target = await startHost();
    await using rpc = await startRpc({
      hosts: [target.port],
      virtualHosts: [
        {
          ...host("all", ["*"], { ...all, route: { cluster: "echo", retry_policy: { retry_on: "5xx", num_retries: 1 } } }),
          include_request_attempt_count: true,
        },
      ],
    });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 60_000 });
    const upstream = await target.accept();
    const first = await upstream.next();
    upstream.answer(first, { status: BoltStatus.Error });
    await until(() => rpc.clusterStat("upstream_rq_retry") === 1);
    rpc.runtime.advance(100);
    const second = await upstream.next();
    expect([first, second].map(({ headers }) => headers.get("x-envoy-attempt-count"))).toEqual(["1", "2"]);
    upstream.answer(second);
    expect((await answer)?.status).toBe(BoltStatus.Success);
  });
});

describe("the time for a response", () => {
  test.for([
    ["the caller's", {}, 500, 500],
    ["the route's where it is shorter", { timeout: "0.2s" }, 500, 200],
    ["the caller's where it is shorter", { timeout: "2s" }, 500, 500],
    ["the route's where the caller has none", { timeout: "0.3s" }, 0, 300],
    ["the caller's where the route has none", { timeout: "0s" }, 500, 500],
    ["the codec's where nobody says", {}, 0, 3000],
    ["the codec's where the caller's means nothing", {}, -1, 3000],
  ] as const)("is %s", async ([, route, timeoutMs, limit]) => {
    await using target = await startHost();
    await using rpc = await startRpc({ hosts: [target.port], route });
    const caller = await rpc.connect();
    let answer: BoltFrame | undefined;
    void caller.call({ timeoutMs }).then((frame) => (answer = frame));
    await (await target.accept()).next();
    rpc.runtime.advance(limit - 50);
    await turns();
    expect(answer).toBeUndefined();
    rpc.runtime.advance(100);
    await until(() => answer !== undefined);
    expect(answer?.status).toBe(BoltStatus.Timeout);
    expect(rpc.logged[0]).toMatchObject({ code: 504, flags: ResponseFlag.UpstreamRequestTimeout, details: "response_timeout" });
    expect(rpc.clusterStat("upstream_rq_timeout")).toBe(1);
    expect(openBooks(rpc)).toEqual({});
  });

  test("is endless where route says so and the caller nothing", async () => {
    await using target = await startHost();
    await using rpc = await startRpc({ hosts: [target.port], route: { timeout: "0s" } });
    const caller = await rpc.connect();
    const answer = caller.call();
    const upstream = await target.accept();
    const call = await upstream.next();
    rpc.runtime.advance(14_000);
    upstream.answer(call);
    expect((await answer)?.status).toBe(BoltStatus.Success);
  });

  test("includes the wait for a connection", async () => {
    await using target = await startHost();
    await using rpc = await startRpc({ hosts: [target.port], cluster: { connect_timeout: "60s" } });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 100 });
    await until(() => rpc.clusterStat("upstream_rq_pending_active") === 1);
    rpc.runtime.advance(150);
    expect((await answer)?.status).toBe(BoltStatus.Timeout);
    expect(openBooks(rpc)).toEqual({});
    // The call is not sent when the connection stands at last.
    const upstream = await target.accept();
    await until(() => rpc.clusterStat("upstream_cx_connect_ms") === 1);
    await turns();
    expect(upstream.frames).toEqual([]);
  });

  test("holds for a response that a filter keeps back: the caller is told in time", async () => {
    let release: (() => void) | undefined;
    const keeping: StreamFilter = {
      onResponse: (stream) => {
        release = () => stream.continueResponse();
        return FilterStatus.Stop;
      },
    };
    await using target = await startHost(echo);
    await using rpc = await startRpc({ hosts: [target.port], filters: [keeping] });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 100 });
    await until(() => release !== undefined);
    rpc.runtime.advance(150);
    expect((await answer)?.status).toBe(BoltStatus.Timeout);
    release?.();
    await turns();
    expect(caller.frames).toEqual([]);
    expect(rpc.logged).toHaveLength(1);
    expect(rpc.logged[0]).toMatchObject({ code: 504, flags: ResponseFlag.UpstreamRequestTimeout });
    expect(openBooks(rpc)).toEqual({});
  });

  test("does not fall due for a response that a filter lets go in time; what comes meanwhile leaves it as it was", async () => {
    let release: (() => void) | undefined;
    const keeping: StreamFilter = {
      onResponse: (stream) => {
        if (!stream.request.headers.has("keep")) return FilterStatus.Continue;
        release = () => stream.continueResponse();
        return FilterStatus.Stop;
      },
    };
    await using target = await startHost(echo);
    await using rpc = await startRpc({ hosts: [target.port], filters: [keeping] });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 100, headers: [["keep", "1"]], content: Buffer.from("kept") });
    await until(() => release !== undefined);
    for (let count = 0; count < 5; count++) await caller.call({ content: Buffer.alloc(2000, 0xff) });
    rpc.runtime.advance(50);
    release?.();
    expect(text(await answer)).toBe("kept");
    expect(openBooks(rpc)).toEqual({});
  });
});

describe("what a proxy answers in place of the host", () => {
  test("direct responses have the status that means the same", async () => {
    await using rpc = await startRpc({
      routes: [
        { match: { path: `/${echoService}/ok` }, direct_response: { status: 200 } },
        { match: { path: `/${echoService}/denied` }, direct_response: { status: 403 } },
        { ...all, direct_response: { status: 429 } },
      ],
    });
    const caller = await rpc.connect();
    const status = async (method: string): Promise<number | undefined> => (await caller.call({ method }))?.status;
    expect(await status("ok")).toBe(BoltStatus.Success);
    expect(await status("denied")).toBe(BoltStatus.ServerException);
    expect(await status("x")).toBe(BoltStatus.ServerThreadPoolBusy);
    expect(rpc.stat("rq_direct_response")).toBe(3);
    expect(rpc.stat("downstream_rq_2xx")).toBe(1);
    expect(rpc.stat("downstream_rq_4xx")).toBe(2);
  });

  test("a cluster that is not there, and one without hosts", async () => {
    await using rpc = await startRpc({
      routes: [
        { match: { path: `/${echoService}/nowhere` }, route: { cluster_header: "x-cluster" } },
        { ...all, route: { cluster: "echo" } },
      ],
    });
    const caller = await rpc.connect();
    expect((await caller.call({ method: "nowhere", headers: [["x-cluster", "none"]] }))?.status).toBe(BoltStatus.NoProcessor);
    expect((await caller.call())?.status).toBe(BoltStatus.ConnectionClosed);
    expect(rpc.stat("no_cluster")).toBe(1);
    expect(rpc.clusterStat("upstream_cx_none_healthy")).toBe(1);
    expect(rpc.logged.map(({ flags }) => flags)).toEqual([ResponseFlag.NoClusterFound, ResponseFlag.NoHealthyUpstream]);
  });

  test("hosts that are all out of choice, where panic is off", async () => {
    await using target = await startHost(echo);
    await using rpc = await startRpc({ hosts: [target.port], cluster: { common_lb_config: { healthy_panic_threshold: { value: 0 } } } });
    rpc.cluster.hosts[0]?.setHealth(HostHealth.FailedActiveCheck, true);
    const caller = await rpc.connect();
    expect((await caller.call())?.status).toBe(BoltStatus.ConnectionClosed);
    expect(target.connections).toEqual([]);
  });

  test("a fault's abort and delay", async () => {
    await using target = await startHost(echo);
    const always = { numerator: 100 };
    const fault = { delay: { fixed_delay: "0.5s", percentage: always }, abort: { http_status: 503, percentage: always } };
    await using rpc = await startRpc({
      hosts: [target.port],
      httpFilters: [typedConfig("envoy.extensions.filters.http.fault.v3.HTTPFault", fault)],
    });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 60_000 });
    await until(() => rpc.stat("fault.delays_injected") === 1);
    rpc.runtime.advance(550);
    expect((await answer)?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    expect(rpc.stat("fault.aborts_injected")).toBe(1);
    expect(target.connections).toEqual([]);
    expect(openBooks(rpc)).toEqual({});
  });
});

describe("retries", () => {
  const retry = (fields: object): { readonly route: object } => ({
    route: { retry_policy: { num_retries: 1, retry_back_off: { base_interval: "0.05s" }, ...fields } },
  });

  test("after a host that cannot be connected to, another one has the call", async () => {
    await using target = await startHost(answering("second"));
    await using rpc = await startRpc({
      hosts: [await deadPort(), target.port],
      ...retry({
        retry_on: "connect-failure",
        num_retries: 2,
        host_selection_retry_max_attempts: 5,
        retry_host_predicate: [typedConfig("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate")],
      }),
    });
    const caller = await rpc.connect();
    for (let count = 0; count < 4; count++) {
      let answer: BoltFrame | undefined;
      void caller.call({ timeoutMs: 60_000 }).then((frame) => (answer = frame));
      await until(() => {
        rpc.runtime.advance(16);
        return answer !== undefined;
      });
      expect(text(answer)).toBe("second");
    }
    expect(rpc.clusterStat("upstream_rq_retry")).toBeGreaterThan(0);
    expect(rpc.clusterStat("upstream_rq_retry_success")).toBe(rpc.clusterStat("upstream_rq_retry"));
    expect(openBooks(rpc)).toEqual({});
  });

  test("a connection lost in the middle of the call is tried again only where the policy says reset", async () => {
    for (const [retryOn, expected] of [
      ["reset", BoltStatus.Success],
      ["connect-failure", BoltStatus.ConnectionClosed],
    ] as const) {
      await using target = await startHost();
      await using rpc = await startRpc({ hosts: [target.port], ...retry({ retry_on: retryOn }) });
      const caller = await rpc.connect();
      const answer = caller.call({ timeoutMs: 60_000 });
      const upstream = await target.accept();
      await upstream.next();
      upstream.socket.destroy();
      await until(() => rpc.clusterStat("upstream_rq_active") === 0);
      rpc.runtime.advance(80);
      if (expected === BoltStatus.Success) {
        const again = await target.accept();
        again.answer(await again.next());
      }
      expect((await answer)?.status).toBe(expected);
      expect(openBooks(rpc)).toEqual({});
    }
  });

  test("a status is tried again with the request as it was, until the tries are used up", async () => {
    await using target = await startHost(withStatus(BoltStatus.ServerThreadPoolBusy));
    await using rpc = await startRpc({ hosts: [target.port], ...retry({ retry_on: "5xx", num_retries: 2 }) });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 60_000, content: Buffer.from("again") });
    for (let tries = 1; tries <= 2; tries++) {
      await until(() => rpc.clusterStat("upstream_rq_retry") === tries);
      expect(rpc.cluster.limits[0].retries).toBe(1);
      rpc.runtime.advance(120);
    }
    expect((await answer)?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    expect(rpc.clusterStat("upstream_rq_total")).toBe(3);
    expect([rpc.clusterStat("retry.upstream_rq_503"), rpc.clusterStat("upstream_rq_503")]).toEqual([2, 1]);
    expect(rpc.clusterStat("upstream_rq_retry_limit_exceeded")).toBe(1);
    expect(rpc.logged[0]).toMatchObject({ attempts: 3, flags: ResponseFlag.UpstreamRetryLimitExceeded, details: "via_upstream" });
    expect(openBooks(rpc)).toEqual({});
  });

  test("a business exception is no failure: it is passed on at once", async () => {
    await using target = await startHost((call, peer) => peer.answer(call, { headers: [["sofa_head_response_error", "true"]] }));
    await using rpc = await startRpc({ hosts: [target.port], ...retry({ retry_on: "5xx" }) });
    const caller = await rpc.connect();
    const answer = await caller.call();
    expect(answer?.headers.get("sofa_head_response_error")).toBe("true");
    expect(rpc.clusterStat("upstream_rq_retry")).toBe(0);
    expect(rpc.clusterStat("upstream_rq_2xx")).toBe(1);
  });

  test("a try that takes too long is given up, and its late answer dropped", async () => {
    await using target = await startHost();
    await using rpc = await startRpc({ hosts: [target.port], ...retry({ retry_on: "5xx", per_try_timeout: "0.2s" }) });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 60_000 });
    const upstream = await target.accept();
    const first = await upstream.next();
    rpc.runtime.advance(220);
    rpc.runtime.advance(80);
    const second = await upstream.next();
    expect(second.idLow).not.toBe(first.idLow);
    upstream.answer(first, { content: Buffer.from("late") });
    upstream.answer(second, { content: Buffer.from("in time") });
    expect(text(await answer)).toBe("in time");
    expect(rpc.clusterStat("upstream_rq_per_try_timeout")).toBe(1);
    expect(openBooks(rpc)).toEqual({});
  });

  test("max_retries bounds the calls that are being tried again", async () => {
    await using target = await startHost(withStatus(BoltStatus.Error));
    await using rpc = await startRpc({
      hosts: [target.port],
      cluster: { circuit_breakers: { thresholds: [{ max_retries: 1 }] } },
      ...retry({ retry_on: "5xx", retry_back_off: { base_interval: "10s", max_interval: "10s" } }),
    });
    const caller = await rpc.connect();
    const answers = [caller.call({ timeoutMs: 60_000 }), caller.call({ timeoutMs: 60_000 })];
    expect((await Promise.race(answers))?.status).toBe(BoltStatus.Error);
    expect(rpc.clusterStat("upstream_rq_retry_overflow")).toBe(1);
    expect(rpc.cluster.limits[0].retries).toBe(1);
    rpc.runtime.advance(10_050);
    expect((await Promise.all(answers)).map((answer) => answer?.status)).toEqual([BoltStatus.Error, BoltStatus.Error]);
    expect(openBooks(rpc)).toEqual({});
  });

  test("a retry budget is a share of the calls under way", async () => {
    await using target = await startHost();
    const budget = { budget_percent: { value: 25 }, min_retry_concurrency: 1 };
    await using rpc = await startRpc({
      hosts: [target.port],
      cluster: { circuit_breakers: { thresholds: [{ retry_budget: budget }] } },
      ...retry({ retry_on: "5xx", retry_back_off: { base_interval: "10s", max_interval: "10s" } }),
    });
    const caller = await rpc.connect();
    const answers = Array.from({ length: 12 }, () => caller.call({ timeoutMs: 60_000 }));
    const upstream = await target.accept();
    const calls = await upstream.take(12);
    // Eight of twelve stay under way: a quarter of them may be tried again.
    for (const call of calls.slice(0, 4)) upstream.answer(call, { status: BoltStatus.Error });
    await until(() => rpc.clusterStat("retry.upstream_rq_500") + rpc.clusterStat("upstream_rq_500") === 4);
    expect(rpc.clusterStat("upstream_rq_retry")).toBe(2);
    expect(rpc.clusterStat("upstream_rq_retry_overflow")).toBe(2);
    rpc.runtime.advance(10_050);
    const again = await upstream.take(2);
    for (const call of [...calls.slice(4), ...again]) upstream.answer(call);
    const statuses = (await Promise.all(answers)).map((answer) => answer?.status);
    expect(statuses.filter((status) => status === BoltStatus.Success)).toHaveLength(10);
    expect(openBooks(rpc)).toEqual({});
  });

  test("a caller that leaves between two tries takes the second one back", async () => {
    await using target = await startHost(withStatus(BoltStatus.Error));
    await using rpc = await startRpc({ hosts: [target.port], ...retry({ retry_on: "5xx" }) });
    const caller = await rpc.connect();
    void caller.call({ timeoutMs: 60_000 });
    await until(() => rpc.clusterStat("upstream_rq_retry") === 1);
    caller.reset();
    await until(() => rpc.stat("downstream_rq_active") === 0);
    rpc.runtime.advance(1_000);
    expect(rpc.clusterStat("upstream_rq_total")).toBe(1);
    expect(openBooks(rpc)).toEqual({});
  });

  test("the caller's time goes on while there is a back-off", async () => {
    await using target = await startHost(withStatus(BoltStatus.Error));
    await using rpc = await startRpc({
      hosts: [target.port],
      ...retry({ retry_on: "5xx", retry_back_off: { base_interval: "10s", max_interval: "10s" } }),
    });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 100 });
    await until(() => rpc.clusterStat("upstream_rq_retry") === 1);
    rpc.runtime.advance(150);
    expect((await answer)?.status).toBe(BoltStatus.Timeout);
    expect(openBooks(rpc)).toEqual({});
  });
});

test("a log that asks for it is told the bytes of the frames, and when they went", async () => {
  const seen: (StreamDetail | undefined)[] = [];
  const lengths: number[] = [];
  const onLog = ({ detail, upstreamProtocol, upstreamConnectionId }: StreamInfo): void => {
    seen.push(detail === undefined ? undefined : Object.assign(new StreamDetail(), detail));
    expect([upstreamProtocol, upstreamConnectionId !== 0]).toEqual(["bolt", true]);
  };
  await using target = await startHost((call, peer) => {
    lengths.push(call.encodedLength());
    peer.answer(call, { content: Buffer.from("four") });
  });
  await using rpc = await startRpc({ hosts: [target.port], onLog });
  const caller = await rpc.connect();
  const answer = await caller.call({ content: Buffer.from("sixsix") });
  await until(() => seen.length === 1);
  const [detail] = seen;
  const [length = 0] = lengths;
  const answerLength = answer?.encodedLength() ?? 0;
  expect(detail).toMatchObject({
    downstreamBytesReceived: length,
    downstreamHeaderBytesReceived: length - 6,
    upstreamBytesSent: length,
    upstreamHeaderBytesSent: length - 6,
    upstreamBytesReceived: answerLength,
    downstreamBytesSent: answerLength,
    downstreamHeaderBytesSent: answerLength - 4,
  });
  const { startedAt, requestSentAt, responseReceivedAt, responseSentAt } = detail ?? new StreamDetail();
  expect([requestSentAt, responseReceivedAt, responseSentAt]).toEqual([startedAt, startedAt, startedAt]);
});
