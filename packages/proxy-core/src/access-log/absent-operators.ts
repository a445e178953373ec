import { field } from "./operator.ts";
import type { Operator } from "./operator.ts";

const nothing = field(() => undefined);

const names = [
  // What TLS knows: connections are plain, and Envoy writes nothing for plain ones either.
  ..."CIPHER GROUP SESSION_ID VERSION".split(" ").flatMap((part) => [`DOWNSTREAM_TLS_${part}`, `UPSTREAM_TLS_${part}`]),
  ..."DNS_SAN EMAIL_SAN IP_SAN OTHERNAME_SAN SUBJECT URI_SAN".split(" ").map((part) => `DOWNSTREAM_LOCAL_${part}`),
  ..."CERT CHAIN_FINGERPRINTS_1 CHAIN_FINGERPRINTS_256 CHAIN_SERIALS DNS_SAN EMAIL_SAN FINGERPRINT_1 FINGERPRINT_256 IP_SAN ISSUER"
    .split(" ")
    .map((part) => `DOWNSTREAM_PEER_${part}`),
  ..."ISSUER_FINGERPRINT_256 ISSUER_SERIAL OTHERNAME_SAN SERIAL SUBJECT URI_SAN".split(" ").map((part) => `DOWNSTREAM_PEER_${part}`),
  ..."LOCAL_DNS_SAN LOCAL_IP_SAN LOCAL_URI_SAN PEER_CERT PEER_DNS_SAN PEER_IP_SAN PEER_ISSUER PEER_SUBJECT PEER_URI_SAN SERVER_NAME"
    .split(" ")
    .map((part) => `UPSTREAM_${part}`),
  "DOWNSTREAM_TRANSPORT_FAILURE_REASON",
  "DOWNSTREAM_HANDSHAKE_DURATION",
  "TLS_JA3_FINGERPRINT",
  "TLS_JA4_FINGERPRINT",
  // QUIC alone has acknowledgements of its own.
  "ROUNDTRIP_DURATION",
  // Streams are not traced, and virtual clusters are refused.
  "TRACE_ID",
  "SPAN_ID",
  "VIRTUAL_CLUSTER_NAME",
];

const certificateTimes = [
  "DOWNSTREAM_PEER_CERT_V_START",
  "DOWNSTREAM_PEER_CERT_V_END",
  "UPSTREAM_PEER_CERT_V_START",
  "UPSTREAM_PEER_CERT_V_END",
];

/** Operators of Envoy's for what no stream has here: nothing stands in their place, as where Envoy has nothing either. */
export const absentOperators: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(names.map((name) => [name, nothing])),
  ...Object.fromEntries(certificateTimes.map((name) => [name, { argument: "optional", compile: () => () => undefined } as const])),
  // Envoy writes text that is empty, not a place that is: nobody sets flags of their own, and logs are not told of the body.
  CUSTOM_FLAGS: field(() => ""),
  LOCAL_REPLY_BODY: field(() => ""),
};

const kernel = "Node.js does not ask the kernel for it";
const notMeasured = "it is not measured";
const noFilterState = "there is no filter state: use DYNAMIC_METADATA";
const closeReason = "its values are texts of Envoy's own code: use RESPONSE_CODE_DETAILS or RESPONSE_FLAGS";

/** Operators of Envoy's that are refused, and why. */
export const refusedOperators: ReadonlyMap<string, string> = new Map([
  ["BYTES_RETRANSMITTED", kernel],
  ["PACKETS_RETRANSMITTED", kernel],
  ["DOWNSTREAM_CX_RTT", kernel],
  ["ROUTE_RESOLUTION_COUNT", notMeasured],
  ["ROUTE_RESOLUTION_TIME_US", notMeasured],
  ["DOWNSTREAM_LOCAL_CLOSE_REASON", closeReason],
  ["UPSTREAM_LOCAL_CLOSE_REASON", closeReason],
  ["FILTER_STATE", noFilterState],
  ["UPSTREAM_FILTER_STATE", noFilterState],
  ["CEL", "expressions in CEL are not there"],
  ["DYNAMIC_MODULE", "dynamic modules are Envoy's"],
  ["FILE_CONTENT", "files are not read into logs: use ENVIRONMENT"],
  ["SECRET", "secrets are not written to logs"],
]);
