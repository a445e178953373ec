import {
  defaultRpcLimits,
  type Detection,
  type RpcCodec,
  type RpcFrameSink,
  type RpcLimits,
  type RpcSession,
  type RpcSessionOptions,
} from "@mesh/codec";
import {
  commandGoAway,
  commandHeartbeat,
  commandRequest,
  protocolV1,
  protocolV2,
  typeOneWay,
  typeRequest,
  v2WithoutSwitches,
  v2WithSwitches,
} from "./constants.ts";
import { type BoltDialect, type Layout, layoutOf } from "./encode.ts";
import type { BoltFrame } from "./frame.ts";
import { BoltSession } from "./session.ts";

export interface BoltCodecOptions extends BoltDialect {
  /**
   * Whether the peers are meshes, which understand GoAway (SOFABolt's command 100). False by default: a Java peer closes the
   * connection at it. GoAway of a peer is understood in any case.
   */
  readonly goAway?: boolean;
}

/** SOFABolt, v1 and v2. */
export interface BoltCodec extends RpcCodec {
  /**
   * Heartbeats are in the dialect of the session's options, or else of the codec's, until the peer's first frame has come; from then on they
   * are like that. Answers are in the version of their request. Dialects: 0 is v1, 1 is v2, 2 is v2 with checksums.
   */
  open(sink: RpcFrameSink<BoltFrame>, options: RpcSessionOptions): RpcSession;
}

/** Makes the codec. Throws `CodecError` (`MESH_CODEC_UNENCODABLE`) when v1 should have checksums. */
export function boltCodec(options: BoltCodecOptions = {}): BoltCodec {
  const layout = layoutOf(options);
  const layouts = dialects.map(layoutOf);
  const sendsGoAway = options.goAway ?? false;
  return {
    name: "bolt",
    dialects: dialects.length,
    goAwayIsFinal: true,
    detectBytes: 5,
    detect: detectBolt,
    open: (sink, { limits = defaultRpcLimits, dialect }) =>
      new BoltSession(sink, checked(limits), dialect === undefined ? layout : layoutIn(layouts, dialect), sendsGoAway),
  };
}

/** By `BoltFrame.dialect`. */
const dialects: readonly BoltDialect[] = [{ version: 1 }, { version: 2 }, { version: 2, checksum: true }];

function layoutIn(layouts: readonly Layout[], dialect: number): Layout {
  const layout = layouts[dialect];
  if (layout === undefined) throw new RangeError(`Bolt has the dialects 0 to ${layouts.length - 1}, not ${dialect}`);
  return layout;
}

function checked(limits: RpcLimits): RpcLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${name} must be a whole number that is not negative, not ${value}`);
  }
  return limits;
}

/** A client begins with a request or a heartbeat: protocol, in v2 its version, type and command tell Bolt from all other protocols of the mesh. */
function detectBolt(bytes: Buffer): Detection {
  if (bytes.length === 0) return "more";
  if (bytes[0] === protocolV1) return detectCommand(bytes, 1);
  if (bytes[0] !== protocolV2) return "mismatch";
  if (bytes.length < 2) return "more";
  return bytes[1] === v2WithoutSwitches || bytes[1] === v2WithSwitches ? detectCommand(bytes, 2) : "mismatch";
}

function detectCommand(bytes: Buffer, type: number): Detection {
  if (bytes.length <= type) return "more";
  if (bytes[type] !== typeRequest && bytes[type] !== typeOneWay) return "mismatch";
  if (bytes.length <= type + 1) return "more";
  if (bytes[type + 1] !== 0) return "mismatch";
  if (bytes.length <= type + 2) return "more";
  const command = bytes[type + 2];
  return command === commandRequest || command === commandHeartbeat || command === commandGoAway ? "match" : "mismatch";
}
