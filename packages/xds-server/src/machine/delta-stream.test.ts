import { beforeEach, describe, expect, test } from "vitest";
import { testContext } from "../testing/context.ts";
import { cluster, endpoints, listener, route } from "../testing/resources.ts";
import { DeltaHarness, TestSource, typeUrls, type Answer, type DeltaInit, type TestType } from "../testing/stream-harness.ts";

let source: TestSource;
let stream: DeltaHarness;
const brief = (answers: readonly Answer[]): string[] =>
  answers.map(
    ({ type, names, removed }) => `${type}:${names.map((name) => ` +${name}`).join("")}${removed.map((name) => ` -${name}`).join("")}`,
  );
const versionOf = (type: TestType, name: string): string => source.sets.get(typeUrls[type])?.get(name)?.version ?? "";

beforeEach(() => {
  source = new TestSource();
  source.set("cluster", cluster("a"), cluster("b"));
  source.set("endpoints", endpoints("a"), endpoints("b"));
  source.set("listener", listener("in"));
  source.set("route", route("80"));
  stream = new DeltaHarness(source);
});

/** Asks, and acknowledges the answer. */
function subscribe(type: TestType, init: DeltaInit): Answer {
  const [answer] = stream.ask(type, init);
  if (!answer) throw new Error("no answer");
  stream.request(type, { nonce: answer.nonce });
  return answer;
}

describe("a first request", () => {
  test("without names asks for all clusters, and for no endpoints", () => {
    expect(brief(stream.ask("cluster", {}))).toEqual(["cluster: +a +b"]);
    expect(brief(stream.ask("endpoints", {}))).toEqual([]);
  });

  test("for * asks for all of any type", () => {
    expect(brief(stream.ask("endpoints", { subscribe: ["*"] }))).toEqual(["endpoints: +a +b"]);
  });

  test("is told what of its names does not exist", () => {
    expect(brief(stream.ask("endpoints", { subscribe: ["a", "x"] }))).toEqual(["endpoints: +a -x"]);
    expect(brief(stream.ask("cluster", { subscribe: ["*", "x"] }))).toEqual(["cluster: +a +b -x"]);
  });

  test("that tells what the client has is answered with what has become of that", () => {
    const initial = { a: versionOf("cluster", "a"), b: "old", gone: "old" };
    const answers = stream.ask("cluster", { initial });
    expect(brief(answers)).toEqual(["cluster: +b -gone"]);
    expect(answers[0]?.version).toBe(source.sets.get(typeUrls.cluster)?.version);
  });

  test("that tells names which it does not subscribe to is not told of these", () => {
    const initial = { a: versionOf("endpoints", "a"), gone: "old", b: "old" };
    expect(brief(stream.ask("endpoints", { subscribe: ["a"], initial }))).toEqual(["endpoints:"]);
  });

  test("of a client that has everything is answered all the same", () => {
    const initial = { a: versionOf("cluster", "a"), b: versionOf("cluster", "b") };
    expect(brief(stream.ask("cluster", { initial }))).toEqual(["cluster:"]);
  });

  test("for a type that is not served is answered once it is, with what the client had then", () => {
    expect(stream.ask("other", { initial: { x: "1" } })).toEqual([]);
    source.set("other", cluster("y"));
    expect(brief(stream.push())).toEqual(["other: +y -x"]);
  });
});

describe("a push", () => {
  test("sends what changes, and removes what is gone", () => {
    const { nonce } = subscribe("cluster", {});
    source.set("cluster", cluster("a", 2), cluster("c"));
    source.remove("cluster", "b");
    const [answer] = stream.push();
    expect(brief(answer ? [answer] : [])).toEqual(["cluster: +a +c -b"]);
    expect(answer?.nonce).not.toBe(nonce);
    stream.request("cluster", { nonce: answer?.nonce ?? "" });
    expect(stream.push()).toEqual([]);
  });

  test("tells of names only what happens to them", () => {
    subscribe("endpoints", { subscribe: ["a", "x"] });
    source.set("endpoints", endpoints("b", 1));
    expect(stream.push()).toEqual([]);
    source.set("endpoints", endpoints("x"));
    source.remove("endpoints", "a", "b");
    expect(brief(stream.push())).toEqual(["endpoints: +x -a"]);
  });

  test("waits for the answer to the response before, and then has all that came together", () => {
    subscribe("endpoints", { subscribe: ["a", "b"] });
    source.set("endpoints", endpoints("a", 1));
    const [first] = stream.push();
    source.set("endpoints", endpoints("a", 2));
    expect(stream.push()).toEqual([]);
    source.remove("endpoints", "b");
    expect(stream.push()).toEqual([]);
    expect(stream.ask("endpoints", { nonce: "other" })).toEqual([]);
    expect(brief(stream.ask("endpoints", { nonce: first?.nonce ?? "" }))).toEqual(["endpoints: +a -b"]);
  });

  test("of a change that was taken back meanwhile sends nothing", () => {
    subscribe("endpoints", { subscribe: ["a", "b"] });
    source.set("endpoints", endpoints("b", 1));
    const [first] = stream.push();
    source.set("endpoints", endpoints("a", 1));
    stream.push();
    source.set("endpoints", endpoints("a"));
    expect(stream.ask("endpoints", { nonce: first?.nonce ?? "" })).toEqual([]);
  });
});

describe("a push that removes", () => {
  test("clusters and endpoints does so when the routes that may lead to them are replaced", () => {
    subscribe("cluster", {});
    subscribe("endpoints", { subscribe: ["a", "b"] });
    subscribe("route", { subscribe: ["80"] });
    source.set("cluster", cluster("new"));
    source.remove("cluster", "a");
    source.remove("endpoints", "a");
    source.set("route", route("80", "new"));
    const [clusters, ...others] = stream.push();
    expect(brief(clusters ? [clusters, ...others] : [])).toEqual(["cluster: +new"]);
    const [routes] = stream.ask("cluster", { nonce: clusters?.nonce ?? "" });
    expect(brief(routes ? [routes] : [])).toEqual(["route: +80"]);
    expect(stream.push()).toEqual([]);
    expect(brief(stream.ask("route", { nonce: routes?.nonce ?? "" }))).toEqual(["cluster: -a", "endpoints: -a"]);
  });

  test("does not wait for ever", () => {
    subscribe("cluster", {});
    subscribe("route", { subscribe: ["80"] });
    source.remove("cluster", "a");
    source.set("route", route("80", "b"));
    expect(brief(stream.push())).toEqual(["route: +80"]);
    stream.now = 4999;
    expect([stream.take(), stream.wakeAt]).toEqual([[], 5000]);
    stream.now = 5000;
    expect(brief(stream.take())).toEqual(["cluster: -a"]);
  });
});

describe("a change of subscriptions", () => {
  test("is answered with what comes to them, be it there or not", () => {
    subscribe("endpoints", { subscribe: ["a"] });
    expect(brief(stream.ask("endpoints", { subscribe: ["b", "x"] }))).toEqual(["endpoints: +b -x"]);
    expect(stream.status("endpoints")).toMatchObject({ nameCount: 3 });
  });

  test("that asks again for what was sent is answered", () => {
    subscribe("endpoints", { subscribe: ["a", "b"] });
    expect(brief(stream.ask("endpoints", { subscribe: ["a"] }))).toEqual(["endpoints: +a"]);
  });

  test("that takes names back is not answered, and they are not pushed any more", () => {
    subscribe("endpoints", { subscribe: ["a", "b"] });
    expect(stream.ask("endpoints", { unsubscribe: ["a", "never"] })).toEqual([]);
    source.set("endpoints", endpoints("a", 1), endpoints("b", 1));
    expect(brief(stream.push())).toEqual(["endpoints: +b"]);
  });

  test("that takes a name back which is part of everything tells what has become of it", () => {
    subscribe("cluster", { subscribe: ["*", "a", "x"] });
    expect(brief(stream.ask("cluster", { unsubscribe: ["a", "x"] }))).toEqual(["cluster: +a -x"]);
  });

  test("that takes everything back keeps names", () => {
    subscribe("cluster", { subscribe: ["*", "a"] });
    expect(stream.ask("cluster", { unsubscribe: ["*"] })).toEqual([]);
    source.set("cluster", cluster("a", 2), cluster("b", 2));
    expect(brief(stream.push())).toEqual(["cluster: +a"]);
  });

  test("that asks for everything later is sent what it does not have", () => {
    subscribe("cluster", { subscribe: ["a", "x"] });
    source.remove("cluster", "a");
    expect(brief(stream.ask("cluster", { subscribe: ["*"] }))).toEqual(["cluster: +b -a -x"]);
  });

  test("counts though its nonce is of an earlier response", () => {
    stream.ask("endpoints", { subscribe: ["a"] });
    expect(stream.request("endpoints", { subscribe: ["b"], nonce: "other" })).toMatchObject({ kind: "stale" });
    expect(brief(stream.ask("endpoints", { nonce: stream.status("endpoints")?.nonce ?? "" }))).toEqual(["endpoints: +b"]);
  });

  test("to nothing and back is answered", () => {
    subscribe("endpoints", { subscribe: ["a"] });
    stream.request("endpoints", { unsubscribe: ["a"] });
    expect(brief(stream.ask("endpoints", { subscribe: ["a"] }))).toEqual(["endpoints: +a"]);
  });
});

describe("a refusal", () => {
  test("is kept, and the same is not sent again", () => {
    subscribe("endpoints", { subscribe: ["a"] });
    source.set("endpoints", endpoints("a", 1));
    const [bad] = stream.push();
    const error = { code: 13, message: "bad" };
    expect(stream.request("endpoints", { nonce: bad?.nonce ?? "", error })).toMatchObject({ kind: "nack" });
    expect(stream.push()).toEqual([]);
    expect(stream.status("endpoints")).toMatchObject({ refusal: { message: "bad", version: bad?.version } });
    source.set("endpoints", endpoints("a", 2));
    const [good] = stream.push();
    stream.request("endpoints", { nonce: good?.nonce ?? "" });
    expect(stream.status("endpoints")).toMatchObject({ refusal: undefined, ackedVersion: good?.version });
  });
});

describe("endpoints of changed clusters", () => {
  test("are sent behind them though they are the same", () => {
    subscribe("cluster", {});
    subscribe("endpoints", { subscribe: ["a", "b"] });
    source.set("cluster", cluster("a", 2));
    expect(brief(stream.push())).toEqual(["cluster: +a", "endpoints: +a"]);
  });

  test("are sent to a client that comes back with them, and without the clusters", () => {
    const clusters = { a: versionOf("cluster", "a"), b: "old" };
    const assignments = { a: versionOf("endpoints", "a"), b: versionOf("endpoints", "b") };
    expect(brief(stream.ask("cluster", { initial: clusters }))).toEqual(["cluster: +b"]);
    expect(brief(stream.ask("endpoints", { subscribe: ["a", "b"], initial: assignments }))).toEqual(["endpoints: +b"]);
  });

  test("are all remembered, however many clusters come before endpoints are asked for", () => {
    subscribe("cluster", {});
    for (let round = 2; round < 40; round++) {
      source.set("cluster", cluster(`c${round % 2}`, round));
      const [answer] = stream.push();
      stream.request("cluster", { nonce: answer?.nonce ?? "" });
    }
    source.set("endpoints", endpoints("c0"), endpoints("c1"));
    const initial = { c0: versionOf("endpoints", "c0"), c1: versionOf("endpoints", "c1"), a: versionOf("endpoints", "a") };
    expect(brief(stream.ask("endpoints", { subscribe: ["c0", "c1", "a"], initial }))).toEqual(["endpoints: +a +c0 +c1"]);
  });
});

describe("clients that are alike", () => {
  test("are sent the same bytes", () => {
    const context = testContext({ now: () => 0 });
    const streams = [new DeltaHarness(source, context), new DeltaHarness(source, context)];
    const step = (run: (each: DeltaHarness) => readonly Answer[]): void => {
      const [one, other] = streams.map((each) => run(each)[0]);
      expect(one?.frame).toBeDefined();
      expect(one?.frame).toBe(other?.frame);
      for (const each of streams) each.request("cluster", { nonce: one?.nonce ?? "" });
    };
    step((each) => each.ask("cluster", {}));
    source.set("cluster", cluster("a", 2));
    source.remove("cluster", "b");
    step((each) => each.push());
    step((each) => each.ask("cluster", { subscribe: ["a", "none"] }));
    source.set("cluster", ...Array.from({ length: 200 }, (_, index) => cluster(`n${index}`)));
    step((each) => each.push());
  });
});

describe("a client that asks for too much", () => {
  test("is told so", () => {
    const small = new DeltaHarness(source, { maxNames: 2 });
    expect(() => small.request("endpoints", { subscribe: ["a", "b", "c"] })).toThrow("3 names of");
    const growing = new DeltaHarness(source, { maxNames: 2 });
    growing.request("endpoints", { subscribe: ["a", "b"] });
    expect(() => growing.request("endpoints", { subscribe: ["c"] })).toThrow("3 names of");
  });
});
