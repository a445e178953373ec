import bolt from "sofa-bolt-node";
import { describe, expect, test } from "vitest";
import { type RpcFrame, RpcFrameKind, type RpcSession } from "@mesh/codec";
import { boltCodec } from "./codec.ts";
import { sofaRequestClass, sofaResponseClass } from "./constants.ts";
import { type BoltDialect, encodeBoltRequest, encodeBoltResponse } from "./encode.ts";
import type { BoltFrame } from "./frame.ts";

/** Ant's own Bolt for Node, as encoder and as decoder, in each dialect that it speaks rightly (it overlooks the version when it looks for a checksum). */
const dialects = [
  { name: "v1", ours: {}, theirs: { protocolType: "bolt", codecType: "hessian2" } },
  { name: "v2", ours: { version: 2 }, theirs: { protocolType: "bolt2", codecType: "hessian2", boltVersion: 1 } },
  {
    name: "v2 with checksum",
    ours: { version: 2, checksum: true },
    theirs: { protocolType: "bolt2", codecType: "hessian2", boltVersion: 2, crcEnable: true },
  },
] as const satisfies readonly { name: string; ours: BoltDialect; theirs: object }[];

type Theirs = (typeof dialects)[number]["theirs"];

const request = {
  serverSignature: "com.acme.Echo:1.0",
  methodName: "echo",
  args: ["hé"],
  timeout: 3000,
  targetAppName: "",
  requestProps: null,
  methodArgSigs: ["java.lang.String"],
};

/** What their encoder writes. */
function written(theirs: Theirs, write: (encoder: ReturnType<typeof bolt.encoder>) => void): Buffer {
  const encoder = bolt.encoder({});
  encoder.protocolType = theirs.protocolType;
  if ("boltVersion" in theirs) encoder.boltVersion = theirs.boltVersion;
  if ("crcEnable" in theirs) encoder.crcEnable = theirs.crcEnable;
  write(encoder);
  const bytes: unknown = encoder.read();
  if (!Buffer.isBuffer(bytes)) throw new Error("nothing was encoded");
  return bytes;
}

interface Packet {
  readonly packetId: number;
  readonly className?: string;
  readonly data?: Record<string, unknown>;
}

/** What their decoder makes of bytes. */
function readByThem(bytes: Buffer): readonly [kind: string, packet: Packet][] {
  const packets: [string, Packet][] = [];
  const decoder = bolt.decoder({ sentReqs: new Map() });
  for (const kind of ["request", "response", "heartbeat", "heartbeat_ack"]) {
    decoder.on(kind, (packet: Packet) => packets.push([kind, packet]));
  }
  decoder.on("error", (error) => {
    throw error;
  });
  decoder.write(bytes);
  return packets;
}

function readByUs(bytes: Buffer): { frame: BoltFrame; session: RpcSession } {
  const frames: BoltFrame[] = [];
  const session = boltCodec().open({ onFrame: (frame) => frames.push(frame) }, { role: "server" });
  expect(session.push(bytes)).toBe(bytes.length);
  expect(session.error).toBeUndefined();
  const [frame] = frames;
  if (frame === undefined || frames.length !== 1) throw new Error(`${frames.length} frames`);
  return { frame, session };
}

function rewritten(frame: RpcFrame, id: number): Buffer {
  const bytes = Buffer.alloc(frame.encodedLength());
  frame.writeTo(bytes, 0, 0, id);
  return bytes;
}

describe.for(dialects)("sofa-bolt-node in $name", ({ ours, theirs }) => {
  const theirRequest = (oneway: boolean): Buffer => written(theirs, (encoder) => encoder.writeRequest(77, { ...request, oneway }));
  const theirResponse = (): Buffer =>
    written(theirs, (encoder) =>
      encoder.writeResponse(
        { packetId: 78, options: theirs, meta: { start: Date.now() } },
        { isError: false, errorMsg: null, appResponse: "hé" },
      ),
    );

  test("writes requests that we read", () => {
    const { frame } = readByUs(theirRequest(false));
    expect(frame).toMatchObject({ kind: RpcFrameKind.Request, idLow: 77, service: "com.acme.Echo:1.0", method: "", timeoutMs: 3000 });
    expect(frame).toMatchObject({ className: sofaRequestClass, codecId: 1, hasChecksum: "checksum" in ours });
    expect(readByUs(theirRequest(true)).frame.kind).toBe(RpcFrameKind.OneWay);
  });

  test("writes the same bytes for a request", () => {
    const bytes = theirRequest(false);
    const content = readByUs(bytes).frame.body();
    expect(encodeBoltRequest({ ...ours, id: 77, timeoutMs: 3000, headers: [["service", "com.acme.Echo:1.0"]], content })).toEqual(bytes);
  });

  test("writes the same bytes for a response", () => {
    const bytes = theirResponse();
    const { frame } = readByUs(bytes);
    expect(frame).toMatchObject({ kind: RpcFrameKind.Response, idLow: 78, status: 0, httpStatus: 200, className: sofaResponseClass });
    expect(encodeBoltResponse({ ...ours, id: 78, content: frame.body() })).toEqual(bytes);
  });

  test("reads a request that got another id and more headers", () => {
    const { frame } = readByUs(theirRequest(false));
    frame.headers.set("rpc_trace_context.sofaRpcId", "0.1");
    frame.headers.set("service", "com.acme.Echo:1.0:blue");
    const [[kind, packet] = []] = readByThem(rewritten(frame, -5));
    expect(kind).toBe("request");
    expect(packet).toMatchObject({ packetId: -5, className: sofaRequestClass, data: { methodName: "echo", args: ["hé"] } });
  });

  test("reads a response that got another id", () => {
    const [[kind, packet] = []] = readByThem(rewritten(readByUs(theirResponse()).frame, 4));
    expect(kind).toBe("response");
    expect(packet).toMatchObject({ packetId: 4, data: { appResponse: "hé" } });
  });

  test("takes our answers to its requests and heartbeats", () => {
    const { frame, session } = readByUs(theirRequest(false));
    const reply = session.localReply(frame, { cause: "upstream_overflow", httpStatus: 503, message: "" });
    const heartbeat = written(theirs, (encoder) => encoder.writeHeartbeat(9, { timeout: 3000 }));
    const ack = session.heartbeatAck(readByUs(heartbeat).frame);
    const packets = readByThem(Buffer.concat([reply ?? Buffer.alloc(0), ack, session.heartbeat(0, 10)]));
    expect(packets.map(([kind, { packetId }]) => [kind, packetId])).toEqual([
      ["response", 77],
      ["heartbeat_ack", 9],
      ["heartbeat", 10],
    ]);
    expect(packets[0]?.[1].data?.["error"]).toBeInstanceOf(Error);
    expect(ack).toEqual(written(theirs, (encoder) => encoder.writeHeartbeatAck({ packetId: 9, options: theirs })));
  });
});
