import type { ProxyProfile } from "../../proxy/index.ts";

/** What listeners for one kind of proxy may say. */
export interface ListenerFeatures {
  readonly id: string;
  readonly cors: boolean;
  /** It speaks TLS to callers, and reads the names in a TLS greeting. */
  readonly tls: boolean;
  readonly tlsInspector: boolean;
  readonly httpInspector: boolean;
  /** Clusters that lead to where the caller has dialled. */
  readonly originalDestination: boolean;
  /** RpcProxy. */
  readonly rpc: boolean;
}

const envoyFeatures: ListenerFeatures = {
  id: "envoy",
  cors: true,
  tls: true,
  tlsInspector: true,
  httpInspector: true,
  originalDestination: true,
  rpc: false,
};

/** What docs/reference/config-compatibility.md does not reject. */
const mosnFeatures: ListenerFeatures = {
  id: "mosn",
  cors: true,
  tls: false,
  tlsInspector: true,
  httpInspector: true,
  originalDestination: true,
  rpc: true,
};

export const featuresOf = ({ dialect }: ProxyProfile): ListenerFeatures => (dialect === "mosn" ? mosnFeatures : envoyFeatures);
