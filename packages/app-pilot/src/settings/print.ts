import { formatTable } from "../table.ts";
import type { ResolvedSetting } from "./resolve.ts";

/** A line for each setting: what it is, and who said so. */
export function formatOrigins(origins: readonly ResolvedSetting[]): string {
  return formatTable(
    ["SETTING", "VALUE", "FROM"],
    origins.map(({ name, value, from }) => [name, value, from]),
  );
}
