import { http1Detector } from "@mesh/codec-http1";
import type { Counter, StatsScope } from "../../stats/index.ts";
import type { AcceptedConnection } from "../accepted.ts";
import type { InspectResult, ListenerFilter, ListenerFilterExtension } from "../listener-filter.ts";

/** Envoy's HTTP inspector: tells `http/1.0`, `http/1.1` and `h2c` for the `application_protocols` of filter chains. */
export const httpInspectorFilter: ListenerFilterExtension = {
  name: "envoy.filters.listener.http_inspector",
  category: "envoy.filters.listener",
  messageName: "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector",
  fields: undefined,
  create: (_extension, { rootStats }) => new HttpInspector(rootStats),
};

/** As Envoy: a request line may have 64 KiB. */
const maxLineBytes = 64 * 1024;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** RFC 9113 §3.4. */
const http2Preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
const http10 = Buffer.from(" HTTP/1.0", "latin1");
const http11 = Buffer.from(" HTTP/1.1", "latin1");

/** What the first bytes are, by the names of ALPN; undefined: not HTTP. */
type Verdict = "http/1.0" | "http/1.1" | "h2c" | "more" | undefined;

class HttpInspector implements ListenerFilter {
  readonly maxBytes: number = maxLineBytes;
  readonly #found: Readonly<Record<"http/1.0" | "http/1.1" | "h2c", Counter>>;
  readonly #notFound: Counter;

  constructor(stats: StatsScope) {
    const scope = stats.scope("http_inspector");
    this.#found = {
      "http/1.0": scope.counter("http10_found"),
      "http/1.1": scope.counter("http11_found"),
      h2c: scope.counter("http2_found"),
    };
    this.#notFound = scope.counter("http_not_found");
  }

  inspect(accepted: AcceptedConnection, bytes: Buffer): InspectResult {
    // What is encrypted shows no protocol.
    if (accepted.transportProtocol !== "raw_buffer") return { kind: "done", consumed: 0 };
    // Another inspector knows already.
    if (accepted.applicationProtocols.length > 0) return { kind: "done", consumed: 0 };
    const verdict = inspectHttp(bytes);
    if (verdict === "more" && bytes.length < maxLineBytes) return { kind: "more", needed: bytes.length + 1 };
    if (verdict === undefined || verdict === "more") {
      this.#notFound.inc();
    } else {
      this.#found[verdict].inc();
      accepted.applicationProtocols = [verdict];
    }
    return { kind: "done", consumed: 0 };
  }
}

function inspectHttp(bytes: Buffer): Verdict {
  const start = bytes.subarray(0, http2Preface.length);
  if (start.equals(http2Preface.subarray(0, start.length))) return start.length < http2Preface.length ? "more" : "h2c";
  const detection = http1Detector.detect(bytes);
  if (detection === "more") return "more";
  if (detection === "mismatch") return undefined;
  const end = bytes.indexOf(lineFeed);
  if (end < 0) return "more";
  const line = bytes.subarray(0, bytes[end - 1] === carriageReturn ? end - 1 : end);
  const version = line.subarray(-http11.length);
  if (version.equals(http11)) return "http/1.1";
  return version.equals(http10) ? "http/1.0" : undefined;
}
