import { fail } from "../config/index.ts";
import { oneOf } from "./operator.ts";
import type { Operator, OperatorContext } from "./operator.ts";
import type { StreamInfo } from "./stream-info.ts";

type Source = (info: StreamInfo, namespace: string) => unknown;

const dynamic: Source = (info, namespace) => info.dynamicMetadata?.get(namespace);

/** Envoy's `METADATA(TYPE:NAMESPACE:KEY…)`. */
const sources = {
  DYNAMIC: dynamic,
  LISTENER: (info, namespace) => info.listenerMetadata?.[namespace],
  LISTENER_FILTER_CHAIN: (info, namespace) => info.filterChainMetadata?.[namespace],
  CLUSTER: (info, namespace) => info.clusterMetadata?.[namespace],
  ROUTE: (info, namespace) => info.routeMetadata?.[namespace],
  UPSTREAM_HOST: (info, namespace) => info.upstreamMetadata?.[namespace],
  VIRTUAL_HOST: (info, namespace) => info.virtualHostMetadata?.[namespace],
} as const satisfies Record<string, Source>;

const sourceNames = Object.keys(sources) as (keyof typeof sources)[]; // the keys of a constant are its keys

/** `NAMESPACE`, `NAMESPACE:KEY` or a longer path: objects are passed through by own members only. */
function lookUp(argument: string, { name, path }: OperatorContext, source: Source): (info: StreamInfo) => unknown {
  const [namespace = "", ...keys] = argument.split(":");
  if (namespace === "") fail(path, `%${name}(…)% needs a namespace`);
  return (info) => {
    let value = source(info, namespace);
    for (const key of keys) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
      value = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
    }
    return value ?? undefined;
  };
}

const of = (source: Source): Operator => ({
  argument: "required",
  truncates: true,
  compile: (argument = "", context) => lookUp(argument, context, source),
});

export const metadataOperators: Readonly<Record<string, Operator>> = {
  DYNAMIC_METADATA: of(dynamic),
  CLUSTER_METADATA: of(sources.CLUSTER),
  UPSTREAM_METADATA: of(sources.UPSTREAM_HOST),
  METADATA: {
    argument: "required",
    truncates: true,
    compile: (argument = "", context) => {
      const colon = argument.indexOf(":");
      const type = oneOf(colon < 0 ? argument : argument.slice(0, colon), sourceNames, context);
      return lookUp(colon < 0 ? "" : argument.slice(colon + 1), context, sources[type]);
    },
  },
};
