import { isIP } from "node:net";
import type { ClientTlsSettings } from "@mesh/istio-config";
import { enumValue, packAny, type EnumTypes, type MessageInit } from "@mesh/xds-proto";
import type { PortPolicy } from "./policy.ts";

type SocketInit = MessageInit<"envoy.config.core.v3.TransportSocket">;
type SanType = keyof EnumTypes["envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType"];

const sanTypeOf = (name: string): SanType => (name.includes("://") ? "URI" : isIP(name) > 0 ? "IP_ADDRESS" : "DNS");

const sanMatcher = (name: string): MessageInit<"envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher"> => ({
  sanType: enumValue("envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType", sanTypeOf(name)),
  matcher: { exact: name },
});

/** Where Debian, Ubuntu, Alpine and the images of Envoy and Istio's proxy keep the authorities that the system trusts. */
const systemCertificates = "/etc/ssl/certs/ca-certificates.crt";

/** Istio: without a file, or with `system`, the system's authorities count. A proxy that has none refuses the cluster. */
const authoritiesOf = ({ caCertificates }: ClientTlsSettings): string =>
  caCertificates === undefined || caCertificates === "" || caCertificates === "system" ? systemCertificates : caCertificates;

const isVerified = ({ insecureSkipVerify }: ClientTlsSettings): boolean => insecureSkipVerify !== true;

export interface TlsContext {
  readonly settings: ClientTlsSettings;
  /** Of the ServiceEntry: they count where the rule has none. */
  readonly serviceNames: readonly string[];
  readonly speaksHttp2: boolean;
}

function upstreamTls({
  settings,
  serviceNames,
  speaksHttp2,
}: TlsContext): MessageInit<"envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"> {
  const protocol = "envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol";
  const names = settings.subjectAltNames.length > 0 ? settings.subjectAltNames : serviceNames;
  const { clientCertificate, privateKey, caCrl } = settings;
  const hasCertificate = settings.mode === "MUTUAL" && clientCertificate !== undefined && privateKey !== undefined;
  return {
    sni: settings.sni,
    commonTlsContext: {
      tlsParams: { tlsMinimumProtocolVersion: enumValue(protocol, "TLSv1_2"), tlsMaximumProtocolVersion: enumValue(protocol, "TLSv1_3") },
      alpnProtocols: speaksHttp2 ? ["h2"] : undefined,
      tlsCertificates: hasCertificate
        ? [{ certificateChain: { filename: clientCertificate }, privateKey: { filename: privateKey } }]
        : undefined,
      validationContext: isVerified(settings)
        ? {
            trustedCa: { filename: authoritiesOf(settings) },
            crl: caCrl === undefined ? undefined : { filename: caCrl },
            matchTypedSubjectAltNames: names.map(sanMatcher),
          }
        : undefined,
    },
  };
}

/** Where a rule does not name the server, the request's host is its name, and the certificate has to be for it. */
export function automaticNames({ tls }: PortPolicy): { readonly autoSni: boolean; readonly autoSanValidation: boolean } {
  const autoSni = tls !== undefined && tls.mode !== "DISABLE" && !tls.sni;
  return { autoSni, autoSanValidation: autoSni && tls.subjectAltNames.length === 0 && isVerified(tls) };
}

/** Undefined: plain text. */
export function transportSocket(
  { tls, proxyProtocol }: PortPolicy,
  serviceNames: readonly string[],
  speaksHttp2: boolean,
): SocketInit | undefined {
  const socket: SocketInit | undefined =
    tls === undefined || tls.mode === "DISABLE"
      ? undefined
      : {
          name: "envoy.transport_sockets.tls",
          typedConfig: packAny(
            "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            upstreamTls({ settings: tls, serviceNames, speaksHttp2 }),
          ),
        };
  if (proxyProtocol === undefined) return socket;
  return {
    name: "envoy.transport_sockets.upstream_proxy_protocol",
    typedConfig: packAny("envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport", {
      config: { version: enumValue("envoy.config.core.v3.ProxyProtocolConfig.Version", proxyProtocol.version) },
      transportSocket: socket ?? {
        name: "envoy.transport_sockets.raw_buffer",
        typedConfig: packAny("envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer", {}),
      },
    }),
  };
}
