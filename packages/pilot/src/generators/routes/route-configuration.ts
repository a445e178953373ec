import type { Resource } from "@mesh/xds-server";
import { boundedGet } from "./dependencies.ts";
import type { VirtualHostPart } from "./virtual-host.ts";
import { encodeRouteConfiguration } from "./wire.ts";

/** What a RouteConfiguration was put together from; as long as somebody uses it. */
const partsOf = new WeakMap<Resource, readonly VirtualHostPart[]>();
/** By their first virtual host, then by name. */
const known = new WeakMap<VirtualHostPart, Map<string, WeakRef<Resource>[]>>();
const keptPerName = 32;

/** A RouteConfiguration of these virtual hosts: the same resource for all proxies with the same ones, as long as one of them has it. */
export function routeConfigurationOf(name: string, parts: readonly VirtualHostPart[], ignoresPort: boolean): Resource {
  const [first] = parts;
  if (first === undefined) return encodeRouteConfiguration(name, parts, ignoresPort);
  const references = boundedGet(known, first, ignoresPort ? name : `${name} with ports`);
  for (let index = references.length - 1; index >= 0; index--) {
    const resource = references[index]?.deref();
    if (resource === undefined) references.splice(index, 1);
    else if (sameParts(partsOf.get(resource), parts)) return resource;
  }
  const resource = encodeRouteConfiguration(name, parts, ignoresPort);
  partsOf.set(resource, parts);
  references.push(new WeakRef(resource));
  if (references.length > keptPerName) references.shift();
  return resource;
}

const sameParts = (a: readonly VirtualHostPart[] | undefined, b: readonly VirtualHostPart[]): boolean =>
  a !== undefined && a.length === b.length && a.every((part, index) => part === b[index]);
