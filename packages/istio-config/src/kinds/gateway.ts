import type { Labels, Port } from "./common.ts";

/** Istio: networking.istio.io Gateway. */
export interface GatewaySpec {
  readonly selector: Labels;
  readonly servers: readonly GatewayServer[];
}

export interface GatewayServer {
  readonly port: GatewayPort;
  /** Absent: all addresses. An IP address, or `unix:///path`. */
  readonly bind?: string;
  /** Host names, with `*` in front at most, each with a namespace before a slash or without: `shop/*.example.com`, `./a.com`, `*`. */
  readonly hosts: readonly string[];
  readonly tls?: ServerTlsSettings;
  readonly name?: string;
}

/** A port of a gateway has a name and a protocol. */
export interface GatewayPort extends Port {
  readonly name: string;
  readonly protocol: NonNullable<Port["protocol"]>;
}

export type TlsProtocol = "TLSV1_0" | "TLSV1_1" | "TLSV1_2" | "TLSV1_3";

export interface ServerTlsSettings {
  /** Plain HTTP is answered with 301 to https. */
  readonly httpsRedirect: boolean;
  readonly mode: "MUTUAL" | "PASSTHROUGH" | "SIMPLE";
  /** With SIMPLE and MUTUAL: the path of a PEM file, as the next ones. */
  readonly serverCertificate?: string;
  readonly privateKey?: string;
  /** With MUTUAL. */
  readonly caCertificates?: string;
  readonly caCrl?: string;
  readonly subjectAltNames: readonly string[];
  /** SHA-256 of the client's public key, base64. */
  readonly verifyCertificateSpki: readonly string[];
  /** SHA-256 of the client's certificate, hexadecimal. */
  readonly verifyCertificateHash: readonly string[];
  /** Absent: TLSV1_2. */
  readonly minProtocolVersion?: TlsProtocol;
  readonly maxProtocolVersion?: TlsProtocol;
  readonly cipherSuites: readonly string[];
}
