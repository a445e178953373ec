import { RpcFrameKind } from "@mesh/codec";
import { describeRpcFrame } from "@mesh/codec/compliance";
import type { RpcMessage } from "@mesh/codec/compliance";
import { boltCodec, BoltStatus, sofaRequestClass, sofaResponseClass } from "@mesh/codec-bolt";
import type { BoltFrame } from "@mesh/codec-bolt";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { java, startSofaConsumer, startSofaProvider } from "./peers/java.ts";
import type { SofaConsumerOptions } from "./peers/java.ts";
import { startRecorder } from "./peers/recorder.ts";
import { requirePeer } from "./peers/tools.ts";

/** Reads one direction of a connection, cut into these chunks. Throws where the codec finds fault. */
function decode(bytes: Buffer, role: "client" | "server", cuts: readonly number[] = []): BoltFrame[] {
  const frames: BoltFrame[] = [];
  const session = boltCodec().open({ onFrame: (frame) => frames.push(frame) }, { role });
  let from = 0;
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    session.push(bytes.subarray(from, to));
    from = to;
  }
  const error = session.error ?? session.end();
  if (error !== undefined) throw error;
  return frames;
}

function encode(frames: readonly BoltFrame[]): Buffer {
  return Buffer.concat(
    frames.map((frame) => {
      const bytes = Buffer.alloc(frame.encodedLength());
      frame.writeTo(bytes, 0, frame.idHigh, frame.idLow);
      return bytes;
    }),
  );
}

const only = (frames: readonly BoltFrame[], kind: RpcFrameKind): BoltFrame[] => frames.filter((frame) => frame.kind === kind);

const versions: readonly {
  readonly bolt: NonNullable<SofaConsumerOptions["bolt"]>;
  readonly version: number;
  readonly hasChecksum: boolean;
}[] = [
  { bolt: "v1", version: 1, hasChecksum: false },
  { bolt: "v2", version: 2, hasChecksum: false },
  { bolt: "v2-checksum", version: 2, hasChecksum: true },
];

describe.runIf(requirePeer(java)).for(versions)(
  "Bolt $bolt between Java peers, read by @mesh/codec-bolt",
  ({ bolt, version, hasChecksum }) => {
    /** What each of the connections carried; in one connection the calls are one after the other. */
    let requestBytes: Buffer[] = [];
    let responseBytes: Buffer[] = [];
    let requests: BoltFrame[] = [];
    let responses: BoltFrame[] = [];
    let release: () => Promise<unknown> = () => Promise.resolve();

    beforeAll(async () => {
      const [provider, consumer] = await Promise.all([startSofaProvider({ id: "p1" }), startSofaConsumer({ heartbeatMs: 200, bolt })]);
      const recorder = await startRecorder(provider.port);
      release = () => Promise.all([provider.stop(), consumer.stop(), recorder.close()]);
      const url = `bolt://127.0.0.1:${recorder.port}`;

      const sync = await consumer.refer({ url, timeout: 12_345, app: "shop" });
      await sync.call("echo", ["hé"], { headers: { "x-tag": "blue" } });
      await sync.call("greet", [{ name: "Ann", age: 1, serial: 2, notes: {}, tags: [] }, 1, ["a"]]);
      await sync.call("size", [{ $bytes: 1024 * 1024 }]);
      await sync.call("big", [300_000]);
      await expect(sync.call("boom", ["checked"])).rejects.toThrow("refused");
      await expect(sync.call("boom", ["unchecked"])).rejects.toThrow("boom");
      const nobody = await consumer.refer({ url, uniqueId: "nobody" });
      await expect(nobody.call("echo", ["x"])).rejects.toThrow("cannot find service");
      const future = await consumer.refer({ url, invokeType: "future" });
      await future.call("id", []);
      const callback = await consumer.refer({ url, invokeType: "callback" });
      await callback.call("id", []);
      const json = await consumer.refer({ url, serialization: "json" });
      await json.call("echo", ["json"]);
      const oneWay = await consumer.refer({ url, invokeType: "oneway" });
      await oneWay.call("fire", ["captured"]);
      await provider.line(/^FIRED captured$/);

      const answered = (): number =>
        only(
          recorder.connections.flatMap((each) => decode(each.responses(), "client")),
          RpcFrameKind.HeartbeatAck,
        ).length;
      await recorder.until(() => answered() > 0);
      await consumer.stop();

      requestBytes = recorder.connections.map((connection) => connection.requests());
      responseBytes = recorder.connections.map((connection) => connection.responses());
      requests = requestBytes.flatMap((bytes) => decode(bytes, "server"));
      responses = responseBytes.flatMap((bytes) => decode(bytes, "client"));
    });

    afterAll(() => release());

    const request = (method: string): BoltFrame => {
      const frame = requests.find((each) => each.method === method);
      if (frame === undefined) throw new Error(`no request for ${method} was captured`);
      return frame;
    };

    const responseTo = (of: BoltFrame): BoltFrame | undefined =>
      responses.find((each) => each.idLow === of.idLow && each.kind === RpcFrameKind.Response);

    test("the connection's first bytes are recognised", () => {
      for (const bytes of requestBytes) {
        expect(boltCodec().detect(bytes.subarray(0, 5))).toBe("match");
        expect(boltCodec().detect(bytes.subarray(0, 1))).toBe("more");
      }
    });

    test("all frames are of the version that was asked for, and all but heartbeats have its checksum", () => {
      for (const frame of [...requests, ...responses]) {
        const isHeartbeat = frame.kind === RpcFrameKind.Heartbeat || frame.kind === RpcFrameKind.HeartbeatAck;
        expect({ version: frame.version, hasChecksum: frame.hasChecksum }).toEqual({ version, hasChecksum: hasChecksum && !isHeartbeat });
      }
    });

    test("requests say service, method, timeout and headers", () => {
      const echo = request("echo");
      expect(echo).toMatchObject({
        kind: RpcFrameKind.Request,
        service: "mesh.e2e.EchoService:1.0",
        timeoutMs: 12_345,
        className: sofaRequestClass,
        codecId: 1,
      });
      expect(echo.headers.get("sofa_head_target_service")).toBe("mesh.e2e.EchoService:1.0");
      expect(echo.headers.get("app")).toBe("shop");
      expect(echo.headers.get("x-tag")).toBe("blue");
      expect(request("size").bodyLength).toBeGreaterThan(1024 * 1024);
      expect(requests.map((each) => each.service)).toContain("mesh.e2e.EchoService:1.0:nobody");
      expect(request("fire").kind).toBe(RpcFrameKind.OneWay);
      expect(requests.some((each) => each.codecId === 12 && each.method === "echo")).toBe(true);
    });

    test("every request but the one-way has one response, of status 0", () => {
      for (const frame of only(requests, RpcFrameKind.Request)) {
        const answers = responses.filter((each) => each.idLow === frame.idLow);
        expect(answers).toMatchObject([{ status: BoltStatus.Success, httpStatus: 200, className: sofaResponseClass }]);
      }
      expect(responseTo(request("fire"))).toBeUndefined();
      expect(responseTo(request("big"))?.bodyLength).toBeGreaterThan(300_000);
    });

    test("failures of the application are told by a header of the response", () => {
      const failed = requests.filter((each) => responseTo(each)?.isApplicationError === true);
      expect(failed.map((each) => `${each.service}/${each.method}`)).toEqual([
        "mesh.e2e.EchoService:1.0/boom",
        "mesh.e2e.EchoService:1.0/boom",
        "mesh.e2e.EchoService:1.0:nobody/echo",
      ]);
      for (const frame of failed) expect(responseTo(frame)?.headers.get("sofa_head_response_error")).toBe("true");
    });

    test("heartbeats are answered under their id", () => {
      const [ack] = only(responses, RpcFrameKind.HeartbeatAck);
      const ids = only(requests, RpcFrameKind.Heartbeat).map((each) => each.idLow);
      expect(ids).toContain(ack?.idLow);
    });

    test("our answer to a heartbeat is the Java provider's, byte for byte", () => {
      const [ack] = only(responses, RpcFrameKind.HeartbeatAck);
      const heartbeat = requests.find((each) => each.kind === RpcFrameKind.Heartbeat && each.idLow === ack?.idLow);
      if (ack === undefined || heartbeat === undefined) throw new Error("no heartbeat was captured");
      const session = boltCodec().open({ onFrame: () => {} }, { role: "server" });
      session.push(encode([heartbeat]));
      expect(session.heartbeatAck(heartbeat).toString("hex")).toBe(encode([ack]).toString("hex"));
    });

    test("frames are written as they came, and with another id differ in it and the checksum alone", () => {
      for (const bytes of requestBytes) expect(encode(decode(bytes, "server")).equals(bytes)).toBe(true);
      for (const bytes of responseBytes) expect(encode(decode(bytes, "client")).equals(bytes)).toBe(true);

      const echo = request("echo");
      const renamed = Buffer.alloc(echo.encodedLength());
      echo.writeTo(renamed, 0, 0, ~echo.idLow);
      const [again] = decode(renamed, "server");
      if (again === undefined) throw new Error("the renamed frame was not read");
      expect(describeRpcFrame(again)).toEqual({ ...describeRpcFrame(echo), idLow: ~echo.idLow });
    });

    test("however the bytes are cut, the frames are the same", () => {
      for (const [role, streams] of [
        ["server", requestBytes],
        ["client", responseBytes],
      ] as const) {
        for (const bytes of streams) {
          // The large bodies are compared as bytes, not as text: what is cut anew is the same stream again when it is written.
          const describeAll = (frames: readonly BoltFrame[]): RpcMessage[] =>
            frames.filter((each) => each.bodyLength < 4096).map(describeRpcFrame);
          const whole = describeAll(decode(bytes, role));
          fc.assert(
            fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
              const frames = decode(bytes, role, cuts);
              expect(encode(frames).equals(bytes)).toBe(true);
              expect(describeAll(frames)).toEqual(whole);
            }),
            { numRuns: 30 },
          );
        }
      }
    });
  },
);
