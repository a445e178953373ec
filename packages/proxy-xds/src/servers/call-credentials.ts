import { readFile } from "node:fs/promises";
import { fail, requiredString, type ConfigPath } from "@mesh/proxy-core";
import type { PemSource, XdsServerOptions } from "@mesh/xds-client";
import { isProtoError, type Any, type Message, type TypeRegistry } from "@mesh/xds-proto";
import { fileBasedMetadata } from "../file-based-metadata.ts";
import { readSource } from "./data-source.ts";

type CallCredentials = Message<"envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials">;

/** What a server is told with each stream, so that it knows who asks. */
export function readCallCredentials(
  list: readonly CallCredentials[],
  path: ConfigPath,
  registry: TypeRegistry,
): Pick<XdsServerOptions, "token" | "metadata"> {
  const [first] = list;
  if (first === undefined) return {};
  if (list.length > 1) fail(path, `only one is supported, there are ${list.length}`);
  const at = path.index(0);
  switch (first.credentialSpecifier) {
    case "accessToken": {
      const token = requiredString(first.accessToken, at.field("access_token"));
      return { token: () => token };
    }
    case "fromPlugin":
      return fromPlugin(first, at.field("from_plugin"), registry);
    default:
      return fail(at, "must be access_token or from_plugin: others are not supported");
  }
}

function fromPlugin({ fromPlugin: plugin }: CallCredentials, path: ConfigPath, registry: TypeRegistry): Pick<XdsServerOptions, "metadata"> {
  const at = path.field("typed_config");
  const { key, prefix, source } = readFileBasedMetadata(plugin?.typedConfig ?? fail(at, "is required"), at, registry);
  const value = "pem" in source ? source.pem : undefined;
  const read = async (): Promise<string> => {
    const secret = value ?? ("file" in source ? await readFile(source.file, "utf8") : "");
    return `${prefix}${secret.trim()}`;
  };
  return { metadata: { [key]: read } };
}

interface FileBasedMetadata {
  readonly source: PemSource;
  readonly key: string;
  readonly prefix: string;
}

function readFileBasedMetadata(any: Any, path: ConfigPath, registry: TypeRegistry): FileBasedMetadata {
  const { json, at } = openAny(any, path, registry);
  const fields = new Map(
    Object.entries(json).map(([name, value]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
  for (const name of fields.keys())
    if (!/^(secret_data|header_key|header_prefix)$/.test(name)) fail(at.field(name), "there is no such field");
  const text = (name: string): string => {
    const value = fields.get(name) ?? "";
    return typeof value === "string" ? value : fail(at.field(name), "must be a string");
  };
  const secret = at.field("secret_data");
  try {
    const data = registry.fromJson("envoy.config.core.v3.DataSource", fields.get("secret_data") ?? fail(secret, "is required"));
    const source = readSource(data, secret) ?? fail(secret, "is required");
    return { source, key: (text("header_key") || "authorization").toLowerCase(), prefix: text("header_prefix") };
  } catch (error) {
    if (!isProtoError(error)) throw error;
    return fail(secret, error.message, error);
  }
}

const typedStructs: readonly string[] = ["xds.type.v3.TypedStruct", "udpa.type.v1.TypedStruct"];

const nameOf = (typeUrl: string): string => typeUrl.slice(typeUrl.lastIndexOf("/") + 1);

/** The plugin's configuration as JSON: its message need not be known, where it comes as a TypedStruct. */
function openAny(any: Any, path: ConfigPath, registry: TypeRegistry): { readonly json: object; readonly at: ConfigPath } {
  const name = nameOf(any.type_url);
  const { messageName } = fileBasedMetadata;
  if (typedStructs.includes(name)) {
    const { typeUrl, value } = registry.decodeMessage("xds.type.v3.TypedStruct", any.value);
    if (nameOf(typeUrl) !== messageName) return unknownPlugin(nameOf(typeUrl), path);
    return { json: asObject(registry.toJson("google.protobuf.Struct", value ?? { fields: {} })), at: path.field("value") };
  }
  if (name !== messageName) return unknownPlugin(name, path);
  if (!registry.has(name)) return fail(path, `give ${name} as an xds.type.v3.TypedStruct`);
  return { json: asObject(registry.toJson(name, registry.decodeMessage(name, any.value), { preserveProtoFieldNames: true })), at: path };
}

const unknownPlugin = (name: string, path: ConfigPath): never =>
  fail(path, `there is no plugin for ${name}: use ${fileBasedMetadata.messageName}`);

const asObject = (value: unknown): object => (typeof value === "object" && value !== null ? value : {});
