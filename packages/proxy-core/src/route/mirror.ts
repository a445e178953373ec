import type { Message } from "@mesh/xds-proto";
import { fail, runtimeFraction, type ConfigPath } from "../config/index.ts";
import type { RuntimeFlags, RuntimeNumber } from "../runtime/index.ts";
import type { MirrorPolicy, RoutableRequest } from "./contract.ts";
import type { RouteScope } from "./route-scope.ts";

type MirrorPolicyMessage = Message<"envoy.config.route.v3.RouteAction.RequestMirrorPolicy">;

/** Compiles `request_mirror_policies`. Throws a `ConfigError`. */
export function compileMirrors(messages: readonly MirrorPolicyMessage[], path: ConfigPath, scope: RouteScope): readonly MirrorPolicy[] {
  return messages.map((message, index) => new Mirror(message, path.index(index), scope));
}

class Mirror implements MirrorPolicy {
  readonly marksHost: boolean;
  readonly #fraction: RuntimeNumber | undefined;
  readonly #flags: RuntimeFlags;
  readonly #cluster: string;
  readonly #header: string;

  constructor(message: MirrorPolicyMessage, path: ConfigPath, scope: RouteScope) {
    const { cluster, clusterHeader } = message;
    if ((cluster === "") === (clusterHeader === "")) fail(path, "one of cluster and cluster_header is required");
    if (cluster !== "" && scope.validatesClusters && !scope.clusters.knows(cluster)) {
      fail(path.field("cluster"), `there is no cluster ${JSON.stringify(cluster)}`);
    }
    this.marksHost = !message.disableShadowHostSuffixAppend;
    this.#cluster = cluster;
    this.#header = clusterHeader.toLowerCase();
    this.#fraction = runtimeFraction(message.runtimeFraction, path.field("runtime_fraction"));
    this.#flags = scope.runtime.flags;
  }

  get fraction(): number {
    return this.#fraction === undefined ? 1 : this.#fraction.in(this.#flags.current);
  }

  clusterName(request: RoutableRequest): string {
    return this.#header === "" ? this.#cluster : (request.header(this.#header) ?? "");
  }
}
