/** Rules about a resource that need its name or namespace beside its spec. */
import type { IstioConfig } from "../kinds/index.ts";
import { isLowerCaseLabel } from "./hosts.ts";
import { describe, type Report } from "./issues.ts";

/** `metadata` is reported with a path from the resource's root, as everything here. */
export function checkResource(config: IstioConfig, report: Report): void {
  const { kind, spec, namespace } = config;
  if (kind === "Gateway" && !isLowerCaseLabel(config.name)) {
    report(["metadata", "name"], "gateway/name", `must be a DNS label for a Gateway, but is ${describe(config.name)}`);
  }
  if (kind !== "VirtualService" && kind !== "DestinationRule" && kind !== "ServiceEntry") return;
  checkExportTo(spec.exportTo, namespace, kind === "ServiceEntry", report);
  if (kind !== "DestinationRule" || spec.workloadSelector === undefined) return;
  if (spec.exportTo.some((entry) => entry !== "." && entry !== namespace)) {
    report(["spec", "exportTo"], "destination-rule/selector-export", "must be the own namespace only, where there is a workloadSelector");
  }
}

function checkExportTo(entries: readonly string[], namespace: string, canBeNobody: boolean, report: Report): void {
  const spaces = entries.map((entry) => (entry === "." ? namespace : entry));
  for (const [index, space] of spaces.entries()) {
    const path = ["spec", "exportTo", index];
    if (spaces.indexOf(space) < index) report(path, "export-to/duplicate", `${entries[index]} must be there once only`);
    if (space === "~" && !canBeNobody) report(path, "export-to/value", "must not be ~: that is for ServiceEntries");
    else if ((space === "~" || space === "*") && entries.length > 1) report(path, "export-to/alone", `${space} must stand alone`);
  }
}
