import type { ClusterManager } from "../cluster/index.ts";
import type { ConfigPath, ExtensionSet, ProblemList } from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { LimitedField } from "./contract.ts";

/** What routes are compiled with. A `NetworkFilterContext` is one. */
export interface RouteContext {
  /** Clusters that routes name must be there, unless `validate_clusters` says otherwise. */
  readonly clusters: Pick<ClusterManager, "knows">;
  readonly extensions: ExtensionSet;
  /** In its `flags` are the values that runtime keys have. */
  readonly runtime: Pick<Runtime, "flags">;
}

/** What the parts of one route table share while it is compiled. */
export interface RouteScope extends RouteContext {
  readonly validatesClusters: boolean;
  readonly maxDirectResponseBytes: number;
  readonly mostSpecificMutationsWin: boolean;
  readonly problems: ProblemList;
  readonly httpOnly: LimitedField[];
}

/** Notes a field that means nothing to other protocols than HTTP. */
export function noteHttpOnly(scope: RouteScope, path: ConfigPath, message: string): void {
  scope.httpOnly.push({ path: String(path), message });
}
