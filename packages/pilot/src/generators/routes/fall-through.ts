import type { ProxyScope } from "../../scope/index.ts";
import { allowAnyName, blockAllName, passthroughCluster } from "../names.ts";
import { encodeRoute, type RouteList } from "./route-list.ts";
import { timeoutOf } from "./route.ts";
import type { RouteFeatures } from "./features.ts";
import { virtualHostOf, type VirtualHostPart } from "./virtual-host.ts";

/** Istio: what nobody knows is answered with it where only the registry's hosts may be called. */
const blockedStatus = 502;

const lists = new Map<string, RouteList>();

/** The virtual host of requests for hosts that nobody knows. */
export function fallThroughOf({ outboundPolicy }: ProxyScope, features: RouteFeatures): VirtualHostPart {
  const name = outboundPolicy === "allow-any" ? allowAnyName : blockAllName;
  const key = `${name} ${features.id}`;
  let list = lists.get(key);
  if (list === undefined) {
    const action =
      outboundPolicy === "allow-any"
        ? { route: { cluster: passthroughCluster, ...timeoutOf(0, features) } }
        : { directResponse: { status: blockedStatus } };
    list = { bytes: [encodeRoute({ name, match: { prefix: "/" }, ...action })], endsWithCatchAll: true };
    lists.set(key, list);
  }
  return virtualHostOf({ name, domains: ["*"], requiresTls: false, includesAttemptCount: true }, list);
}
