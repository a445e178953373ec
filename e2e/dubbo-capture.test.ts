import { RpcFrameKind } from "@mesh/codec";
import { describeRpcFrame } from "@mesh/codec/compliance";
import { dubboCodec, type DubboFrame } from "@mesh/codec-dubbo";
import { convertHessian, decodeHessian, encodeHessian, SkippingReader } from "@mesh/codec-hessian";
import { hessianDifference } from "@mesh/codec-hessian/arbitraries";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { captureDubbo, type DubboCapture } from "./peers/dubbo-capture.ts";
import { splitDubboFrames } from "./peers/dubbo-frames.ts";
import {
  dubboReleases,
  echoInterface,
  java,
  startDubboConsumer,
  startDubboProvider,
  type DubboRelease,
  type DubboSerialization,
} from "./peers/java.ts";
import { requirePeer } from "./peers/tools.ts";

/** Reads one direction of a connection, cut into these chunks. Throws where the codec finds fault. */
function decode(bytes: Buffer, role: "client" | "server", cuts: readonly number[] = []): DubboFrame[] {
  const frames: DubboFrame[] = [];
  const session = dubboCodec().open({ onFrame: (frame) => frames.push(frame) }, { role });
  let from = 0;
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    session.push(bytes.subarray(from, to));
    from = to;
  }
  const error = session.error ?? session.end();
  if (error !== undefined) throw error;
  return frames;
}

function encode(frame: DubboFrame): Buffer {
  const bytes = Buffer.alloc(frame.encodedLength());
  frame.writeTo(bytes, 0, frame.idHigh, frame.idLow);
  return bytes;
}

const captures: readonly { readonly release: DubboRelease; readonly serialization: DubboSerialization }[] = [
  ...dubboReleases.map((release) => ({ release, serialization: "hessian2" as const })),
  { release: "3.2", serialization: "fastjson2" },
  { release: "3.3", serialization: "fastjson2" },
];

describe.runIf(requirePeer(java)).for(captures)(
  "Dubbo $release in $serialization between Java peers, read by @mesh/codec-dubbo",
  ({ release, serialization }) => {
    let captured: DubboCapture;
    let requests: DubboFrame[];
    let responses: DubboFrame[];

    beforeAll(async () => {
      const [provider, consumer] = await Promise.all([startDubboProvider(release), startDubboConsumer(release)]);
      captured = await captureDubbo(consumer, provider, serialization);
      await Promise.all([provider.kill(), consumer.kill()]);
      requests = captured.requests.flatMap((bytes) => decode(bytes, "server"));
      responses = captured.responses.flatMap((bytes) => decode(bytes, "client"));
    });

    const isCall = ({ kind }: DubboFrame): boolean => kind === RpcFrameKind.Request || kind === RpcFrameKind.OneWay;

    test("every call tells its service, method and time", () => {
      const calls = requests.filter(isCall);
      expect(calls).toHaveLength(18);
      const services = new Set(calls.map(({ service }) => service));
      expect(services).toEqual(new Set([echoInterface, `${echoInterface}:nobody`]));
      expect(new Set(calls.map(({ target }) => target))).toContain(`/${echoInterface}/echo`);
      expect(calls.map(({ method }) => method)).toEqual(expect.arrayContaining(["echo", "order", "boom", "$invoke", "fire"]));
      // Dubbo 2.7 keeps it to itself.
      const times = new Set(calls.map(({ timeoutMs }) => timeoutMs));
      expect(times).toEqual(new Set([release === "2.7" ? 0 : 12_345]));
      expect(calls.filter(({ kind }) => kind === RpcFrameKind.OneWay).map(({ method }) => method)).toEqual(["fire"]);
    });

    test("attachments are found behind arguments and results", () => {
      const calls = requests.filter(isCall);
      expect(calls.filter(({ headers }) => headers.get("X-Tag") === "blue").map(({ method }) => method)).toEqual(["echo", "headers"]);
      expect(
        calls.every(({ headers }) => headers.get("remote.application") === "java-consumer" && headers.get("interface") === echoInterface),
      ).toBe(true);
      expect(responses.filter(({ headers }) => headers.get("x-reply") === "green")).toHaveLength(1);
    });

    test("exceptions of the application are told from the provider's refusals", () => {
      const answers = responses.filter(({ kind }) => kind === RpcFrameKind.Response);
      expect(answers.filter(({ isApplicationError }) => isApplicationError).map(({ exceptionClass }) => exceptionClass)).toEqual([
        "mesh.e2e.RefusedException",
        "java.lang.IllegalStateException",
        expect.stringMatching(/\.GenericException$/),
      ]);
      // The service that is not there.
      expect(answers.filter(({ status }) => status !== 20)).toHaveLength(1);
      expect(answers.filter(({ httpStatus }) => httpStatus === 200)).toHaveLength(answers.length - 1);
    });

    test("frames are written as Java wrote them", () => {
      for (const [bytes, role] of [
        ...captured.requests.map((all) => [all, "server"] as const),
        ...captured.responses.map((all) => [all, "client"] as const),
      ]) {
        expect(Buffer.concat(decode(bytes, role).map(encode)).equals(bytes)).toBe(true);
      }
    });

    test("cut anywhere, they are the same", () => {
      const [bytes] = captured.requests;
      if (bytes === undefined) throw new Error("nothing was captured");
      const whole = decode(bytes, "server").map(describeRpcFrame);
      const cuts = fc.array(fc.nat(bytes.length), { maxLength: 20 });
      fc.assert(
        fc.property(cuts, (at) => {
          expect(decode(bytes, "server", at).map(describeRpcFrame)).toEqual(whole);
        }),
        { numRuns: 20 },
      );
    });

    test("an added attachment arrives, and nothing else changes", () => {
      for (const frame of requests.filter(isCall)) {
        const before: [string, string | null][] = [];
        frame.headers.forEach((name, value) => before.push([name, value]));
        frame.headers.set("x-added", "ä");
        const [changed] = decode(encode(frame), "server");
        const after: [string, string | null][] = [];
        changed?.headers.forEach((name, value) => after.push([name, value]));
        expect(after).toEqual([...before, ["x-added", "ä"]]);
        expect([changed?.service, changed?.method]).toEqual([frame.service, frame.method]);
      }
    });

    if (serialization !== "hessian2") return;

    test("every value that Java wrote is read, skipped, written and converted without a change of meaning", () => {
      const bodies = [...captured.requests, ...captured.responses]
        .flatMap(splitDubboFrames)
        // Refusals may be in the provider's own favourite serialization.
        .filter(({ serializationId }) => serializationId === 2)
        .map(({ body }) => body);
      expect(bodies.length).toBeGreaterThan(36);
      for (const body of bodies) {
        const values = decodeHessian("v4", body);
        const skipping = new SkippingReader("v4");
        skipping.reset(body, 0, body.length);
        for (const _ of values) expect(skipping.skip()).toBe(true);
        expect(skipping.offset).toBe(body.length);
        expect(hessianDifference(decodeHessian("v4", encodeHessian("v4", values)), values)).toBeUndefined();
        const there = convertHessian("v4", "v3", body);
        expect(hessianDifference(decodeHessian("v4", convertHessian("v3", "v4", there)), values)).toBeUndefined();
      }
    });
  },
);
