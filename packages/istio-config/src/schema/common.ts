/** What several messages share: matches, labels, destinations, headers, ports. */
import { RE2JS } from "re2js";
import * as v from "valibot";
import type {
  CaptureMode,
  Destination,
  HeaderOperations,
  Headers,
  Labels,
  Percent,
  PortProtocol,
  PresentMatch,
  StringMatch,
  WorkloadSelector,
} from "../kinds/index.ts";
import { parsePortProtocol } from "../protocol.ts";
import { portName, subsetName, wildcardHost } from "./hosts.ts";
import { describe, isMap, ruleIssue, typeIssue } from "./issues.ts";
import { message, normalisedMessage, type MessageSchema } from "./message.ts";
import {
  checked,
  fraction,
  keyed,
  list,
  map,
  may,
  oneOf,
  port,
  text,
  type OptionalList,
  type OtherVerdict,
  type Schema,
  type Verdict,
} from "./scalars.ts";

/** Istio's own limit, instead of RE2's on the size of the compiled program. */
const maxRegexLength = 1024;

export function regexVerdict(value: string): Verdict {
  if (value === "") return "must not be an empty regular expression";
  if (value.length > maxRegexLength) return `must have at most ${maxRegexLength} characters, but has ${value.length}`;
  try {
    RE2JS.compile(value);
    return undefined;
  } catch (error) {
    return `must be a regular expression of RE2: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export const regex: Schema<string> = checked(text, "schema/regex", regexVerdict);

interface MatchOptions {
  /** `{}`, and the regex `*`, mean that there has to be a value. */
  readonly canBePresent: boolean;
  /** An empty prefix is a mistake, save for paths, where every path has it. */
  readonly canHaveEmptyPrefix: boolean;
}

const matchKinds = ["exact", "prefix", "regex"] as const;

/** StringMatch, a oneof: an empty text counts as set, so it is no `message`. */
function match<Output extends StringMatch | PresentMatch>(
  options: MatchOptions,
  finish: (found: StringMatch | PresentMatch) => Output | undefined,
): Schema<Output> {
  return v._standardSchema<v.BaseSchema<unknown, Output, v.BaseIssue<unknown>>>({
    kind: "schema",
    type: "string_match",
    reference: match,
    expects: "a map with exact, prefix or regex",
    async: false,
    "~run"(dataset, config) {
      const input = dataset.value;
      if (!isMap(input)) return { typed: false, value: input, issues: [typeIssue(input, "a map with exact, prefix or regex", config)] };
      const fail = (
        path: readonly string[],
        rule: "schema/string-match" | "schema/regex" | "schema/type" | "schema/unknown-field",
        words: string,
      ) => ({
        typed: false as const,
        value: input,
        issues: [ruleIssue(input, path, rule, words, config)] as [v.BaseIssue<unknown>],
      });
      const fields = Object.keys(input);
      const unknown = fields.find((field) => !matchKinds.some((kind) => kind === field));
      if (unknown !== undefined) return fail([unknown], "schema/unknown-field", "is no field of StringMatch: give exact, prefix or regex");
      if (fields.length > 1) return fail([], "schema/string-match", `must have one of ${fields.join(", ")}, not several`);
      const found = readMatch(input, options);
      if (typeof found === "object" && "problem" in found) return fail(found.path, found.rule, found.problem);
      const value = finish(found);
      if (value === undefined) return fail([], "schema/string-match", "must have one of exact, prefix and regex");
      return { typed: true, value, issues: undefined };
    },
  });
}

interface MatchProblem {
  readonly problem: string;
  readonly path: readonly string[];
  readonly rule: "schema/string-match" | "schema/regex" | "schema/type";
}

function readMatch(input: Readonly<Record<string, unknown>>, options: MatchOptions): StringMatch | PresentMatch | MatchProblem {
  for (const kind of matchKinds) {
    if (!(kind in input)) continue;
    const value = input[kind];
    if (typeof value !== "string") return { problem: `must be a text, but is ${describe(value)}`, path: [kind], rule: "schema/type" };
    if (kind === "regex") {
      if (value === "*" && options.canBePresent) return { kind: "present" };
      const problem = regexVerdict(value);
      if (problem !== undefined) return { problem, path: [kind], rule: "schema/regex" };
    }
    if (kind === "prefix" && value === "" && !options.canHaveEmptyPrefix) {
      return { problem: "must not be an empty prefix: every text has it", path: [kind], rule: "schema/string-match" };
    }
    return { kind, value };
  }
  return { kind: "present" };
}

const withoutPresent = (found: StringMatch | PresentMatch): StringMatch | undefined => (found.kind === "present" ? undefined : found);

export const stringMatch: Schema<StringMatch> = match({ canBePresent: false, canHaveEmptyPrefix: false }, withoutPresent);
export const pathMatch: Schema<StringMatch> = match({ canBePresent: false, canHaveEmptyPrefix: true }, withoutPresent);
export const valueMatch: Schema<StringMatch | PresentMatch> = match({ canBePresent: true, canHaveEmptyPrefix: false }, (found) => found);

/** Percent is a message, `{ value: 12.5 }`; absent `value` is 0. */
export const fractionMessage: MessageSchema<Percent> = normalisedMessage(
  "Percent",
  { value: v.optional(fraction, 0) },
  ({ value }) => value,
);

export const portSelector: MessageSchema<number> = normalisedMessage("PortSelector", { number: port }, ({ number }) => number);

const labelName = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/;

/** Kubernetes: `prefix/name` with a DNS name for a prefix, and values of 63 characters at most. */
export function labelVerdict(key: string, value: string): Verdict {
  const slash = key.lastIndexOf("/");
  const name = key.slice(slash + 1);
  if (!labelName.test(name) || (slash >= 0 && !/^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(key.slice(0, slash)))) {
    return "must have a key of letters, digits, -, _ and ., with a DNS name and a slash in front at most";
  }
  return value === "" || labelName.test(value) ? undefined : `must have at most 63 letters, digits, -, _ and ., but is ${describe(value)}`;
}

/** Labels of workloads: their values may be empty. */
export const labels: ReturnType<typeof keyed<string>> = keyed(text, "metadata/label", labelVerdict);

/** Labels that select workloads. */
export const selectorLabels: ReturnType<typeof keyed<string>> = keyed(text, "selector/wildcard", (key, value) =>
  key === "" || key.includes("*") || value.includes("*") ? "must have no wildcard and no empty key" : undefined,
);

export const workloadSelector: MessageSchema<WorkloadSelector> = message(
  "WorkloadSelector",
  { labels: selectorLabels },
  { rules: ({ labels: found }, report) => warnIfEmpty(found, report) },
);

/** Istio's type.v1beta1.WorkloadSelector, which says `matchLabels`. */
export const labelSelector: MessageSchema<WorkloadSelector> = normalisedMessage(
  "type.WorkloadSelector",
  { matchLabels: selectorLabels },
  ({ matchLabels }) => ({ labels: matchLabels }),
  { rules: ({ matchLabels }, report) => warnIfEmpty(matchLabels, report) },
);

function warnIfEmpty(found: Labels, report: (path: readonly string[], rule: "selector/empty", words: string) => void): void {
  if (Object.keys(found).length === 0) report([], "selector/empty", "has no labels, so it selects every workload of the namespace");
}

export const destination: MessageSchema<Destination> = message("Destination", {
  host: checked(wildcardHost, "virtual-service/destination-host", (host) => (host === "*" ? "must name a host, not *" : undefined)),
  subset: may(subsetName),
  port: may(portSelector),
});

const headerName = /^[-_A-Za-z0-9]+$/;

export function headerNameVerdict(name: string): Verdict {
  return headerName.test(name) ? undefined : `must be a header's name, but is ${describe(name)}`;
}

const isReserved = (name: string): boolean => name.startsWith(":") || name.toLowerCase() === "host";

export const isAuthority = (name: string): boolean => name.toLowerCase() === ":authority" || name.toLowerCase() === "host";

/** Envoy's formatter: `%%` is a percent sign, `%NAME%` and `%NAME(arguments):length%` are commands. */
function headerValueVerdict(value: string): Verdict {
  if (/[\u0000-\u0008\u000A-\u001F\u007F]/.test(value)) return "must have no control characters";
  return /^(?:[^%]|%%|%[A-Z_0-9]+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?(?::\d+)?%)*$/.test(value)
    ? undefined
    : `must have %% for a percent sign, or commands such as %HOSTNAME%, but is ${describe(value)}`;
}

const headerValue: Schema<string> = checked(text, "header/value", headerValueVerdict);

function headersToSet(isRequest: boolean): ReturnType<typeof keyed<string>> {
  return keyed(headerValue, "header/reserved", (name) => {
    if (name === "") return "must have a name";
    return isReserved(name) && !(isRequest && isAuthority(name)) ? "cannot be changed here" : undefined;
  });
}

function headerOperations(isRequest: boolean): MessageSchema<HeaderOperations> {
  return message("Headers.HeaderOperations", {
    set: headersToSet(isRequest),
    add: headersToSet(isRequest),
    remove: list(
      checked(text, "header/reserved", (name) => (name === "" || isReserved(name) ? `cannot be removed: ${describe(name)}` : undefined)),
    ),
  });
}

export const headers: MessageSchema<Headers> = message("Headers", {
  request: may(headerOperations(true)),
  response: may(headerOperations(false)),
});

/** Header name to match. */
export const headerMatches: ReturnType<typeof keyed<StringMatch | PresentMatch>> = keyed(valueMatch, "header/name", (name) =>
  name.startsWith("@request.auth.claims") ? claimsVerdict : headerNameVerdict(name),
);

const claimsVerdict: OtherVerdict = { rule: "schema/not-supported", message: "is not supported yet: the sidecars do not check tokens yet" };

export const queryMatches: ReturnType<typeof map<StringMatch | PresentMatch>> = map(valueMatch);

export const exportTo: OptionalList<string> = list(
  checked(text, "export-to/value", (value) =>
    value === "*" || value === "." || value === "~" || /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(value)
      ? undefined
      : `must be a namespace, . or *, but is ${describe(value)}`,
  ),
);

export const protocol: Schema<PortProtocol> = v.pipe(
  text,
  v.rawTransform<string, PortProtocol>(({ dataset, addIssue, NEVER }) => {
    const found = parsePortProtocol(dataset.value);
    if (found !== undefined) return found;
    const message = `must be a protocol such as HTTP, HTTP2, GRPC, TCP, TLS, bolt, dubbo, tri, x or x-<sub>, but is ${describe(dataset.value)}`;
    addIssue({ expected: "port/protocol", message });
    return NEVER;
  }),
);

export const captureMode: v.OptionalSchema<Schema<CaptureMode>, "DEFAULT"> = v.optional(oneOf("DEFAULT", "IPTABLES", "NONE"), "DEFAULT");

export const optionalPortName: v.ExactOptionalSchema<Schema<string>, undefined> = may(portName);
