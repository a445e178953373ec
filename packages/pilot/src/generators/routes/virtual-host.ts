import { boundedGet } from "./dependencies.ts";
import type { RouteList } from "./route-list.ts";
import { encodeVirtualHost, type Encoded, type VirtualHostHead } from "./wire.ts";

/** An encoded virtual host. The same object as long as it is the same. */
export interface VirtualHostPart extends Encoded {
  readonly name: string;
}

interface Entry {
  readonly head: VirtualHostHead;
  readonly part: VirtualHostPart;
}

const partsOf = new WeakMap<RouteList, Map<string, Entry[]>>();
/** Namespaces see other short names of a service; conflicts take some away. */
const keptPerName = 16;

/** A virtual host of these routes, encoded once for all RouteConfigurations that have it. */
export function virtualHostOf(head: VirtualHostHead, routes: RouteList): VirtualHostPart {
  const entries = boundedGet(partsOf, routes, head.name);
  for (const entry of entries) if (isSame(entry.head, head)) return entry.part;
  const part = { name: head.name, ...encodeVirtualHost(head, routes.bytes) };
  entries.unshift({ head, part });
  if (entries.length > keptPerName) entries.pop();
  return part;
}

const isSame = (a: VirtualHostHead, b: VirtualHostHead): boolean =>
  a.requiresTls === b.requiresTls && a.includesAttemptCount === b.includesAttemptCount && sameList(a.domains, b.domains);

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
