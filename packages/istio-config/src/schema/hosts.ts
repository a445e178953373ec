/** Names of hosts, ports, namespaces and labels. */
import type { RuleId } from "../rules.ts";
import { describe } from "./issues.ts";
import { isIpAddress } from "./addresses.ts";
import { checked, text, type Schema, type Verdict } from "./scalars.ts";

/** Istio lets labels have upper case, as Java's packages and interfaces do. */
const label = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;
const lowerCaseLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const wildcardLabel = /^(?:\*|(?:\*-?)?[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)$/;
/** `com.acme.EchoService`, `com.acme.Outer$Inner`, `com.acme.user_center.UserFacade`. */
const interfaceName = /^(?:[a-z_][\w$]*\.)+[A-Z_$][\w$]*$/;

export function isLabel(value: string): boolean {
  return label.test(value);
}

export function isLowerCaseLabel(value: string): boolean {
  return lowerCaseLabel.test(value);
}

/** A full or short name without wildcards. */
export function isHostName(value: string): boolean {
  if (value.length === 0 || value.length > 255) return false;
  return interfaceName.test(value) || areLabels(value.split("."));
}

/** Also with a wildcard in the first label: `*`, `*.example.com`, `*-canary.example.com`. */
export function isWildcardHostName(value: string): boolean {
  if (value.length === 0 || value.length > 255) return false;
  if (interfaceName.test(value)) return true;
  const [first = "", ...others] = value.split(".");
  if (!wildcardLabel.test(first)) return false;
  return others.length === 0 || areLabels(others) || (first === "*" && interfaceName.test(others.join(".")));
}

/** The last label may be empty (`example.com.`), and is not all digits: that would be an IP address. */
function areLabels(labels: readonly string[]): boolean {
  const last = labels.at(-1) ?? "";
  if (/^\d+$/.test(last)) return false;
  const significant = last === "" ? labels.slice(0, -1) : labels;
  return significant.length > 0 && significant.every((part) => label.test(part));
}

export function hostVerdict(value: string): Verdict {
  return isWildcardHostName(value) ? undefined : `must be a host name, but is ${describe(value)}`;
}

/** A host, maybe with a wildcard. */
export const wildcardHost: Schema<string> = checked(text, "host/syntax", hostVerdict);

/** Whether a wildcard covers part of a label. */
export function hasPartialWildcard(host: string): boolean {
  return host.includes("*") && host !== "*" && !host.startsWith("*.");
}

/** Whether every name that `inner` covers is covered by `outer`: Istio's host.Name.SubsetOf. */
export function covers(outer: string, inner: string): boolean {
  if (!outer.startsWith("*")) return outer === inner;
  return (inner.startsWith("*") ? inner.slice(1) : inner).endsWith(outer.slice(1));
}

/** What is wrong with a host of a gateway's server, or of a Sidecar's egress listener, without its namespace. */
export function fullHostVerdict(host: string, allowsAddresses: boolean): Verdict {
  if (allowsAddresses && isIpAddress(host)) return undefined;
  if (host !== "*" && !host.includes(".")) return "must be a full name: short names do not work here";
  if (!isWildcardHostName(host)) return `must be a host name, but is ${describe(host)}`;
  return hasPartialWildcard(host) ? "must have its wildcard as a whole label: *.example.com" : undefined;
}

export const namespace: Schema<string> = named("metadata/namespace", "a namespace", isLowerCaseLabel);

export const subsetName: Schema<string> = named("virtual-service/subset-name", "a DNS label", isLabel);

export const portName: Schema<string> = named("port/name", "a DNS label", isLabel);

function named(rule: RuleId, what: string, test: (value: string) => boolean): Schema<string> {
  return checked(text, rule, (value) => (test(value) ? undefined : `must be ${what}, but is ${describe(value)}`));
}
