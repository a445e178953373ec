import {
  defaultRpcLimits,
  type Detection,
  type RpcCodec,
  type RpcFrameSink,
  type RpcLimits,
  type RpcSession,
  type RpcSessionOptions,
} from "@mesh/codec";
import { defaultPayloadBytes, headerBytes, magicHigh, magicLow } from "./constants.ts";
import type { DubboFrame } from "./frame.ts";
import { DubboSession } from "./session.ts";

/** The limits where none are given: those of the RPC codecs, with Dubbo's own `payload` of 8 MiB. */
export const defaultDubboLimits: RpcLimits = { ...defaultRpcLimits, maxFrameBytes: defaultPayloadBytes + headerBytes };

export interface DubboCodecOptions {
  /**
   * Whether `goAway()` makes the read-only event. False by default: a Dubbo 3 consumer all of whose addresses are read-only fails every call
   * for about a minute. Read-only events of a peer are understood in any case.
   */
  readonly readOnly?: boolean;
}

/** Dubbo's protocol. */
export interface DubboCodec extends RpcCodec {
  /**
   * Events of this end's own are in the serialization that the peer last spoke, if that is Hessian 2 or fastjson2, and until it has spoken in
   * Hessian 2. Answers are in the serialization of their request. The limits are `defaultDubboLimits` where none are given.
   */
  open(sink: RpcFrameSink<DubboFrame>, options: RpcSessionOptions): RpcSession;
}

export function dubboCodec(options: DubboCodecOptions = {}): DubboCodec {
  const sendsReadOnly = options.readOnly ?? false;
  return {
    name: "dubbo",
    dialects: 1,
    goAwayIsFinal: false,
    detectBytes: 2,
    detect: detectDubbo,
    open: (sink, { limits = defaultDubboLimits }) => new DubboSession(sink, checked(limits), sendsReadOnly),
  };
}

function checked(limits: RpcLimits): RpcLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${name} must be a whole number that is not negative, not ${value}`);
  }
  return limits;
}

function detectDubbo(bytes: Buffer): Detection {
  if (bytes.length === 0) return "more";
  if (bytes[0] !== magicHigh) return "mismatch";
  if (bytes.length < 2) return "more";
  return bytes[1] === magicLow ? "match" : "mismatch";
}
