import type { Any, Message } from "@mesh/xds-proto";
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

/** The protocols that a connection may speak, and how long it may take to show which. */
export interface ProtocolChoice {
  /** One: it is taken for granted. Several: the first bytes decide, in this order. */
  readonly protocols: readonly PooledProtocol[];
  readonly detect: boolean;
  /** Milliseconds; 0: no limit. */
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
export const autoCodec: ExtensionDescriptor = { name: "mesh.codecs.auto", category: "mesh.codecs", messageName: autoName, fields: autoFields };

const isRpcCodec = (descriptor: ExtensionDescriptor): descriptor is RpcCodecExtension =>
  descriptor.category === "mesh.codecs" && "create" in descriptor;

const codecFactories = (extensions: ExtensionSet): ExtensionFactories<RpcCodecExtension> =>
  new ExtensionFactories(extensions, "mesh.codecs", extensions.list("mesh.codecs").filter(isRpcCodec));

/** The protocol that a `codec` field names, without choice. Throws `ConfigError`. */
export function compileProtocol(codec: Any | null, path: ConfigPath, extensions: ExtensionSet): PooledProtocol {
  const { factory, extension } = codecFactories(extensions).resolve(codec, path);
  return { ...factory.create(extension), slot: allocatePoolSlot() };
}

/** The protocol that a required `codec` field names. Throws `ConfigError`. */
export function requiredCodec(
  codec: Message<"envoy.config.core.v3.TypedExtensionConfig"> | null,
  path: ConfigPath,
  extensions: ExtensionSet,
): RpcProtocol {
  const { factory, extension } = codecFactories(extensions).resolve(codec?.typedConfig ?? null, path.field("typed_config"));
  return factory.create(extension);
}

/** Reads RpcProxy's `codec`; absent means all codecs that the proxy is composed with. Throws `ConfigError`. */
export function compileProtocols(
  codec: Message<"envoy.config.core.v3.TypedExtensionConfig"> | null,
  path: ConfigPath,
  extensions: ExtensionSet,
): ProtocolChoice {
  if (codec === null) return { protocols: allProtocols(extensions, path), detect: true, detectionTimeoutMs: defaultDetectionTimeoutMs };
  const typedConfig = path.field("typed_config");
  const decoded = extensions.decode("mesh.codecs", codec.typedConfig, typedConfig);
  if (decoded.descriptor.messageName !== autoName) {
    return { protocols: [compileProtocol(codec.typedConfig, typedConfig, extensions)], detect: false, detectionTimeoutMs: 0 };
  }
  const auto = decoded.as(autoName);
  const codecs = decoded.path.field("codecs");
  const protocols =
    auto.codecs.length === 0
      ? allProtocols(extensions, path)
      : auto.codecs.map((named, index) => compileProtocol(named.typedConfig, codecs.index(index).field("typed_config"), extensions));
  return {
    protocols,
    detect: true,
    detectionTimeoutMs: durationMs(auto.detectionTimeout, decoded.path.field("detection_timeout")) ?? defaultDetectionTimeoutMs,
  };
}

function allProtocols(extensions: ExtensionSet, path: ConfigPath): readonly PooledProtocol[] {
  const factories = extensions.list("mesh.codecs").filter(isRpcCodec);
  if (factories.length === 0) fail(path, "this proxy is composed with no RPC codecs");
  return factories.map((factory) => ({
    ...factory.create(extensions.decode("mesh.codecs", { type_url: factory.messageName, value: noBytes }, path)),
    slot: allocatePoolSlot(),
  }));
}
