import { createMessage, type Message } from "@mesh/xds-proto";
import type { Server } from "../server.ts";

/** What Envoy calls the lists of its `/init_dump`. Clusters are among ours alone. */
const parts = ["listener", "cluster"] as const;

/** Envoy's `/init_dump`: what is not in use yet, and what it waits for. `mask` chooses among the lists. */
export function initDump({ clusters, listeners }: Server, mask: string | null): Message<"envoy.admin.v3.UnreadyTargetsDumps"> {
  const wanted = mask === null || mask === "" ? parts : parts.filter((part) => mask.split(",").includes(part));
  const dumps: { readonly name: string; readonly targetNames: readonly string[] }[] = [];
  if (wanted.includes("listener")) {
    for (const { name, awaits } of listeners.warming()) dumps.push({ name: `listener ${name}`, targetNames: awaits });
  }
  if (wanted.includes("cluster")) {
    for (const { message, isWarming } of clusters.dynamic()) {
      if (isWarming) dumps.push({ name: `cluster ${message.name}`, targetNames: ["endpoints and first health checks"] });
    }
  }
  return createMessage("envoy.admin.v3.UnreadyTargetsDumps", {
    unreadyTargetsDumps: dumps.map(({ name, targetNames }) => ({ name, targetNames: [...targetNames] })),
  });
}
