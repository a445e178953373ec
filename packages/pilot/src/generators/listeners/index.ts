import type { Resource } from "@mesh/xds-server";
import type { ProxyScope } from "../../scope/index.ts";
import { gatewayListenersOf } from "./gateway.ts";
import { grpcListenersOf } from "./grpc.ts";
import { inboundListenersOf } from "./inbound.ts";
import { OutboundListeners, type ListenerConflict } from "./outbound.ts";

export type { ListenerConflict };

export interface Listeners {
  /** Names are unique. */
  readonly resources: readonly Resource[];
  readonly conflicts: readonly ListenerConflict[];
  /** What a router cannot have, for people. */
  readonly problems: readonly string[];
}

const made = new WeakMap<object, Listeners>();

/** The listeners of a proxy (LDS), under Istio's names. */
export function listenersOf(scope: ProxyScope): Listeners {
  let listeners = made.get(scope.shape);
  if (listeners === undefined) {
    listeners = build(scope);
    made.set(scope.shape, listeners);
  }
  return listeners;
}

function build(scope: ProxyScope): Listeners {
  if (scope.proxy.type === "grpc") return { resources: grpcListenersOf(scope), conflicts: [], problems: [] };
  if (scope.proxy.type === "router") return { ...gatewayListenersOf(scope), conflicts: [] };
  const outbound = new OutboundListeners(scope);
  const byName = new Map<string, Resource>();
  for (const resource of [...inboundListenersOf(scope), ...outbound.build()])
    if (!byName.has(resource.name)) byName.set(resource.name, resource);
  return { resources: [...byName.values()], conflicts: outbound.conflicts, problems: [] };
}
