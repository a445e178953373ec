/**
 * Fields that hold secrets, by message: those that Envoy's .proto files mark with `(udpa.annotations.sensitive)`, and others that hold
 * credentials all the same.
 */
const sensitiveFields: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    "envoy.config.core.v3.GrpcService.GoogleGrpc.SslCredentials": ["private_key"],
    "envoy.config.trace.v3.ClientConfig": ["backend_token"],
    "envoy.extensions.filters.http.ext_authz.v3.CheckSettings": ["context_extensions"],
    "envoy.extensions.transport_sockets.tls.v3.GenericSecret": ["secret"],
    "envoy.extensions.transport_sockets.tls.v3.PrivateKeyProvider": ["typed_config"],
    "envoy.extensions.transport_sockets.tls.v3.TlsCertificate": ["private_key", "pkcs12", "password"],
    "envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys": ["keys"],
    // Not marked in Envoy's files.
    "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials": ["access_token", "google_refresh_token"],
    "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.GoogleIAMCredentials": ["authorization_token"],
    "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.ServiceAccountJWTAccessCredentials": ["json_key"],
  }).map(([message, fields]) => [message, new Set(fields)]),
);

/** Messages whose authors say which of their fields are secret. */
const wellMarked = /^(?:envoy|xds|udpa|google|opentelemetry)\./;

const secretName = /(?:^|_)(?:password|passwd|passphrase|secret|token|private_key|api_key|access_key|credential)s?$/;

/** Whether a name is one that secrets have. For what has no field marked: free-form values, and messages of the user's. */
export const soundsSecret = (name: string): boolean =>
  secretName.test(
    name
      .replace(/(?<=[a-z0-9])[A-Z]/g, "_$&")
      .replaceAll("-", "_")
      .toLowerCase(),
  );

/** Whether a field, in the name of its .proto file, holds a secret. */
export function isSensitive(message: string, field: string): boolean {
  return sensitiveFields.get(message)?.has(field) ?? (!wellMarked.test(message) && soundsSecret(field));
}
