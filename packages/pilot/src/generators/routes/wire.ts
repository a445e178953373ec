import { hash } from "node:crypto";
import { typeUrl } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";

/**
 * RouteConfigurations put together from encoded parts. A message inside another one is its bytes with a tag and a length in front (protobuf:
 * encoding, length-delimited fields), so a change of one virtual host costs that virtual host and a copy of the others' bytes.
 */
const lengthDelimited = 2;
const varint = 0;

/** Fields of envoy.config.route.v3.VirtualHost. */
const virtualHostField = { name: 1, domains: 2, routes: 3, requireTls: 4, includeRequestAttemptCount: 14 } as const;
/** Fields of envoy.config.route.v3.RouteConfiguration. */
const configurationField = {
  name: 1,
  virtualHosts: 2,
  validateClusters: 7,
  maxDirectResponseBodySizeBytes: 11,
  ignorePortInHostMatching: 14,
} as const;
const anyField = { typeUrl: 1, value: 2 } as const;
/** Of UInt32Value and BoolValue. */
const wrappedValue = 1;
/** envoy.config.route.v3.VirtualHost.TlsRequirementType.ALL */
const requireTlsAll = 2;

const lengthOfVarint = (value: number): number => {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
};

const tagOf = (field: number, type: number): number => (field << 3) | type;
const delimitedLength = (field: number, length: number): number =>
  lengthOfVarint(tagOf(field, lengthDelimited)) + lengthOfVarint(length) + length;

/** Writes into bytes of a length that is known beforehand. */
class Writer {
  readonly bytes: Uint8Array;
  #offset = 0;

  constructor(length: number) {
    // All of it is written: no need to clear it first.
    this.bytes = Buffer.allocUnsafeSlow(length);
  }

  /** The tag and the length of a message whose fields follow. */
  open(field: number, length: number): void {
    this.#varint(tagOf(field, lengthDelimited));
    this.#varint(length);
  }

  number(field: number, value: number): void {
    this.#varint(tagOf(field, varint));
    this.#varint(value);
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  delimited(field: number, bytes: Uint8Array): void {
    this.open(field, bytes.length);
    this.raw(bytes);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.bytes[this.#offset++] = (rest % 0x80) | 0x80;
    this.bytes[this.#offset++] = rest;
  }
}

const utf8 = new TextEncoder();

/** What a virtual host says beside its routes. */
export interface VirtualHostHead {
  /** Unique within the RouteConfiguration. */
  readonly name: string;
  /** At least one. */
  readonly domains: readonly string[];
  /** Plain HTTP is answered with a redirect to https. */
  readonly requiresTls: boolean;
  readonly includesAttemptCount: boolean;
}

/** An encoded message. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** Of the bytes; binary. */
  readonly digest: string;
}

/** An envoy.config.route.v3.VirtualHost of encoded routes. */
export function encodeVirtualHost(head: VirtualHostHead, routes: readonly Uint8Array[]): Encoded {
  const name = utf8.encode(head.name);
  const domains = head.domains.map((domain) => utf8.encode(domain));
  let length = delimitedLength(virtualHostField.name, name.length);
  for (const domain of domains) length += delimitedLength(virtualHostField.domains, domain.length);
  for (const route of routes) length += delimitedLength(virtualHostField.routes, route.length);
  if (head.requiresTls) length += 2;
  if (head.includesAttemptCount) length += 2;
  const writer = new Writer(length);
  writer.delimited(virtualHostField.name, name);
  for (const domain of domains) writer.delimited(virtualHostField.domains, domain);
  for (const route of routes) writer.delimited(virtualHostField.routes, route);
  if (head.requiresTls) writer.number(virtualHostField.requireTls, requireTlsAll);
  if (head.includesAttemptCount) writer.number(virtualHostField.includeRequestAttemptCount, 1);
  return { bytes: writer.bytes, digest: hash("sha1", writer.bytes, "binary") };
}

/** Istio: direct responses may be as large as its validation lets them be, 1 MiB, where Envoy alone has 4 KiB. */
export const maxDirectResponseBytes: number = 1024 * 1024;

const typeUrlBytes = utf8.encode(typeUrl("envoy.config.route.v3.RouteConfiguration"));
/** `validate_clusters: false`: clusters may come later than routes that lead to them. */
const noClusterValidation = 0;

/**
 * A RouteConfiguration as the xDS server sends it, of encoded virtual hosts. Its version is a digest of their digests, so that half a megabyte
 * need not be read for one of a thousand virtual hosts.
 */
export function encodeRouteConfiguration(name: string, virtualHosts: readonly Encoded[], ignoresPort: boolean): Resource {
  const nameBytes = utf8.encode(name);
  const largestBody = 1 + lengthOfVarint(maxDirectResponseBytes);
  let length = delimitedLength(configurationField.name, nameBytes.length);
  let digests = `${name} ${ignoresPort}`;
  for (const { bytes, digest } of virtualHosts) {
    length += delimitedLength(configurationField.virtualHosts, bytes.length);
    digests += digest;
  }
  length += delimitedLength(configurationField.validateClusters, noClusterValidation);
  length += delimitedLength(configurationField.maxDirectResponseBodySizeBytes, largestBody);
  if (ignoresPort) length += 2;
  const writer = new Writer(delimitedLength(anyField.typeUrl, typeUrlBytes.length) + delimitedLength(anyField.value, length));
  writer.delimited(anyField.typeUrl, typeUrlBytes);
  writer.open(anyField.value, length);
  writer.delimited(configurationField.name, nameBytes);
  for (const { bytes } of virtualHosts) writer.delimited(configurationField.virtualHosts, bytes);
  writer.open(configurationField.validateClusters, noClusterValidation);
  writer.open(configurationField.maxDirectResponseBodySizeBytes, largestBody);
  writer.number(wrappedValue, maxDirectResponseBytes);
  if (ignoresPort) writer.number(configurationField.ignorePortInHostMatching, 1);
  return { name, version: hash("sha1", Buffer.from(digests, "latin1"), "base64url"), any: writer.bytes };
}
