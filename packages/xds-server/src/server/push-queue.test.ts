import { ManualRuntime } from "@mesh/xds-client/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { PushQueue, type Writer } from "./push-queue.ts";

let runtime: ManualRuntime;
let queue: PushQueue;
let log: string[];

/** Has so many responses to write, and stands in line for each. */
class TestWriter implements Writer {
  readonly name: string;
  left: number;
  isQueued = false;
  written: (() => void) | undefined = undefined;

  constructor(name: string, left: number) {
    this.name = name;
    this.left = left;
  }

  writeNext(written: () => void): boolean {
    if (this.left === 0) return false;
    this.left--;
    log.push(this.name);
    this.written = () => {
      queue.add(this);
      written();
    };
    return true;
  }
}

beforeEach(() => {
  runtime = new ManualRuntime();
  queue = new PushQueue({ maxConcurrent: 2, turnMs: 1000, runtime });
  log = [];
});

describe("a push queue", () => {
  test("lets so many write at a time, one response each, in turn", () => {
    const writers = [new TestWriter("a", 2), new TestWriter("b", 1), new TestWriter("c", 1)];
    queue.addAll(writers);
    expect(log).toEqual(["a", "b"]);
    writers[0]?.written?.();
    expect(log).toEqual(["a", "b", "c"]);
    writers[1]?.written?.();
    expect(log).toEqual(["a", "b", "c", "a"]);
    for (const { written } of writers) written?.();
    expect(log).toEqual(["a", "b", "c", "a"]);
    expect(queue.waiting).toBe(0);
  });

  test("does not count who has nothing to write", () => {
    const last = new TestWriter("last", 1);
    queue.addAll([new TestWriter("x", 0), new TestWriter("y", 0), new TestWriter("z", 0), last]);
    expect(log).toEqual(["last"]);
  });

  test("keeps a place for each once", () => {
    const [one, two, three] = [new TestWriter("a", 1), new TestWriter("b", 1), new TestWriter("c", 5)];
    queue.addAll([one, two, three, three]);
    queue.add(three);
    expect(queue.waiting).toBe(1);
    queue.delete(three);
    one.written?.();
    expect(log).toEqual(["a", "b"]);
  });

  test("does not wait for who reads slowly", () => {
    const [slow, slower, other, last] = ["slow", "slower", "other", "last"].map((name) => new TestWriter(name, 1));
    if (!slow || !slower || !other || !last) throw new Error("no writers");
    queue.addAll([slow, slower, other]);
    runtime.advance(999);
    expect(log).toEqual(["slow", "slower"]);
    runtime.advance(1);
    expect(log).toEqual(["slow", "slower", "other"]);
    // What ends later than its turn gives no second place.
    slow.written?.();
    slower.written?.();
    queue.add(last);
    expect(log).toEqual(["slow", "slower", "other", "last"]);
    queue.add(new TestWriter("waits", 1));
    expect(log).toHaveLength(4);
    queue.close();
    expect(runtime.timers).toEqual([]);
  });

  test("goes on in turn through a line that never ends", () => {
    const writers = Array.from({ length: 10 }, (_, index) => new TestWriter(String(index), 500));
    queue.addAll(writers);
    for (let turn = 0; turn < 4000; turn++) writers.find(({ name }) => name === log[turn])?.written?.();
    const expected = Array.from({ length: 4002 }, (_, turn) => String(turn % 10));
    expect(log).toEqual(expected);
    expect(queue.waiting).toBe(8);
  });
});
