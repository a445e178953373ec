/**
 * What a proxy does with each frame: read it, compare its route with the last one's, ask for its timeout, write it under another id. Prints
 * the time per frame, and that of the smallest loop that does the same with the fixed header alone: without checks, limits or objects, and
 * with the route compared but no attachment looked for.
 *
 *     node --conditions=@mesh/source bench/request-path.ts
 */
import {
  dubboCodec,
  type DubboFrame,
  DubboSerialization,
  encodeDubboRequest,
  encodeDubboResponse,
  type KnownSerialization,
} from "../src/index.ts";
import { type RpcRouteKey } from "@mesh/codec";

const framesPerRound = 200_000;
const rounds = 7;
const chunkBytes = 64 * 1024;
const target = Buffer.allocUnsafe(2 * chunkBytes);
let sum = 0;

const path = "com.alipay.test.TestService";
const common: [string, string][] = [
  ["path", path],
  ["remote.application", "dubbo-consumer"],
  ["interface", path],
  ["version", "1.0"],
];
/** What Dubbo 3 consumers add. */
const timeout: [string, string] = ["timeout", "3000"];
const group: [string, string] = ["group", "blue"];

interface Case {
  readonly name: string;
  readonly serialization?: KnownSerialization;
  readonly attachments: [string, string][];
  readonly bytes: number;
  readonly readHeader?: string;
}

/** A request of about `bytes` bytes: one string is its argument. */
function requestOf({ serialization = DubboSerialization.Hessian2, attachments, bytes }: Case): Buffer {
  const parts = { id: 1, serialization, path, version: "1.0", method: "echo", parameterTypes: "Ljava/lang/String;", attachments };
  const rest = encodeDubboRequest({ ...parts, arguments: [Buffer.alloc(0)] }).length;
  const text = Buffer.alloc(bytes - rest - 3, "a");
  const head =
    serialization === DubboSerialization.Hessian2
      ? [0x30 | (text.length >> 8), text.length & 0xff]
      : [0x79, 0x38 | (text.length >> 8), text.length & 0xff];
  return encodeDubboRequest({ ...parts, arguments: [Buffer.concat([Buffer.from(head), text])] });
}

function chunkOf(frame: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: Math.floor(chunkBytes / frame.length) }, () => frame));
}

function codecLoop(readHeader: string | undefined): (chunk: Buffer) => void {
  let key: RpcRouteKey | undefined;
  let at = 0;
  let id = 0;
  const session = dubboCodec().open(
    {
      onFrame(frame: DubboFrame) {
        if (frame.kind < 2) {
          if (key === undefined || !frame.matchesRoute(key)) key = frame.routeKey();
          sum += frame.timeoutMs;
          if (readHeader !== undefined && frame.headers.get(readHeader) !== undefined) sum += 1;
        } else {
          sum += frame.httpStatus + (frame.isApplicationError ? 1 : 0);
        }
        const length = frame.encodedLength();
        if (at + length > target.length) at = 0;
        id = (id + 1) | 0;
        at = frame.writeTo(target, at, 0, id);
      },
    },
    { role: "server" },
  );
  return (chunk) => {
    at = 0;
    session.push(chunk);
  };
}

function floorLoop(isRequest: boolean, routeBytes: number): (chunk: Buffer) => void {
  let last: Buffer | undefined;
  let id = 0;
  return (chunk) => {
    let to = 0;
    for (let at = 0; chunk.length - at >= 16;) {
      const end = at + 16 + chunk.readInt32BE(at + 12);
      if (isRequest) {
        let hit = last !== undefined;
        for (let index = routeBytes - 1; hit && index >= 0; index -= 1) hit = chunk[at + 16 + index] === last?.[index];
        if (!hit) last = Buffer.from(chunk.subarray(at + 16, at + 16 + routeBytes));
      } else {
        sum += chunk[at + 3]!;
      }
      if (to + end - at > target.length) to = 0;
      chunk.copy(target, to, at, end);
      id = (id + 1) | 0;
      target.writeInt32BE(0, to + 4);
      target.writeInt32BE(id, to + 8);
      to += end - at;
      at = end;
    }
  };
}

function timeOf(chunk: Buffer, frameBytes: number, loop: (chunk: Buffer) => void): number {
  const passes = Math.ceil((framesPerRound * frameBytes) / chunk.length);
  const started = process.hrtime.bigint();
  for (let pass = 0; pass < passes; pass += 1) loop(chunk);
  return Number(process.hrtime.bigint() - started) / ((passes * chunk.length) / frameBytes);
}

function compare(name: string, frame: Buffer, isRequest: boolean, readHeader?: string): void {
  const chunk = chunkOf(frame);
  const codec = codecLoop(readHeader);
  const floor = floorLoop(isRequest, 47);
  const best = { codec: Infinity, floor: Infinity };
  // In turns, so that a busy machine disturbs both alike.
  for (let round = 0; round < rounds; round += 1) {
    best.codec = Math.min(best.codec, timeOf(chunk, frame.length, codec));
    best.floor = Math.min(best.floor, timeOf(chunk, frame.length, floor));
  }
  const ratio = (best.codec / best.floor).toFixed(2);
  console.log(
    `${name.padEnd(60)} codec ${best.codec.toFixed(0).padStart(6)} ns   floor ${best.floor.toFixed(0).padStart(6)} ns   ratio ${ratio}`,
  );
}

const { Fastjson2 } = DubboSerialization;
const cases: readonly Case[] = [
  { name: "no attachment that matters (Dubbo 2.7), 500 B", attachments: common, bytes: 500 },
  { name: "no attachment that matters (Dubbo 2.7), 1 KiB", attachments: common, bytes: 1024 },
  { name: "group (2.7), 500 B", attachments: [...common, group], bytes: 500 },
  { name: "timeout (3.3), 500 B", attachments: [...common, timeout], bytes: 500 },
  { name: "timeout and group (3.3), 500 B", attachments: [...common, timeout, group], bytes: 500 },
  {
    name: "a header is read too (3.3), 500 B",
    attachments: [...common, timeout, ["user-tag", "blue"]],
    bytes: 500,
    readHeader: "user-tag",
  },
  { name: "fastjson2, timeout (3.2), 500 B", serialization: Fastjson2, attachments: [...common, timeout], bytes: 500 },
  { name: "fastjson2, timeout and group (3.2), 500 B", serialization: Fastjson2, attachments: [...common, timeout, group], bytes: 500 },
];

for (const one of cases) compare(one.name, requestOf(one), true, one.readHeader);
const value = Buffer.concat([Buffer.from([0x31, 0xf4]), Buffer.alloc(500, "a")]);
compare("response, 500 B", encodeDubboResponse({ id: 1, value, attachments: [["dubbo", "2.0.2"]] }), false);
if (sum === 0) throw new Error("nothing was read");
