import type { Detector, RpcLimits } from "@mesh/codec";
import type { Message } from "@mesh/xds-proto";
import { allocatePoolSlot } from "../cluster/index.ts";
import {
  defineFields,
  durationMs,
  extension,
  ExtensionFactories,
  fail,
  supported,
  type ConfigPath,
  type ExtensionDescriptor,
  type ExtensionSet,
  type FieldTable,
} from "../config/index.ts";
import type { PooledProtocol, RpcCodecExtension, RpcProtocol } from "./protocol.ts";

type TypedExtensionConfig = Message<"envoy.config.core.v3.TypedExtensionConfig">;

/** The protocols that a connection may speak, and how long it may take to show which. */
export interface ProtocolChoice {
  /** One: it is taken for granted. Several: the first bytes decide, in this order. */
  readonly protocols: readonly PooledProtocol[];
  readonly detect: boolean;
  /** Milliseconds from the first byte; 0: no limit. */
  readonly detectionTimeoutMs: number;
}

const autoName = "mesh.extensions.codecs.auto.v3.Auto";
/** A message of which nothing is set. */
const noBytes = new Uint8Array();
const defaultDetectionTimeoutMs = 15_000;

const autoFields: FieldTable = defineFields(autoName, {
  codecs: extension("mesh.codecs"),
  detection_timeout: supported(),
});

/** `Auto`: the choice by first bytes. It is a descriptor only; `compileProtocols` does its work. */
export const autoCodec: ExtensionDescriptor = {
  name: "mesh.codecs.auto",
  category: "mesh.codecs",
  messageName: autoName,
  fields: autoFields,
};

const isRpcCodec = (descriptor: ExtensionDescriptor): descriptor is RpcCodecExtension =>
  descriptor.category === "mesh.codecs" && "create" in descriptor;

const codecsOf = (extensions: ExtensionSet): readonly RpcCodecExtension[] => extensions.list("mesh.codecs").filter(isRpcCodec);

const codecFactories = (extensions: ExtensionSet): ExtensionFactories<RpcCodecExtension> =>
  new ExtensionFactories(extensions, "mesh.codecs", codecsOf(extensions));

function pooled(protocol: RpcProtocol, limits: RpcLimits): PooledProtocol {
  return { ...protocol, limits, slots: Array.from({ length: protocol.codec.dialects }, allocatePoolSlot) };
}

/** The one protocol that a `codec` field names. Absent, it is the only one there is to choose. Throws `ConfigError`. */
export function compileProtocol(codec: TypedExtensionConfig | null, path: ConfigPath, extensions: ExtensionSet): RpcProtocol {
  if (codec === null) {
    const [only, another] = codecsOf(extensions);
    if (only === undefined || another !== undefined) fail(path, "is required, as this proxy speaks more than one protocol, or none");
    return createDefault(only, path, extensions);
  }
  const { factory, extension } = codecFactories(extensions).resolve(codec.typedConfig, path.field("typed_config"));
  return factory.create(extension);
}

/** All protocols that the proxy is composed with, as their messages have them when nothing is set. */
export function compileAllProtocols(path: ConfigPath, extensions: ExtensionSet, limits: RpcLimits): readonly PooledProtocol[] {
  return codecsOf(extensions).map((factory) => pooled(createDefault(factory, path, extensions), limits));
}

/** Reads RpcProxy's `codec`; absent means all codecs that the proxy is composed with. Throws `ConfigError`. */
export function compileProtocols(
  codec: TypedExtensionConfig | null,
  path: ConfigPath,
  extensions: ExtensionSet,
  limits: RpcLimits,
): ProtocolChoice {
  const all = (): readonly PooledProtocol[] => {
    const protocols = compileAllProtocols(path, extensions, limits);
    return protocols.length === 0 ? fail(path, "this proxy is composed with no RPC codecs") : protocols;
  };
  if (codec === null) return { protocols: all(), detect: true, detectionTimeoutMs: defaultDetectionTimeoutMs };
  const decoded = extensions.decode("mesh.codecs", codec.typedConfig, path.field("typed_config"));
  if (decoded.descriptor.messageName !== autoName) {
    return { protocols: [pooled(compileProtocol(codec, path, extensions), limits)], detect: false, detectionTimeoutMs: 0 };
  }
  const auto = decoded.as(autoName);
  const codecs = decoded.path.field("codecs");
  return {
    protocols:
      auto.codecs.length === 0
        ? all()
        : auto.codecs.map((named, index) => pooled(compileProtocol(named, codecs.index(index), extensions), limits)),
    detect: true,
    detectionTimeoutMs: durationMs(auto.detectionTimeout, decoded.path.field("detection_timeout")) ?? defaultDetectionTimeoutMs,
  };
}

/** What tells some codecs by a connection's first bytes; those of all codecs that the proxy is composed with if there are none. Throws `ConfigError`. */
export function compileDetectors(
  codecs: readonly TypedExtensionConfig[],
  path: ConfigPath,
  extensions: ExtensionSet,
): readonly [Detector, ...Detector[]] {
  const named = codecs.map((codec, index) => compileProtocol(codec, path.index(index), extensions).codec);
  const [first, ...others] =
    named.length > 0 ? named : codecsOf(extensions).map((factory) => createDefault(factory, path, extensions).codec);
  if (first === undefined) fail(path, "this proxy is composed with no RPC codecs");
  return [first, ...others];
}

/** A codec as its message has it when nothing is set. */
function createDefault(factory: RpcCodecExtension, path: ConfigPath, extensions: ExtensionSet): RpcProtocol {
  return factory.create(extensions.decode("mesh.codecs", { type_url: factory.messageName, value: noBytes }, path));
}
