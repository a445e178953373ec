import { enumValue, type Message } from "@mesh/xds-proto";
import type { Counter, StatsScope } from "../../stats/index.ts";
import type { AcceptedConnection } from "../accepted.ts";
import type { InspectResult, ListenerFilter, ListenerFilterExtension } from "../listener-filter.ts";
import { maxProxyHeaderBytes, readProxyHeader, type ProxyHeaderVersion } from "./proxy-header.ts";

const messageName = "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";
const versionEnum = "envoy.config.core.v3.ProxyProtocolConfig.Version";

/** Envoy's PROXY protocol filter: the header says where a connection came from and where it was going. Its TLVs are passed over. */
export const proxyProtocolFilter: ListenerFilterExtension = {
  name: "envoy.filters.listener.proxy_protocol",
  category: "envoy.filters.listener",
  messageName,
  fields: undefined,
  create: (extension, { rootStats }) => new ProxyProtocolFilter(extension.as(messageName), rootStats),
};

class VersionStats {
  readonly found: Counter;
  readonly disallowed: Counter;
  readonly error: Counter;

  constructor(scope: StatsScope, version: string) {
    const own = scope.scope(`versions.${version}`, "versions", { "envoy.proxy_protocol_version": version });
    this.found = own.counter("found");
    this.disallowed = own.counter("disallowed");
    this.error = own.counter("error");
  }
}

const bothVersions: ReadonlySet<ProxyHeaderVersion> = new Set<ProxyHeaderVersion>([1, 2]);

class ProxyProtocolFilter implements ListenerFilter {
  readonly maxBytes: number = maxProxyHeaderBytes;
  readonly #allowed: ReadonlySet<ProxyHeaderVersion>;
  readonly #lookedFor: ReadonlySet<ProxyHeaderVersion>;
  readonly #mayBeAbsent: boolean;
  readonly #versions: Readonly<Record<ProxyHeaderVersion, VersionStats>>;
  readonly #notFoundAllowed: Counter;
  readonly #notFoundDisallowed: Counter;

  constructor(message: Message<typeof messageName>, stats: StatsScope) {
    const { allowRequestsWithoutProxyProtocol, disallowedVersions, statPrefix } = message;
    const disallowed = disallowedVersions.map((version): ProxyHeaderVersion => (version === enumValue(versionEnum, "V1") ? 1 : 2));
    this.#allowed = new Set([...bothVersions].filter((version) => !disallowed.includes(version)));
    this.#mayBeAbsent = allowRequestsWithoutProxyProtocol;
    // Envoy: where the header may be absent, one of a version that is not allowed is taken for the connection's own bytes.
    this.#lookedFor = this.#mayBeAbsent ? this.#allowed : bothVersions;
    const scope =
      statPrefix === ""
        ? stats.scope("proxy_proto")
        : stats.scope(`proxy_proto.${statPrefix}`, "proxy_proto", { "envoy.proxy_protocol_prefix": statPrefix });
    this.#versions = { 1: new VersionStats(scope, "v1"), 2: new VersionStats(scope, "v2") };
    this.#notFoundAllowed = scope.counter("not_found_allowed");
    this.#notFoundDisallowed = scope.counter("not_found_disallowed");
  }

  inspect(accepted: AcceptedConnection, bytes: Buffer): InspectResult {
    const header = readProxyHeader(bytes, this.#lookedFor);
    switch (header.kind) {
      case "more":
        return header;
      case "none":
        if (this.#mayBeAbsent) {
          this.#notFoundAllowed.inc();
          return { kind: "done", consumed: 0 };
        }
        this.#notFoundDisallowed.inc();
        return { kind: "reject", reason: "it does not begin with a PROXY protocol header" };
      case "malformed":
        this.#versions[header.version].error.inc();
        return { kind: "reject", reason: `malformed PROXY protocol header of version ${header.version}: ${header.reason}` };
      case "header": {
        const stats = this.#versions[header.version];
        if (!this.#allowed.has(header.version)) {
          stats.disallowed.inc();
          return { kind: "reject", reason: `the PROXY protocol's version ${header.version} is not allowed` };
        }
        stats.found.inc();
        if (header.source !== undefined) accepted.remote = header.source;
        if (header.destination !== undefined) accepted.restoreLocal(header.destination);
        return { kind: "done", consumed: header.length };
      }
    }
  }
}
