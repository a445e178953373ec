import assert from "node:assert/strict";
import fc from "fast-check";
import { type LocalReply, localReplyCauses } from "../local-reply.ts";
import { type RpcCodec, type RpcFrame, RpcFrameKind, type RpcLimits, type RpcSession } from "../rpc.ts";
import { decoderProperties, type RefusedBytes, type WireMessage } from "./decoder.ts";
import { editHeaders, type HeaderEdit, headerEdits, lastValue, lowerCase, sameName, upperCase } from "./header-edits.ts";
import { type Property, propertyMaker, type PropertyRunOptions } from "./property.ts";

/** All that an `RpcFrame` says, as plain values. Fields that have no meaning for the kind are 0, `""` or false. */
export interface RpcMessage {
  readonly kind: RpcFrameKind;
  readonly idHigh: number;
  readonly idLow: number;
  readonly timeoutMs: number;
  readonly service: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
  readonly status: number;
  readonly httpStatus: number;
  readonly isApplicationError: boolean;
  /** In hexadecimal. */
  readonly body: string;
}

/** Frames and header edits for a codec under test. */
export interface RpcArbitraries {
  /** Frames of every kind, in all versions of the protocol. */
  readonly frame: fc.Arbitrary<WireMessage<RpcMessage>>;
  readonly request: fc.Arbitrary<WireMessage<RpcMessage>>;
  readonly oneWay: fc.Arbitrary<WireMessage<RpcMessage>>;
  readonly heartbeat: fc.Arbitrary<WireMessage<RpcMessage>>;
  /** Frames whose headers can be edited; `frame` where absent. */
  readonly editable?: fc.Arbitrary<WireMessage<RpcMessage>>;
  /** Whether the body of a frame contains its headers, so that edits show in it. False where absent. */
  readonly bodyHoldsHeaders?: boolean;
  /** Names that do not decide the route. */
  readonly headerName: fc.Arbitrary<string>;
  readonly headerValue: fc.Arbitrary<string>;
  /** Whether one message may have two entries of one name. If not, `append` is tried with new names only. */
  readonly repeatsHeaders: boolean;
  /** 32 where ids are in `idLow` alone. */
  readonly idBits: 32 | 64;
  /** The limits that `refused` and `promises` are made for. */
  readonly limits: RpcLimits;
  readonly refused: readonly RefusedBytes[];
  /** Beginnings of frames that declare far more bytes than they bring, within the limits. */
  readonly promises: readonly { readonly name: string; readonly bytes: Buffer }[];
}

/** What `frame` says. */
export function describeRpcFrame(frame: RpcFrame): RpcMessage {
  const isRequest = frame.kind === RpcFrameKind.Request || frame.kind === RpcFrameKind.OneWay;
  const isResponse = frame.kind === RpcFrameKind.Response;
  const headers: [string, string | null][] = [];
  frame.headers.forEach((name, value) => headers.push([name, value]));
  const body = frame.body();
  assert.equal(body.length, frame.bodyLength);
  return {
    kind: frame.kind,
    idHigh: frame.idHigh,
    idLow: frame.idLow,
    timeoutMs: isRequest ? frame.timeoutMs : 0,
    service: isRequest ? frame.service : "",
    method: isRequest ? frame.method : "",
    headers,
    status: isResponse ? frame.status : 0,
    httpStatus: isResponse ? frame.httpStatus : 0,
    isApplicationError: isResponse && frame.isApplicationError,
    body: body.toString("hex"),
  };
}

/** The properties of `Decoder`, and those that a multiplexing proxy needs of an `RpcCodec`. */
export function rpcCodecProperties(codec: RpcCodec, given: RpcArbitraries, options: PropertyRunOptions = {}): readonly Property[] {
  const check = propertyMaker(options);
  const { frame, request, oneWay, heartbeat, editable = frame, limits } = given;
  const id = fc.record({ high: given.idBits === 64 ? fc.integer() : fc.constant(0), low: fc.integer() });

  const open = (onFrame: (frame: RpcFrame) => void, role: "client" | "server"): RpcSession => codec.open({ onFrame }, { role, limits });

  /** The only frame in `bytes`, and the session that read it. */
  function read(bytes: Buffer, role: "client" | "server" = "server"): { frame: RpcFrame; session: RpcSession } {
    const frames: RpcFrame[] = [];
    const session = open((one) => frames.push(one), role);
    assert.equal(session.push(bytes), bytes.length);
    assert.equal(session.error, undefined);
    assert.equal(session.end(), undefined);
    const [only] = frames;
    assert.ok(only !== undefined && frames.length === 1, `${frames.length} frames instead of one`);
    return { frame: only, session };
  }

  /** What edits leave as it was, once the frame is written. */
  const edited = (message: RpcMessage): RpcMessage => (given.bodyHoldsHeaders === true ? { ...message, body: "" } : message);

  const copyOf = (wire: WireMessage<RpcMessage>): Buffer => Buffer.from(wire.bytes);

  return [
    ...decoderProperties(
      {
        // Both ends of a connection may call the other: sessions read frames of every kind in either role.
        open: (report: (frame: RpcFrame) => void) => open(report, "server"),
        messages: (frames) => frames.map(describeRpcFrame),
        wire: frame,
        refused: given.refused,
        promises: given.promises,
        maxBuffered: limits.maxFrameBytes,
      },
      options,
    ),

    check("writes an unchanged frame as it came", fc.tuple(frame, fc.nat(8)), ([wire, offset]) => {
      const { idHigh, idLow } = wire.message;
      assert.deepEqual(written(read(copyOf(wire)).frame, offset, idHigh, idLow), wire.bytes);
    }),

    check("writes a frame under another id, and all else stays", fc.tuple(frame, id, fc.nat(8)), ([wire, { high, low }, offset]) => {
      const bytes = written(read(copyOf(wire)).frame, offset, high, low);
      assert.equal(bytes.length, wire.bytes.length);
      assert.deepEqual(describeRpcFrame(read(bytes).frame), { ...wire.message, idHigh: high, idLow: low });
    }),

    check(
      "edits headers, and touches nothing else",
      fc.tuple(editable, headerEdits(given.headerName, given.headerValue), id),
      ([wire, edits, { high, low }]) => {
        const { frame: changed } = read(copyOf(wire));
        const expected = edits.reduce((headers, edit) => applyEdit(changed, edit, headers, given.repeatsHeaders), wire.message.headers);
        assert.deepEqual(describeRpcFrame(changed), { ...wire.message, headers: expected });
        const bytes = written(changed, 3, high, low);
        const reread = describeRpcFrame(read(bytes).frame);
        assert.deepEqual(edited(reread), edited({ ...wire.message, headers: expected, idHigh: high, idLow: low }));
        for (const { name } of edits) {
          assert.equal(changed.headers.get(upperCase(name)), lastValue(expected, name));
          assert.equal(changed.headers.has(lowerCase(name)), lastValue(expected, name) !== undefined);
        }
      },
    ),

    check("compares routes by their bytes", fc.tuple(request, request), ([one, other]) => {
      const bytes = copyOf(one);
      const { frame: first } = read(bytes);
      const key = first.routeKey();
      assert.ok(first.matchesRoute(key));
      const same = one.message.service === other.message.service && one.message.method === other.message.method;
      const { frame: second } = read(copyOf(other));
      assert.equal(second.matchesRoute(key), same);
      assert.ok(first.target.startsWith("/") && first.target.endsWith(`/${first.method}`), first.target);
      if (same) assert.equal(second.target, first.target);
      bytes.fill(0);
      assert.ok(read(copyOf(one)).frame.matchesRoute(key), "a key does not share memory with its frame");
    }),

    check("owns its bytes once detached", fc.tuple(editable, headerEdits(given.headerName, given.headerValue)), ([wire, edits]) => {
      const bytes = copyOf(wire);
      const { frame: kept } = read(bytes);
      edits.slice(1).reduce((headers, edit) => applyEdit(kept, edit, headers, given.repeatsHeaders), wire.message.headers);
      const before = describeRpcFrame(kept);
      kept.detach();
      bytes.fill(0xee);
      assert.deepEqual(describeRpcFrame(kept), before);
      const { idHigh, idLow } = before;
      assert.deepEqual(edited(describeRpcFrame(read(written(kept, 0, idHigh, idLow)).frame)), edited(before));
    }),

    ...localReplyCauses.map((cause) =>
      check(
        `answers ${cause} with a response to the same request`,
        fc.tuple(request, fc.constantFrom(200, 400, 403, 404, 429, 500, 502, 503, 504, 599), fc.string()),
        ([wire, httpStatus, message]) => {
          const { frame: call, session } = read(copyOf(wire));
          const reply: LocalReply = { cause, httpStatus, message };
          const bytes = session.localReply(call, reply);
          assert.ok(bytes !== undefined);
          const { frame: answer } = read(bytes, "client");
          assert.equal(answer.kind, RpcFrameKind.Response);
          assert.deepEqual([answer.idHigh, answer.idLow], [call.idHigh, call.idLow]);
          const mayBeSuccess = cause === "direct_response" || cause === "fault_filter_abort";
          assert.ok(mayBeSuccess || answer.httpStatus >= 400, `${cause} looks like success`);
        },
      ),
    ),

    check("never answers a one-way request", fc.tuple(oneWay, fc.constantFrom(...localReplyCauses)), ([wire, cause]) => {
      const { frame: call, session } = read(copyOf(wire));
      assert.equal(session.localReply(call, { cause, httpStatus: 503, message: "" }), undefined);
    }),

    check("acknowledges a heartbeat under its id", fc.tuple(heartbeat, fc.array(frame, { maxLength: 2 })), ([wire, before]) => {
      const frames: RpcFrame[] = [];
      const session = open((one) => frames.push(one), "server");
      session.push(Buffer.concat([...before, wire].map(({ bytes }) => bytes)));
      const beat = frames.at(-1);
      assert.ok(beat !== undefined && beat.kind === RpcFrameKind.Heartbeat);
      const { frame: ack } = read(session.heartbeatAck(beat), "client");
      assert.equal(ack.kind, RpcFrameKind.HeartbeatAck);
      assert.deepEqual([ack.idHigh, ack.idLow], [beat.idHigh, beat.idLow]);
    }),

    check("tells the dialect of frames, and speaks it before the peer does", frame, (wire) => {
      const { dialect } = read(copyOf(wire)).frame;
      assert.ok(Number.isInteger(dialect) && dialect >= 0 && dialect < codec.dialects, `dialect ${dialect} of ${codec.dialects}`);
      const session = codec.open({ onFrame: () => {} }, { role: "client", limits, dialect });
      assert.equal(read(session.heartbeat(0, 1)).frame.dialect, dialect);
    }),

    check("makes heartbeats that it understands", fc.tuple(id, fc.option(frame)), ([{ high, low }, before]) => {
      const session = open(() => {}, "client");
      if (before !== null) session.push(before.bytes);
      const { frame: beat } = read(session.heartbeat(high, low));
      assert.equal(beat.kind, RpcFrameKind.Heartbeat);
      assert.deepEqual([beat.idHigh, beat.idLow], [high, low]);
      const goAway = session.goAway();
      if (goAway !== undefined) assert.equal(read(goAway).frame.kind, RpcFrameKind.GoAway);
    }),

    check("knows itself by the first bytes", fc.oneof(request, oneWay, heartbeat), ({ bytes }) => {
      const verdicts = verdictsOn(codec, bytes);
      assert.equal(verdicts.at(-1), "match");
      assert.ok(!verdicts.includes("mismatch"));
    }),

    check(
      "decides by the first bytes once and for all",
      fc.tuple(request, fc.nat(8), fc.uint8Array({ maxLength: 64 })),
      ([wire, length, noise]) => {
        const verdicts = verdictsOn(codec, Buffer.concat([wire.bytes.subarray(0, length), noise]));
        const final = verdicts.find((verdict) => verdict !== "more");
        if (final !== undefined) assert.ok(verdicts.slice(verdicts.indexOf(final)).every((verdict) => verdict === final));
        assert.ok(
          verdicts.slice(codec.detectBytes).every((verdict) => verdict !== "more"),
          "decided when it has detectBytes bytes",
        );
      },
    ),
  ];
}

/** What the codec says of every beginning of `bytes`, from none to all. */
function verdictsOn(codec: RpcCodec, bytes: Buffer): readonly string[] {
  return Array.from({ length: bytes.length + 1 }, (_, length) => codec.detect(Buffer.from(bytes.subarray(0, length))));
}

const guard = 0xa5;

/** What `frame` writes at `offset` of a larger buffer, having checked that it touches nothing else there. */
function written(frame: RpcFrame, offset: number, idHigh: number, idLow: number): Buffer {
  const length = frame.encodedLength();
  const target = Buffer.alloc(offset + length + 16, guard);
  assert.equal(frame.writeTo(target, offset, idHigh, idLow), offset + length);
  const around = [...target.subarray(0, offset), ...target.subarray(offset + length)];
  assert.ok(
    around.every((byte) => byte === guard),
    "bytes outside of the frame were written",
  );
  return target.subarray(offset, offset + length);
}

function applyEdit(frame: RpcFrame, edit: HeaderEdit, headers: RpcMessage["headers"], repeats: boolean): RpcMessage["headers"] {
  if (edit.kind === "append" && !repeats && frame.headers.has(edit.name)) return headers;
  switch (edit.kind) {
    case "set":
      frame.headers.set(edit.name, edit.value);
      break;
    case "append":
      frame.headers.append(edit.name, edit.value);
      break;
    case "delete":
      assert.equal(
        frame.headers.delete(edit.name),
        headers.some(([name]) => sameName(name, edit.name)),
      );
      break;
  }
  return editHeaders(headers, edit);
}
