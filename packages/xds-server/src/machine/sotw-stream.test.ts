import { beforeEach, describe, expect, test } from "vitest";
import { clusterTypeUrl } from "../resource/types.ts";
import { testContext } from "../testing/context.ts";
import { cluster, endpoints, listener, route } from "../testing/resources.ts";
import { SotwHarness, TestSource, type Answer } from "../testing/stream-harness.ts";

let source: TestSource;
let stream: SotwHarness;
const brief = (answers: readonly Answer[]): string[] => answers.map(({ type, names }) => `${type}: ${names.join(" ")}`);
const refused = { code: 13, message: "bad" };

beforeEach(() => {
  source = new TestSource();
  source.set("cluster", cluster("a"), cluster("b"));
  source.set("endpoints", endpoints("a"), endpoints("b"));
  source.set("listener", listener("in"), listener("out"));
  source.set("route", route("80"), route("81"));
  stream = new SotwHarness(source);
});

/** Asks, and acknowledges the answer. */
function subscribe(type: "cluster" | "endpoints" | "listener" | "route", names: readonly string[]): Answer {
  const [answer] = stream.ask(type, names);
  if (!answer) throw new Error("no answer");
  stream.request(type, names, answer.nonce);
  return answer;
}

describe("a first request", () => {
  test("without names asks for all clusters or listeners", () => {
    expect(brief(stream.ask("cluster", []))).toEqual(["cluster: a b"]);
    expect(brief(stream.ask("listener", []))).toEqual(["listener: in out"]);
  });

  test("without names asks for all of a type that the protocol does not know", () => {
    source.set("other", cluster("x"));
    expect(brief(stream.ask("other", []))).toEqual(["other: x"]);
  });

  test("without names asks for no endpoints or routes", () => {
    expect(brief([...stream.ask("endpoints", []), ...stream.ask("route", [])])).toEqual([]);
  });

  test("for * asks for all of any type", () => {
    expect(brief(stream.ask("endpoints", ["*"]))).toEqual(["endpoints: a b"]);
  });

  test("with names asks for these, of clusters too", () => {
    expect(brief(stream.ask("cluster", ["a"]))).toEqual(["cluster: a"]);
    expect(brief(stream.ask("endpoints", ["b", "none"]))).toEqual(["endpoints: b"]);
  });

  test("is answered even if there is nothing", () => {
    source.remove("cluster", "a", "b");
    expect(brief(stream.ask("cluster", []))).toEqual(["cluster: "]);
    expect(brief(stream.ask("endpoints", ["none"]))).toEqual(["endpoints: "]);
  });

  test("of a stream that comes back, with a nonce and a version of before, is answered", () => {
    const [first] = stream.ask("cluster", []);
    const again = new SotwHarness(source);
    expect(brief(again.ask("cluster", [], first?.nonce))).toEqual(["cluster: a b"]);
  });

  test("for a type that is not served is answered once it is", () => {
    expect(stream.ask("other", [])).toEqual([]);
    expect(stream.status("other")).toMatchObject({ isUnserved: true, isInFlight: false });
    source.set("other", cluster("x"));
    expect(brief(stream.push())).toEqual(["other: x"]);
    expect(stream.status("other")).toMatchObject({ isUnserved: false, isInFlight: true });
  });
});

describe("an acknowledgement", () => {
  test("is not answered", () => {
    const [answer] = stream.ask("endpoints", ["a"]);
    expect(stream.request("endpoints", ["a"], answer?.nonce)).toMatchObject({ kind: "ack" });
    expect(stream.take()).toEqual([]);
    expect(stream.status("endpoints")).toMatchObject({ ackedVersion: answer?.version, isInFlight: false, nameCount: 1 });
  });

  test("with further names is answered with these", () => {
    const [answer] = stream.ask("endpoints", ["a"]);
    expect(brief(stream.ask("endpoints", ["a", "b"], answer?.nonce))).toEqual(["endpoints: b"]);
  });

  test("with further names of clusters is answered with all that are named", () => {
    const [answer] = stream.ask("cluster", ["a"]);
    expect(brief(stream.ask("cluster", ["a", "b"], answer?.nonce))).toEqual(["cluster: a b"]);
  });

  test("with fewer names is not answered, and what is not named any more is not pushed", () => {
    const { nonce } = subscribe("endpoints", ["a", "b"]);
    expect(stream.ask("endpoints", ["a"], nonce)).toEqual([]);
    source.set("endpoints", endpoints("b", 1));
    expect(stream.push()).toEqual([]);
    source.set("endpoints", endpoints("a", 1));
    expect(brief(stream.push())).toEqual(["endpoints: a"]);
  });

  test("without names, after names, takes everything back", () => {
    const { nonce } = subscribe("cluster", ["a"]);
    expect(stream.ask("cluster", [], nonce)).toEqual([]);
    source.set("cluster", cluster("a", 2));
    expect(stream.push()).toEqual([]);
    expect(brief(stream.ask("cluster", ["a"], nonce))).toEqual(["cluster: a"]);
  });

  test("of an earlier response counts for nothing", () => {
    const first = subscribe("endpoints", ["a", "b"]);
    source.set("endpoints", endpoints("a", 1));
    const [second] = stream.push();
    expect(stream.request("endpoints", ["a"], first.nonce)).toMatchObject({ kind: "stale" });
    expect(stream.status("endpoints")).toMatchObject({ nameCount: 2, isInFlight: true });
    // It has let go of b in between, so it has it again.
    expect(brief(stream.ask("endpoints", ["a", "b"], second?.nonce))).toEqual(["endpoints: b"]);
  });

  test("of an earlier response in which everything was let go of makes it be sent again", () => {
    const first = subscribe("cluster", ["*"]);
    source.set("cluster", cluster("a", 2));
    const [second] = stream.push();
    stream.request("cluster", ["a"], first.nonce);
    expect(brief(stream.ask("cluster", ["*"], second?.nonce))).toEqual(["cluster: a b"]);
  });
});

describe("a push", () => {
  test("sends all clusters when one changes, and nothing when none does", () => {
    const { nonce } = subscribe("cluster", []);
    expect(stream.push()).toEqual([]);
    source.set("cluster", cluster("a", 2));
    const [answer] = stream.push();
    expect(brief(answer ? [answer] : [])).toEqual(["cluster: a b"]);
    expect(answer?.nonce).not.toBe(nonce);
    stream.request("cluster", [], answer?.nonce);
    source.remove("cluster", "a");
    expect(brief(stream.push())).toEqual(["cluster: b"]);
  });

  test("sends only the endpoints that change", () => {
    subscribe("endpoints", ["a", "b"]);
    source.set("endpoints", endpoints("a", 1), endpoints("c"));
    expect(brief(stream.push())).toEqual(["endpoints: a"]);
  });

  test("sends a name that begins to exist", () => {
    subscribe("endpoints", ["c"]);
    source.set("endpoints", endpoints("c"));
    expect(brief(stream.push())).toEqual(["endpoints: c"]);
  });

  test("of clusters that the client does not name sends nothing", () => {
    subscribe("cluster", ["a"]);
    source.set("cluster", cluster("b", 2));
    expect(stream.push()).toEqual([]);
    source.remove("cluster", "a");
    expect(brief(stream.push())).toEqual(["cluster: "]);
  });

  test("of other types leaves a type alone", () => {
    subscribe("endpoints", ["a"]);
    source.set("endpoints", endpoints("a", 1));
    expect(stream.push("cluster")).toEqual([]);
    expect(brief(stream.push("endpoints"))).toEqual(["endpoints: a"]);
  });

  test("goes through the types in their order, whatever the order of the requests", () => {
    subscribe("route", ["80"]);
    subscribe("listener", []);
    subscribe("cluster", []);
    subscribe("endpoints", ["a"]);
    source.set("route", route("80", "b"));
    source.set("listener", listener("in", 2));
    source.set("endpoints", endpoints("a", 1));
    source.set("cluster", cluster("b", 2));
    const [first, ...others] = stream.push();
    expect([first, ...others].map((answer) => answer?.type)).toEqual(["cluster", "endpoints"]);
    expect(stream.ask("cluster", [], first?.nonce).map(({ type }) => type)).toEqual(["listener", "route"]);
  });

  test("waits for the answer to the response before, and then has the newest", () => {
    subscribe("endpoints", ["a", "b"]);
    source.set("endpoints", endpoints("a", 1));
    const [answer] = stream.push();
    source.set("endpoints", endpoints("a", 2));
    expect(stream.push()).toEqual([]);
    source.set("endpoints", endpoints("a", 3), endpoints("b", 3));
    expect(stream.push()).toEqual([]);
    expect(brief(stream.ask("endpoints", ["a", "b"], answer?.nonce))).toEqual(["endpoints: a b"]);
    expect(stream.status("endpoints")?.sentVersion).toBe(source.sets.get(stream.status("endpoints")?.typeUrl ?? "")?.version);
  });

  test("waits no longer than the limit for an answer", () => {
    stream.ask("endpoints", ["a"]);
    source.set("endpoints", endpoints("a", 1));
    expect(stream.push()).toEqual([]);
    expect(stream.wakeAt).toBe(5000);
    stream.now = 4999;
    expect(stream.take()).toEqual([]);
    stream.now = 5000;
    expect(brief(stream.take())).toEqual(["endpoints: a"]);
    expect(stream.wakeAt).toBeUndefined();
  });

  test("of routes waits until new clusters are accepted; endpoints and requests do not", () => {
    subscribe("route", ["80"]);
    subscribe("cluster", []);
    subscribe("endpoints", ["a"]);
    source.set("cluster", cluster("new"));
    source.set("route", route("80", "new"));
    source.set("endpoints", endpoints("a", 1));
    const [clusters, ...others] = stream.push();
    expect(brief(clusters ? [clusters, ...others] : [])).toEqual(["cluster: a b new", "endpoints: a"]);
    expect(brief(stream.ask("listener", []))).toEqual(["listener: in out"]);
    expect(stream.wakeAt).toBe(5000);
    expect(brief(stream.ask("cluster", [], clusters?.nonce))).toEqual(["route: 80"]);
  });

  test("of routes waits for clusters no longer than the limit", () => {
    subscribe("route", ["80"]);
    subscribe("cluster", []);
    source.set("cluster", cluster("new"));
    source.set("route", route("80", "new"));
    expect(brief(stream.push())).toEqual(["cluster: a b new"]);
    stream.now = 5000;
    expect(brief(stream.take())).toEqual(["route: 80"]);
  });

  test("takes clusters away when the routes that may lead to them are replaced", () => {
    subscribe("route", ["80"]);
    subscribe("cluster", []);
    source.set("cluster", cluster("new"));
    source.remove("cluster", "a");
    source.set("route", route("80", "new"));
    const [first] = stream.push();
    expect(first?.names).toEqual(["a", "b", "new"]);
    const [routes] = stream.ask("cluster", [], first?.nonce);
    expect(routes?.type).toBe("route");
    const [second] = stream.ask("route", ["80"], routes?.nonce);
    expect(second?.names).toEqual(["b", "new"]);
    expect([second?.version, first?.version === second?.version]).toEqual([source.sets.get(second ? clusterTypeUrl : "")?.version, false]);
    expect(stream.ask("cluster", [], second?.nonce)).toEqual([]);
    expect(stream.push()).toEqual([]);
  });

  test("takes clusters away at once where the routes that change are none of the client's", () => {
    subscribe("route", ["80"]);
    subscribe("cluster", []);
    source.remove("cluster", "a");
    source.set("route", route("81", "b"));
    expect(brief(stream.push())).toEqual(["cluster: b"]);
  });

  test("that only takes clusters away, and changes routes, changes these first", () => {
    subscribe("route", ["80"]);
    subscribe("cluster", []);
    source.remove("cluster", "a");
    source.set("route", route("80", "b"));
    const [routes, ...others] = stream.push();
    expect([routes?.type, others]).toEqual(["route", []]);
    expect(brief(stream.ask("route", ["80"], routes?.nonce))).toEqual(["cluster: b"]);
  });
});

describe("a refusal", () => {
  test("is kept, and the same is not sent again", () => {
    subscribe("endpoints", ["a"]);
    source.set("endpoints", endpoints("a", 1));
    const [bad] = stream.push();
    stream.now = 7;
    expect(stream.request("endpoints", ["a"], bad?.nonce, refused)).toMatchObject({ kind: "nack" });
    expect(stream.push()).toEqual([]);
    const refusal = { code: 13, message: "bad", version: bad?.version, nonce: bad?.nonce, at: 7 };
    expect(stream.status("endpoints")).toMatchObject({ refusal, isInFlight: false });
    expect(stream.status("endpoints")?.ackedVersion).not.toBe(bad?.version);
    source.set("endpoints", endpoints("a", 2));
    const [good] = stream.push();
    expect(stream.status("endpoints")).toMatchObject({ refusal });
    stream.request("endpoints", ["a"], good?.nonce);
    expect(stream.status("endpoints")).toMatchObject({ refusal: undefined, ackedVersion: good?.version });
  });

  test("may name further resources, which are answered", () => {
    const [answer] = stream.ask("endpoints", ["a"]);
    stream.request("endpoints", ["a", "b"], answer?.nonce, refused);
    expect(brief(stream.take())).toEqual(["endpoints: b"]);
  });
});

describe("endpoints of changed clusters", () => {
  test("are sent behind them though they are the same", () => {
    source.set("cluster", cluster("c", 1, "service-of-c"));
    source.set("endpoints", endpoints("service-of-c"));
    subscribe("cluster", []);
    subscribe("endpoints", ["a", "b", "service-of-c"]);
    source.set("cluster", cluster("a", 2), cluster("c", 2, "service-of-c"));
    expect(brief(stream.push())).toEqual(["cluster: a b c", "endpoints: a service-of-c"]);
    stream.request("cluster", [], stream.status("cluster")?.nonce);
    stream.request("endpoints", ["a", "b", "service-of-c"], stream.status("endpoints")?.nonce);
    expect(stream.push()).toEqual([]);
  });

  test("are sent while the clusters are not acknowledged", () => {
    subscribe("cluster", []);
    const { nonce } = subscribe("endpoints", ["a"]);
    source.set("cluster", cluster("b", 2), cluster("c"));
    expect(brief(stream.push())).toEqual(["cluster: a b c"]);
    source.set("cluster", cluster("d"));
    stream.push();
    expect(brief(stream.ask("endpoints", ["a", "b"], nonce))).toEqual(["endpoints: b"]);
  });

  test("are sent again if they were sent before the clusters", () => {
    subscribe("endpoints", ["a"]);
    expect(brief(stream.ask("cluster", []))).toEqual(["cluster: a b", "endpoints: a"]);
  });

  test("wait until the response before is answered", () => {
    subscribe("cluster", []);
    subscribe("endpoints", ["a", "b"]);
    source.set("endpoints", endpoints("b", 1));
    const [first] = stream.push();
    source.set("cluster", cluster("a", 2));
    expect(brief(stream.push())).toEqual(["cluster: a b"]);
    expect(brief(stream.ask("endpoints", ["a", "b"], first?.nonce))).toEqual(["endpoints: a"]);
  });
});

describe("clients that are alike", () => {
  test("are sent the same bytes", () => {
    const context = testContext({ now: () => 0 });
    const streams = [new SotwHarness(source, context), new SotwHarness(source, context)];
    const framesOf = (answers: readonly (readonly Answer[])[]): (readonly Buffer[] | undefined)[] =>
      answers.map(([answer]) => answer?.frame);
    const [first, second] = framesOf(streams.map((each) => each.ask("cluster", [])));
    expect(first).toBeDefined();
    expect(first).toBe(second);
    for (const each of streams) each.request("cluster", [], each.status("cluster")?.nonce);
    source.set("cluster", cluster("a", 2));
    const [third, fourth] = framesOf(streams.map((each) => each.push()));
    expect(third).toBeDefined();
    expect(third).toBe(fourth);
  });

  test("in part share a response about that part", () => {
    const context = testContext({ now: () => 0 });
    const [one, other] = [new SotwHarness(source, context), new SotwHarness(source, context)];
    for (const [each, names] of [
      [one, ["a"]],
      [other, ["a", "b"]],
    ] as const) {
      each.ask("endpoints", names);
      each.request("endpoints", names, each.status("endpoints")?.nonce);
    }
    source.set("endpoints", endpoints("a", 1));
    expect(one.push()[0]?.frame).toBe(other.push()[0]?.frame);
  });

  test("share a large response without looking for their part of it again", () => {
    const names = Array.from({ length: 200 }, (_, index) => `n${index}`);
    source.set("endpoints", ...names.map((name) => endpoints(name)));
    const context = testContext({ now: () => 0 });
    const streams = [new SotwHarness(source, context), new SotwHarness(source, context)];
    for (const each of streams) {
      each.ask("endpoints", names);
      each.request("endpoints", names, each.status("endpoints")?.nonce);
    }
    source.set("endpoints", ...names.map((name) => endpoints(name, 1)));
    const [one, other] = streams.map((each) => each.push()[0]);
    expect(one?.names).toHaveLength(200);
    expect(one?.frame).toBe(other?.frame);
  });
});

describe("what is sent twice in a row", () => {
  test("has another nonce the second time", () => {
    const { nonce } = subscribe("endpoints", ["a", "b"]);
    stream.request("endpoints", ["a"], nonce);
    const [again] = stream.ask("endpoints", ["a", "b"], nonce);
    stream.request("endpoints", ["a"], again?.nonce);
    const [third] = stream.ask("endpoints", ["a", "b"], again?.nonce);
    expect(third?.names).toEqual(["b"]);
    expect(again?.names).toEqual(["b"]);
    expect(third?.nonce).not.toBe(again?.nonce);
  });
});

describe("a client that asks for too much", () => {
  test("is told so", () => {
    const small = new SotwHarness(source, { maxNames: 2, maxTypes: 1 });
    expect(() => small.request("endpoints", ["a", "b", "c"])).toThrow("3 names of");
    small.request("endpoints", ["a", "b"]);
    expect(() => small.request("route", ["80"])).toThrow("more than 1 types");
  });
});
