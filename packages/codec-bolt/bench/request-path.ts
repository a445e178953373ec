/**
 * What a proxy does with each frame: read it, compare its route with the last one's, write it under another id. Prints the time per
 * frame of this codec, and of the smallest loop that does the same for well-formed v1 frames only, without checks, limits or objects.
 *
 *     node --conditions=@mesh/source bench/request-path.ts
 */
import { boltCodec, type BoltFrame, encodeBoltRequest, encodeBoltResponse } from "../src/index.ts";
import { type RpcRouteKey } from "@mesh/codec";

const service = "com.alipay.test.TestService:1.0";
const few: [string, string][] = [
  ["sofa_head_target_service", service],
  ["sofa_head_method_name", "echo"],
  ["rpc_trace_context.sofaTraceId", "0a0fe81234567890abcdef"],
];
/** What a SOFARPC 5.13 consumer sends. */
const many: [string, string][] = [
  ["sofa_head_target_service", service],
  ["app", "echo-client"],
  ["rpc_trace_context.sofaRpcId", "0"],
  ["rpc_trace_context.samp", "true"],
  ["rpc_trace_context.sofaTraceId", "0a0fe8ac1718870400000100114"],
  ["rpc_trace_context.sysPenAttrs", ""],
  ["rpc_trace_context.sofaPenAttrs", ""],
  ["protocol", "bolt"],
  ["service", service],
  ["sofa_head_method_name", "echo"],
  ["type", "sync"],
];

const requestsPerRound = 200_000;
const rounds = 7;
const chunkBytes = 64 * 1024;
const target = Buffer.allocUnsafe(2 * chunkBytes);
let sum = 0;

/** As many whole frames as one read of a socket brings, and the cut beginning of the next one if `cut`. */
function chunksOf(frame: Buffer, cut: boolean): Buffer[] {
  if (!cut) return [Buffer.concat(Array.from({ length: Math.floor(chunkBytes / frame.length) }, () => frame))];
  const stream = Buffer.concat(Array.from({ length: Math.ceil((chunkBytes * 4) / frame.length) }, () => frame));
  return Array.from({ length: Math.ceil(stream.length / chunkBytes) }, (_, index) =>
    stream.subarray(index * chunkBytes, Math.min((index + 1) * chunkBytes, stream.length)),
  );
}

function codecLoop(): (chunk: Buffer) => void {
  let key: RpcRouteKey | undefined;
  let at = 0;
  let id = 0;
  const session = boltCodec().open(
    {
      onFrame(frame: BoltFrame) {
        if (frame.kind < 2) {
          if (key === undefined || !frame.matchesRoute(key)) key = frame.routeKey();
          sum += frame.timeoutMs;
        } else {
          sum += frame.status;
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

function i32(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function same(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let index = expected.length - 1; index >= 0; index -= 1) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

function floorLoop(isRequest: boolean): (chunk: Buffer) => void {
  const serviceKey = Buffer.from("sofa_head_target_service");
  const methodKey = Buffer.from("sofa_head_method_name");
  let lastService: Buffer | undefined;
  let lastMethod = Buffer.alloc(0);
  let rest: Buffer | undefined;
  let id = 0;
  const fixed = isRequest ? 22 : 20;
  return (incoming) => {
    let chunk = incoming;
    if (rest !== undefined) {
      chunk = Buffer.concat([rest, chunk]);
      rest = undefined;
    }
    let at = 0;
    let to = 0;
    while (chunk.length - at >= fixed) {
      const lengths = at + fixed - 8;
      const header = at + fixed + chunk.readInt16BE(lengths);
      const content = header + chunk.readInt16BE(lengths + 2);
      const end = content + chunk.readInt32BE(lengths + 4);
      if (end > chunk.length) break;
      if (isRequest) {
        let serviceStart = 0;
        let serviceEnd = 0;
        let methodStart = 0;
        let methodEnd = 0;
        for (let p = header; p < content;) {
          const nameLength = i32(chunk, p);
          const name = p + 4;
          p = name + nameLength;
          const valueLength = i32(chunk, p);
          p += 4;
          if (nameLength === 24 && same(chunk, name, serviceKey)) {
            serviceStart = p;
            serviceEnd = p + valueLength;
          } else if (nameLength === 21 && same(chunk, name, methodKey)) {
            methodStart = p;
            methodEnd = p + valueLength;
          }
          p += valueLength;
        }
        const hit =
          lastService !== undefined &&
          lastService.length === serviceEnd - serviceStart &&
          lastMethod.length === methodEnd - methodStart &&
          same(chunk, serviceStart, lastService) &&
          same(chunk, methodStart, lastMethod);
        if (!hit) {
          lastService = Buffer.from(chunk.subarray(serviceStart, serviceEnd));
          lastMethod = Buffer.from(chunk.subarray(methodStart, methodEnd));
        }
        sum += chunk.readInt32BE(at + 10);
      } else {
        sum += chunk.readInt16BE(at + 10);
      }
      if (to + end - at > target.length) to = 0;
      chunk.copy(target, to, at, end);
      id = (id + 1) | 0;
      target.writeInt32BE(id, to + 5);
      to += end - at;
      at = end;
    }
    if (at < chunk.length) rest = chunk.subarray(at);
  };
}

function timeOf(chunks: readonly Buffer[], frameBytes: number, loop: (chunk: Buffer) => void): number {
  const bytes = chunks.reduce((total, { length }) => total + length, 0);
  const passes = Math.ceil((requestsPerRound * frameBytes) / bytes);
  const started = process.hrtime.bigint();
  for (let pass = 0; pass < passes; pass += 1) for (const chunk of chunks) loop(chunk);
  return Number(process.hrtime.bigint() - started) / ((passes * bytes) / frameBytes);
}

function compare(name: string, frame: Buffer, isRequest: boolean, cut: boolean): void {
  const chunks = chunksOf(frame, cut);
  const codec = codecLoop();
  const floor = floorLoop(isRequest);
  const best = { codec: Infinity, floor: Infinity };
  // In turns, so that a busy machine disturbs both alike.
  for (let round = 0; round < rounds; round += 1) {
    best.codec = Math.min(best.codec, timeOf(chunks, frame.length, codec));
    best.floor = Math.min(best.floor, timeOf(chunks, frame.length, floor));
  }
  const ratio = (best.codec / best.floor).toFixed(2);
  console.log(
    `${name.padEnd(52)} codec ${best.codec.toFixed(0).padStart(6)} ns   floor ${best.floor.toFixed(0).padStart(6)} ns   ratio ${ratio}`,
  );
}

const content = Buffer.alloc(1024, "a");
const small = encodeBoltRequest({ id: 1, timeoutMs: 3000, headers: few, content });
const real = encodeBoltRequest({ id: 1, timeoutMs: 3000, headers: many, content });
const response = encodeBoltResponse({ id: 1, content });
const large = encodeBoltRequest({ id: 1, timeoutMs: 3000, headers: many, content: Buffer.alloc(16 * 1024, "a") });

compare("request, 3 headers, 1 KiB", small, true, false);
compare("request, 11 headers as SOFARPC sends, 1 KiB", real, true, false);
compare("response, no headers, 1 KiB", response, false, false);
compare("request, 11 headers, 1 KiB, cut at 64 KiB", real, true, true);
compare("request, 11 headers, 16 KiB, cut at 64 KiB", large, true, true);
if (sum === 0) throw new Error("nothing was read");
