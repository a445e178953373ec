/**
 * What a proxy and a converter do with values, against hessian.js in one process: the first four strings of a request, going past all
 * values, reading all values, writing all values. Messages follow each other in chunks as a socket reads them; hessian.js gets each in a
 * Buffer of its own, made before. Prints the best times of several rounds.
 *
 *     node --conditions=@mesh/source bench/against-hessian-js.ts
 */
import v4Peer, { type HessianJs } from "hessian.js";
import v3Peer from "hessian.js-1";
import {
  encodeHessian,
  type HessianDialect,
  HessianDate,
  HessianDouble,
  HessianList,
  HessianMap,
  HessianObject,
  HessianReader,
  type HessianValue,
  HessianWriter,
  SkippingReader,
} from "../src/index.ts";

const peers: Readonly<Record<HessianDialect, HessianJs>> = { v3: v3Peer, v4: v4Peer };
const rounds = 40;
const messagesPerRound = 1_000;
const chunkBytes = 64 * 1024;
let sum = 0;

/** What a Dubbo consumer sends before the arguments. */
const head: HessianValue[] = ["2.0.2", "org.apache.dubbo.samples.api.GreetingsService", "1.0.0", "sayHello", "Ljava/lang/Object;"];

const attachments = HessianMap.of({
  input: "512",
  path: "org.apache.dubbo.samples.api.GreetingsService",
  interface: "org.apache.dubbo.samples.api.GreetingsService",
  version: "1.0.0",
  timeout: "3000",
  group: "blue",
  "remote.application": "echo-consumer",
  traceId: "0a0fe8ac1718870400000100114",
});

function order(items: number): HessianValue {
  const item = (id: number): HessianObject =>
    HessianObject.of("com.acme.Item", {
      id: BigInt(id),
      name: `item number ${id}`,
      price: new HessianDouble(id * 1.25),
      count: id * 100,
      tags: new HessianList(["new", "sale"]),
    });
  return HessianObject.of("com.acme.Order", {
    id: 2n ** 40n,
    customer: "Jane Doe, größter Kunde",
    created: new HessianDate(1_700_000_000_123n),
    isPaid: true,
    note: null,
    labels: new HessianMap([["channel", "web"]]),
    items: new HessianList(Array.from({ length: items }, (_, index) => item(index))),
  });
}

interface Input {
  readonly name: string;
  readonly values: readonly HessianValue[];
}

const inputs: readonly Input[] = [
  { name: "strings, about 500 B", values: [...head, "x".repeat(100), attachments] },
  { name: "an order of 2, about 700 B", values: [...head, order(2), attachments] },
  { name: "an order of 20, about 1.7 KB", values: [...head, order(20), attachments] },
];

/** Runs `ours` and `theirs` in turns, so that a busy machine disturbs both alike. */
function compare(name: string, messages: number, ours: () => void, theirs: () => void): void {
  const best = { ours: Infinity, theirs: Infinity };
  const passes = Math.ceil(messagesPerRound / messages);
  const timeOf = (run: () => void): number => {
    const started = process.hrtime.bigint();
    for (let pass = 0; pass < passes; pass += 1) run();
    return Number(process.hrtime.bigint() - started) / (passes * messages);
  };
  for (let round = 0; round < rounds; round += 1) {
    best.ours = Math.min(best.ours, timeOf(ours));
    best.theirs = Math.min(best.theirs, timeOf(theirs));
  }
  const times = `${best.ours.toFixed(0).padStart(6)} ns   hessian.js ${best.theirs.toFixed(0).padStart(6)} ns`;
  console.log(`  ${name.padEnd(44)} ${times}   ${(best.theirs / best.ours).toFixed(1).padStart(5)} times as fast`);
}

function lengthOf(text: string | null | undefined): number {
  return text?.length ?? 0;
}

function bench(dialect: HessianDialect, { name, values }: Input): void {
  const bytes = encodeHessian(dialect, values);
  const messages = Math.floor(chunkBytes / bytes.length);
  const chunk = Buffer.concat(Array.from({ length: messages }, () => bytes));
  const size = bytes.length;
  const chunkEnd = chunk.length;
  const frames = Array.from({ length: messages }, () => Buffer.from(bytes));
  const peer = peers[dialect];
  const reader = new SkippingReader(dialect);
  const plain = frames.map((frame) => {
    const decoder = new peer.DecoderV2(frame);
    return values.map(() => decoder.read(true));
  });
  const eachOfOurs = (run: () => void) => () => {
    for (let start = 0; start < chunkEnd; start += size) {
      reader.reset(chunk, start, start + size);
      run();
      if (reader.error !== undefined) throw reader.error;
    }
  };
  const eachOfTheirs = (run: (decoder: InstanceType<HessianJs["DecoderV2"]>) => void) => () => {
    for (const frame of frames) run(new peer.DecoderV2(frame));
  };

  console.log(`${dialect}, ${name}: ${bytes.length} bytes`);
  compare(
    "the first four strings",
    messages,
    () => {
      for (let start = 0; start < chunkEnd; start += size) {
        reader.reset(chunk, start, start + size);
        sum += lengthOf(reader.readString()) + lengthOf(reader.readString());
        sum += lengthOf(reader.readString()) + lengthOf(reader.readString());
      }
    },
    () => {
      for (const frame of frames) {
        const decoder = new peer.DecoderV2(frame);
        sum += decoder.readString().length + decoder.readString().length;
        sum += decoder.readString().length + decoder.readString().length;
      }
    },
  );
  const readAll = eachOfTheirs((decoder) => {
    for (let index = 0; index < values.length; index += 1) if (decoder.read() === undefined) sum += 1;
  });
  compare(
    "going past all values",
    messages,
    eachOfOurs(() => {
      while (!reader.done && reader.skip()) sum += 1;
    }),
    readAll,
  );
  compare(
    "five strings, past the argument, attachments",
    messages,
    eachOfOurs(() => {
      for (let index = 0; index < 5; index += 1) sum += lengthOf(reader.readString());
      reader.skip();
      reader.enterMap();
      while (reader.error === undefined && !reader.leaveMap()) sum += lengthOf(reader.readString()) + lengthOf(reader.readString());
    }),
    readAll,
  );
  compare(
    "reading all values, with their types",
    messages,
    () => {
      for (let start = 0; start < chunkEnd; start += size) {
        const typed = new HessianReader(dialect, chunk.subarray(start, start + size));
        while (!typed.done) if (typed.read() === undefined) throw typed.error ?? new Error("no value");
      }
    },
    readAll,
  );
  const writer = new HessianWriter(dialect);
  compare(
    "writing all values, with their types",
    messages,
    () => {
      for (let message = 0; message < messages; message += 1) {
        for (const value of values) writer.write(value);
        sum += writer.take().length;
      }
    },
    () => {
      for (const message of plain) {
        const encoder = new peer.EncoderV2();
        for (const value of message) encoder.write(value);
        sum += encoder.get().length;
      }
    },
  );
}

for (const dialect of ["v4", "v3"] as const) for (const input of inputs) bench(dialect, input);
if (sum === 0) throw new Error("nothing was read");
