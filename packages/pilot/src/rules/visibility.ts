import type { Visibility } from "../model/index.ts";

/**
 * Who sees a configuration of a namespace (`exportTo`: `.` its own, `*` all, `~` nobody, else a namespace).
 *
 * @param fallback - what the mesh says where the configuration says nothing
 */
export function visibilityOf(exportTo: readonly string[], fallback: readonly string[], namespace: string): Visibility {
  const effective = exportTo.length > 0 ? exportTo : fallback;
  if (effective.length === 0 || effective.includes("*")) return "all";
  return new Set(effective.flatMap((each) => (each === "~" ? [] : [each === "." ? namespace : each])));
}

export const isVisibleTo = (visibility: Visibility, namespace: string): boolean => visibility === "all" || visibility.has(namespace);
