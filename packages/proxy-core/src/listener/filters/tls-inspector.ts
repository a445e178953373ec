import { wrappedNumber } from "../../config/index.ts";
import type { Counter, Histogram, StatsScope } from "../../stats/index.ts";
import type { AcceptedConnection } from "../accepted.ts";
import type { InspectResult, ListenerFilter, ListenerFilterExtension } from "../listener-filter.ts";
import { readClientHello } from "./client-hello.ts";

const messageName = "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";

/**
 * Envoy's TLS inspector: tells whether a connection begins with a ClientHello, and what it says, for `transport_protocol`, `server_names` and
 * `application_protocols` of filter chains.
 */
export const tlsInspectorFilter: ListenerFilterExtension = {
  name: "envoy.filters.listener.tls_inspector",
  category: "envoy.filters.listener",
  messageName,
  fields: undefined,
  create: (extension, { rootStats }) => {
    const { initialReadBufferSize } = extension.as(messageName);
    wrappedNumber(initialReadBufferSize, extension.path.field("initial_read_buffer_size"), { min: 256, max: 65_536 });
    return new TlsInspector(rootStats);
  },
};

/** As Envoy. */
const maxClientHelloBytes = 16 * 1024;

class TlsInspector implements ListenerFilter {
  // What is more is refused here, and counted.
  readonly maxBytes: number = Infinity;
  readonly #tlsFound: Counter;
  readonly #tlsNotFound: Counter;
  readonly #alpnFound: Counter;
  readonly #alpnNotFound: Counter;
  readonly #sniFound: Counter;
  readonly #sniNotFound: Counter;
  readonly #tooLarge: Counter;
  readonly #bytesProcessed: Histogram;

  constructor(stats: StatsScope) {
    const scope = stats.scope("tls_inspector");
    this.#tlsFound = scope.counter("tls_found");
    this.#tlsNotFound = scope.counter("tls_not_found");
    this.#alpnFound = scope.counter("alpn_found");
    this.#alpnNotFound = scope.counter("alpn_not_found");
    this.#sniFound = scope.counter("sni_found");
    this.#sniNotFound = scope.counter("sni_not_found");
    this.#tooLarge = scope.counter("client_hello_too_large");
    this.#bytesProcessed = scope.histogram("bytes_processed");
  }

  inspect(accepted: AcceptedConnection, bytes: Buffer): InspectResult {
    const result = readClientHello(bytes.subarray(0, maxClientHelloBytes));
    if (result.kind === "more") {
      if (bytes.length < maxClientHelloBytes) return { kind: "more", needed: Math.min(result.needed, maxClientHelloBytes) };
      this.#tooLarge.inc();
      return { kind: "reject", reason: `the ClientHello is longer than ${maxClientHelloBytes} bytes` };
    }
    this.#bytesProcessed.record(Math.min(bytes.length, maxClientHelloBytes));
    if (result.kind === "none") {
      this.#tlsNotFound.inc();
      return { kind: "done", consumed: 0 };
    }
    const { serverName, applicationProtocols } = result.hello;
    this.#tlsFound.inc();
    accepted.transportProtocol = "tls";
    if (serverName === undefined) {
      this.#sniNotFound.inc();
    } else {
      this.#sniFound.inc();
      accepted.serverName = serverName;
    }
    if (applicationProtocols === undefined) {
      this.#alpnNotFound.inc();
    } else {
      this.#alpnFound.inc();
      accepted.applicationProtocols = applicationProtocols;
    }
    return { kind: "done", consumed: 0 };
  }
}
