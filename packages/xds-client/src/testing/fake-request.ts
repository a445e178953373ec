import type { Message } from "@mesh/xds-proto";

/** A request as the fake control plane saw it. */
export interface FakeRequest {
  /** The number of the stream, from 1. */
  readonly stream: number;
  /** The stream's method. */
  readonly path: string;
  readonly protocol: "sotw" | "delta";
  readonly typeUrl: string;
  /** `ack` and `nack` answer a response; `request` is any other. */
  readonly kind: "request" | "ack" | "nack";
  /** State of the world: all names. Delta: those subscribed to with this request. */
  readonly names: readonly string[];
  /** Delta only. */
  readonly unsubscribed: readonly string[];
  /** Delta only: `initial_resource_versions`. */
  readonly initialVersions: Readonly<Record<string, string>>;
  /** State of the world only: `version_info`. */
  readonly version: string;
  readonly nonce: string;
  /** `error_detail.message` of a NACK; otherwise empty. */
  readonly error: string;
  /** The node's id; undefined where the request has no node. */
  readonly nodeId: string | undefined;
  readonly node: Message<"envoy.config.core.v3.Node"> | undefined;
}
