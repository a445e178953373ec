import type { ServiceIndex } from "../hub/index.ts";
import type { MeshService } from "../model/index.ts";
import { isVisibleTo } from "../rules/index.ts";

/** The services that a namespace may see, each host once. */
export interface VisibleServices {
  /** Sorted by host. */
  readonly all: readonly MeshService[];
  find(host: string): MeshService | undefined;
}

const byIndex = new WeakMap<ServiceIndex, Map<string, VisibleServices>>();

/** Namespaces that see the same share one. */
export function visibleServices(index: ServiceIndex, namespace: string): VisibleServices {
  let byNamespace = byIndex.get(index);
  if (byNamespace === undefined) {
    byNamespace = new Map();
    byIndex.set(index, byNamespace);
  }
  const key = dependsOnNamespace(index) ? namespace : "";
  let visible = byNamespace.get(key);
  if (visible === undefined) {
    visible = visibleOf(index, namespace);
    byNamespace.set(key, visible);
  }
  return visible;
}

function dependsOnNamespace(index: ServiceIndex): boolean {
  return index.all.some(({ visibility, hostname }) => visibility !== "all" || index.of(hostname).length > 1);
}

function visibleOf(index: ServiceIndex, namespace: string): VisibleServices {
  const byHost = new Map<string, MeshService>();
  for (const service of index.all) {
    if (!isVisibleTo(service.visibility, namespace)) continue;
    const key = service.hostname.toLowerCase();
    const known = byHost.get(key);
    if (known === undefined || isPreferred(service, known, namespace)) byHost.set(key, service);
  }
  return { all: [...byHost.values()], find: (host) => byHost.get(host.toLowerCase()) };
}

/** Of two that have one host: that of the caller's namespace, else the older one. */
function isPreferred(service: MeshService, known: MeshService, namespace: string): boolean {
  if (known.namespace === namespace) return false;
  return service.namespace === namespace || service.createdAtMs < known.createdAtMs;
}
