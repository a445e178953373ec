import { enumValue, packAny, type Any, type MessageInit, type MessageName } from "@mesh/xds-proto";
import type { Milliseconds, Percent, PresentMatch, StringMatch } from "@mesh/istio-config";

export const duration = (ms: Milliseconds): MessageInit<"google.protobuf.Duration"> => ({
  seconds: Math.trunc(ms / 1000),
  nanos: Math.round((ms % 1000) * 1_000_000),
});

/** In parts of a million, as exact as Istio's percentages are. */
export const fraction = (percent: Percent): MessageInit<"envoy.type.v3.FractionalPercent"> => ({
  numerator: Math.round(percent * 10_000),
  denominator: enumValue("envoy.type.v3.FractionalPercent.DenominatorType", "MILLION"),
});

export const runtimeFraction = (percent: Percent): MessageInit<"envoy.config.core.v3.RuntimeFractionalPercent"> => ({
  defaultValue: fraction(percent),
});

export const pack = <Name extends MessageName>(type: Name, message: MessageInit<Name>): Any => packAny(type, message);

/** Istio: the regex `*`, which is none, asks for no more than that there is a value. */
export const isPresent = (match: StringMatch | PresentMatch): match is PresentMatch | { readonly kind: "regex"; readonly value: "*" } =>
  match.kind === "present" || (match.kind === "regex" && match.value === "*");

export function stringMatcher({ kind, value }: StringMatch): MessageInit<"envoy.type.matcher.v3.StringMatcher"> {
  if (kind === "exact") return { exact: value };
  return kind === "prefix" ? { prefix: value } : { safeRegex: { regex: value } };
}
