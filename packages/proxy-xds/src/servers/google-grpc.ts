import { fail, requiredString, type ConfigPath } from "@mesh/proxy-core";
import type { XdsServerOptions, XdsTlsOptions } from "@mesh/xds-client";
import type { Message, TypeRegistry } from "@mesh/xds-proto";
import { readCallCredentials } from "./call-credentials.ts";
import { readChannelArgs } from "./channel-args.ts";
import { readSource } from "./data-source.ts";

type GoogleGrpc = Message<"envoy.config.core.v3.GrpcService.GoogleGrpc">;

/** Envoy's names of what makes credentials of the message. Here the message says it all, and the name need not be given. */
const factories: readonly string[] = ["", "envoy.grpc_credentials.default", "envoy.grpc_credentials.file_based_metadata"];

/** The server behind `google_grpc`. */
export function googleGrpc(message: GoogleGrpc, path: ConfigPath, registry: TypeRegistry): XdsServerOptions {
  const address = requiredString(message.targetUri, path.field("target_uri"));
  const { credentialsFactoryName } = message;
  if (!factories.includes(credentialsFactoryName)) {
    fail(path.field("credentials_factory_name"), `there is no ${credentialsFactoryName}: use ${factories.slice(1).join(" or ")}`);
  }
  if (Object.keys(message.config?.fields ?? {}).length > 0) fail(path.field("config"), "is not supported: there are no other credentials");
  const args = readChannelArgs(message.channelArgs, path.field("channel_args").field("args"));
  const tls = readTls(message, path.field("channel_credentials"));
  if (args.serverName !== undefined && tls === undefined)
    fail(path.field("channel_args"), "a name of the certificate needs ssl_credentials");
  const credentials = readCallCredentials(message.callCredentials, path.field("call_credentials"), registry);
  if (message.callCredentials.length > 0 && tls === undefined) {
    fail(path.field("call_credentials"), "need channel_credentials.ssl_credentials, or anybody on the way could read them");
  }
  const { serverName, ...options } = args;
  return {
    address,
    ...options,
    ...credentials,
    ...(tls === undefined ? {} : { tls: { ...tls, ...(serverName === undefined ? {} : { serverName }) } }),
  };
}

/** Undefined: plain text, as in Envoy where there are no credentials. */
function readTls({ channelCredentials }: GoogleGrpc, path: ConfigPath): XdsTlsOptions | undefined {
  if (!channelCredentials) return undefined;
  const { sslCredentials, credentialSpecifier } = channelCredentials;
  if (!sslCredentials) {
    if (credentialSpecifier === undefined) fail(path, "ssl_credentials is required");
    return fail(path, "only ssl_credentials are supported; leave channel_credentials out for plain text");
  }
  const at = path.field("ssl_credentials");
  const ca = readSource(sslCredentials.rootCerts, at.field("root_certs"));
  const certificate = readSource(sslCredentials.certChain, at.field("cert_chain"));
  const key = readSource(sslCredentials.privateKey, at.field("private_key"));
  if ((certificate === undefined) !== (key === undefined)) fail(at, "cert_chain and private_key go together");
  return { ...(ca ? { ca } : {}), ...(certificate && key ? { certificate, key } : {}) };
}
