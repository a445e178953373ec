import type { HttpRoute, MeshSettings, TcpRoute, TlsRoute } from "@mesh/istio-config";
import type { Visibility } from "../model/index.ts";

export type { MeshSettings };

/** A VirtualService, with what it delegates put in place. The same object as long as none of its sources changes. */
export interface VirtualServiceRule {
  /** `namespace/name`. */
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  /** As written; may be wildcards. In a scope, short names are completed with the namespace's domain where a service has that name. */
  readonly hosts: readonly string[];
  /** `mesh`, or `namespace/name` of Gateway resources. */
  readonly gateways: readonly string[];
  readonly visibility: Visibility;
  readonly http: readonly HttpRoute[];
  readonly tls: readonly TlsRoute[];
  readonly tcp: readonly TcpRoute[];
  /** Milliseconds since the epoch; 0: not known. Of two for one host the older wins, then the first by id. */
  readonly createdAtMs: number;
}
