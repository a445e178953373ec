import type { PeerCertificate } from "node:tls";
import type { Message } from "@mesh/xds-proto";
import type { ResourceSet } from "../resource/resource.ts";

/** Who has opened a stream. */
export interface ClientInfo {
  /** Of the stream, in this server: the node's id and a number. */
  readonly id: string;
  /** As its first request told. Later requests are not asked for it: the protocol lets them leave it out, and not change it. */
  readonly node: Message<"envoy.config.core.v3.Node">;
  /** Its address, as gRPC gives it: `10.0.0.7:41234`. */
  readonly peer: string;
  readonly protocol: "sotw" | "delta";
  /** The stream's metadata (HTTP/2 headers), texts only, names in lower case. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The certificate that the client has shown; undefined without TLS, and where it has shown none. */
  readonly certificate: PeerCertificate | undefined;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
}

/** What one client is to have. */
export interface ClientResources {
  /**
   * The resources of a type that the client may see, of which it is given what it subscribes to. Asked for each request and push, so it
   * must be cheap; alike clients are to be given the same object. Undefined: the type is not served to it, for now; the client waits.
   */
  resources(typeUrl: string): ResourceSet | undefined;
  /** The stream has ended. */
  close(): void;
}

/** Where resources come from. */
export interface ResourceSource {
  /**
   * A client's first request has come. Throws (or rejects with) a `refusal` for one that is not served; anything else thrown ends the
   * stream with INTERNAL. Requests wait for a promise.
   */
  open(client: ClientInfo): ClientResources | Promise<ClientResources>;
}
