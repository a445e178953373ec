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
  /** What a proxy cannot have, for people. */
  readonly problems: readonly string[];
}

const called = new WeakMap<object, Listeners>();
const own = new WeakMap<object, readonly Resource[]>();
const all = new WeakMap<object, Listeners>();

function remembered<Value>(values: WeakMap<object, Value>, { shape }: ProxyScope, make: () => Value): Value {
  let value = values.get(shape);
  if (value === undefined) {
    value = make();
    values.set(shape, value);
  }
  return value;
}

/** Those of what is called; of a router and of a gRPC library all. */
export function calledListenersOf(proxyScope: ProxyScope): Listeners {
  const scope = proxyScope.common ?? proxyScope;
  return remembered(called, scope, () => {
    if (scope.proxy.type === "grpc") return { resources: grpcListenersOf(scope), conflicts: [], problems: [] };
    if (scope.proxy.type === "router") return { ...gatewayListenersOf(scope), conflicts: [] };
    const outbound = new OutboundListeners(scope);
    return { resources: outbound.build(), conflicts: outbound.conflicts, problems: outbound.problems };
  });
}

/** Those for who calls a sidecar's application. Where one of them has the name of another, it goes before that. */
export const ownListenersOf = (scope: ProxyScope): readonly Resource[] =>
  remembered(own, scope, () => (scope.proxy.type === "sidecar" ? inboundListenersOf(scope) : []));

/** The listeners of a proxy (LDS), under Istio's names. */
export const listenersOf = (scope: ProxyScope): Listeners =>
  remembered(all, scope, () => {
    const { resources, ...rest } = calledListenersOf(scope);
    const byName = new Map<string, Resource>();
    for (const resource of [...ownListenersOf(scope), ...resources]) if (!byName.has(resource.name)) byName.set(resource.name, resource);
    return { ...rest, resources: [...byName.values()] };
  });
