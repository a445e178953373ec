/** HTTPRoute and what it is made of. */
import * as v from "valibot";
import type {
  Delegate,
  HttpMatchRequest,
  HttpMirrorPolicy,
  HttpRedirect,
  HttpRewrite,
  HttpRoute,
  HttpRouteDestination,
} from "../kinds/index.ts";
import {
  destination,
  fractionMessage,
  headerMatches,
  headers,
  isAuthority,
  labels,
  pathMatch,
  queryMatches,
  regex,
  stringMatch,
} from "./common.ts";
import { corsPolicy } from "./cors.ts";
import { directResponse } from "./direct-response.ts";
import { fault } from "./fault.ts";
import { gatewayNames } from "./gateway-names.ts";
import { namespace } from "./hosts.ts";
import { describe, type Report } from "./issues.ts";
import { message, normalisedMessage, type MessageSchema } from "./message.ts";
import { retries } from "./retries.ts";
import { checked, count, countSet, duration, flagOrFalse, list, may, oneOf, percent, port, text, type Schema } from "./scalars.ts";

const matchRequest: MessageSchema<HttpMatchRequest> = message("HTTPMatchRequest", {
  name: may(text),
  uri: may(pathMatch),
  scheme: may(stringMatch),
  method: may(stringMatch),
  authority: may(stringMatch),
  headers: headerMatches,
  withoutHeaders: headerMatches,
  queryParams: queryMatches,
  ignoreUriCase: flagOrFalse,
  port: may(port),
  sourceLabels: labels,
  sourceNamespace: may(namespace),
  gateways: gatewayNames,
  statPrefix: may(text),
});

const routeDestination = message("HTTPRouteDestination", { destination, weight: v.optional(count, 0), headers: may(headers) });

/** A sole destination takes everything, whatever its weight says. */
export function withSoleWeight<Target extends { readonly weight: number }>(targets: readonly Target[]): readonly Target[] {
  const [sole, ...others] = targets;
  return sole === undefined || others.length > 0 ? targets : [{ ...sole, weight: 100 }];
}

export function checkWeights(targets: readonly { readonly weight: number }[], report: Report): void {
  if (targets.length > 1 && targets.every(({ weight }) => weight === 0)) {
    report(["route"], "virtual-service/weight-sum", "must have a weight above 0 for at least one of several destinations");
  }
}

const redirectCode = redirectCodes();

function redirectCodes(): Schema<HttpRedirect["redirectCode"]> {
  return v.pipe(
    v.number(),
    v.rawTransform<number, HttpRedirect["redirectCode"]>(({ dataset: { value }, addIssue, NEVER }) => {
      if (value === 301 || value === 302 || value === 303 || value === 307 || value === 308) return value;
      addIssue({ expected: "schema/enum", message: `must be one of 301, 302, 303, 307, 308, but is ${describe(value)}` });
      return NEVER;
    }),
  );
}

const redirect: MessageSchema<HttpRedirect> = message(
  "HTTPRedirect",
  {
    uri: may(text),
    authority: may(text),
    scheme: may(
      checked(text, "virtual-service/redirect-scheme", (value) =>
        value === "http" || value === "https" ? undefined : `must be http or https, but is ${describe(value)}`,
      ),
    ),
    port: may(port),
    derivePort: may(oneOf("FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT")),
    redirectCode: v.optional(redirectCode, 301),
  },
  {
    rules({ uri, authority, scheme, port: number, derivePort }, report) {
      if (countSet(uri, authority, scheme, number, derivePort) === 0) {
        report([], "virtual-service/redirect", "must change the uri, authority, scheme or port");
      }
      if (countSet(number, derivePort) === 2) report(["derivePort"], "schema/one-of", "must not be set together with port");
    },
  },
);

const delegate: MessageSchema<Delegate> = message("Delegate", { name: text, namespace: may(namespace) });

const rewrite: MessageSchema<HttpRewrite> = message(
  "HTTPRewrite",
  { uri: may(text), authority: may(text), uriRegexRewrite: may(message("RegexRewrite", { match: regex, rewrite: text })) },
  {
    rules({ uri, authority, uriRegexRewrite }, report) {
      if (countSet(uri, uriRegexRewrite) === 2) report(["uriRegexRewrite"], "virtual-service/rewrite", "must not be set together with uri");
      if (countSet(uri, authority, uriRegexRewrite) === 0) {
        report([], "virtual-service/rewrite", "must set uri, uriRegexRewrite or authority");
      }
    },
  },
);

const mirrorPolicy: MessageSchema<HttpMirrorPolicy> = message("HTTPMirrorPolicy", {
  destination,
  percentage: v.optional(fractionMessage, { value: 100 }),
});

const fields = {
  name: may(text),
  match: list(matchRequest),
  route: list(routeDestination),
  redirect: may(redirect),
  directResponse: may(directResponse),
  delegate: may(delegate),
  rewrite: may(rewrite),
  timeout: may(duration),
  retries: may(retries),
  fault: may(fault),
  mirror: may(destination),
  mirrorPercentage: may(fractionMessage),
  mirrorPercent: may(percent),
  mirrors: list(mirrorPolicy),
  corsPolicy: may(corsPolicy),
  headers: may(headers),
};

type Fields = v.InferOutput<v.ObjectSchema<typeof fields, undefined>>;

function checkAction(
  { route, redirect: away, directResponse: answer, delegate: other, fault: broken, rewrite: changed }: Fields,
  report: Report,
): void {
  const actions = [
    ["route", route.length > 0 ? route : undefined],
    ["redirect", away],
    ["directResponse", answer],
    ["delegate", other],
  ] as const;
  const [first, second] = actions.filter(([, action]) => action !== undefined);
  if (first === undefined) report([], "virtual-service/route-action", "must have a route, redirect, directResponse or delegate");
  if (first !== undefined && second !== undefined) {
    report([second[0]], "virtual-service/route-action", `must not be set together with ${first[0]}`);
  }
  if (away === undefined && answer === undefined) return;
  const action = away === undefined ? "directResponse" : "redirect";
  if (broken !== undefined) report(["fault"], "virtual-service/route-conflict", `must not be set together with ${action}`);
  if (changed !== undefined) report(["rewrite"], "virtual-service/route-conflict", `must not be set together with ${action}`);
}

function checkMirror({ mirror, mirrors, mirrorPercentage, mirrorPercent }: Fields, report: Report): void {
  if (mirror !== undefined && mirrors.length > 0) report(["mirrors"], "virtual-service/mirror", "must not be set together with mirror");
  if (mirror !== undefined) return;
  if (mirrorPercentage !== undefined) report(["mirrorPercentage"], "virtual-service/mirror", "must not be set without mirror");
  if (mirrorPercent !== undefined) report(["mirrorPercent"], "virtual-service/mirror", "must not be set without mirror");
}

function checkAuthority({ rewrite: changed, headers: operations }: Fields, report: Report): void {
  let isSet = changed?.authority !== undefined;
  for (const verb of ["set", "add"] as const) {
    for (const name of Object.keys(operations?.request?.[verb] ?? {})) {
      if (!isAuthority(name)) continue;
      if (isSet)
        report(["headers", "request", verb, name], "header/authority-twice", "must not be set again: the authority is rewritten already");
      isSet = true;
    }
  }
}

export const httpRoute: MessageSchema<HttpRoute> = normalisedMessage(
  "HTTPRoute",
  fields,
  ({ mirror, mirrorPercentage, mirrorPercent, mirrors, route, ...others }) => ({
    ...others,
    route: withSoleWeight<HttpRouteDestination>(route),
    mirrors: mirror === undefined ? mirrors : [{ destination: mirror, percentage: mirrorPercentage ?? mirrorPercent ?? 100 }],
  }),
  {
    deprecated: { mirrorPercent: "use mirrorPercentage" },
    rules(value, report) {
      checkAction(value, report);
      checkMirror(value, report);
      checkAuthority(value, report);
      checkWeights(value.route, report);
    },
  },
);
