import type { HeaderMap } from "@mesh/codec";
import { reasonOf, type RequestHead } from "@mesh/codec-http1";
import { ResponseFlag } from "../access-log/index.ts";
import { addressFromForwardedFor } from "./client-address.ts";
import type { DownstreamHttpConnection } from "./downstream-connection.ts";
import type { HttpStats } from "./http-stats.ts";
import type { HttpStream } from "./http-stream.ts";
import { mergeSlashes, normalizePath, portOf, unescapeSlashes, withoutPort } from "./path-normalization.ts";
import type { HttpSettings } from "./settings.ts";

/** Why a request goes no further than the connection manager. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  /** Envoy's response code details. */
  readonly details: string;
  /** Bits of `ResponseFlag`. */
  readonly flag: number;
  /** For a redirect. */
  readonly location: string | undefined;
}

const refusal = (status: number, details: string, location?: string): Refusal => ({ status, body: "", details, flag: 0, location });

const lowVersion: Refusal = { ...refusal(426, "low_version"), body: reasonOf(426), flag: ResponseFlag.DownstreamProtocolError };
const missingHost = refusal(400, "missing_host_header");
const absolutePath = refusal(404, "absolute_path_rejected");
const badPath = refusal(400, "path_normalization_failed");
const underscore: Refusal = { ...refusal(400, "http1.unexpected_underscore"), body: reasonOf(400) };
const upgradeFailed = refusal(403, "upgrade_failed");

/** What only a trusted caller may say (Envoy: removed from all requests that are not internal). */
const internalHeaders: readonly string[] = [
  "x-envoy-retriable-status-codes",
  "x-envoy-retriable-header-names",
  "x-envoy-retry-on",
  "x-envoy-retry-grpc-on",
  "x-envoy-max-retries",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-upstream-rq-timeout-ms",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-force-trace",
  "x-envoy-ip-tags",
  "x-envoy-original-url",
  "x-envoy-hedge-on-per-try-timeout",
];

/** What is removed besides where a request enters the mesh. */
const edgeHeaders: readonly string[] = [
  "x-envoy-decorator-operation",
  "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node",
  "x-envoy-original-path",
];

/**
 * Makes of a request as it came one that routes, filters and hosts may see, as Envoy's connection manager does: checks, path and host,
 * hop-by-hop fields, `x-forwarded-*`, `x-envoy-*`, `x-request-id`.
 *
 * @returns why the request goes no further; `undefined` where it does
 */
export function prepareRequest(stream: HttpStream, downstream: DownstreamHttpConnection): Refusal | undefined {
  const { head } = stream;
  const { settings, stats } = downstream.manager;
  const { headers } = head;
  if (head.version === "1.0") {
    if (!settings.acceptHttp10) return lowVersion;
    if (head.authority === "") {
      if (settings.defaultHostForHttp10 === "") return missingHost;
      head.authority = settings.defaultHostForHttp10;
    }
  }
  if (settings.underscores !== "allow" && hasUnderscores(headers, settings, stats)) return underscore;
  const isConnect = head.method === "CONNECT";
  if (!isConnect) {
    const problem = preparePath(head, settings, stats);
    if (problem !== undefined) return problem;
    if (settings.stripPort !== "no") stripPort(head, settings, downstream.localPort);
  }
  const isUpgrade = head.upgrade !== undefined && stream.requestComplete && head.upgrade.toLowerCase() !== "h2c";
  const wantsTrailers = headers.has("te") && takesTrailers(headers);
  head.removeHopByHop(isUpgrade);
  // TE ends with its hop, but whether trailers are wanted is the caller's to say (Envoy keeps this value and no other).
  if (wantsTrailers) headers.append("te", "trailers");
  head.version = "1.1";
  if (head.expectContinue && !settings.proxy100Continue) headers.delete("expect");
  prepareForwarding(stream, downstream);
  headers.delete("x-forwarded-client-cert");
  if (settings.via !== "") headers.append("via", settings.via);
  return isUpgrade || isConnect ? checkTunnel(stream, isConnect ? "connect" : (head.upgrade ?? "").toLowerCase(), downstream) : undefined;
}

function preparePath(head: RequestHead, settings: HttpSettings, stats: HttpStats): Refusal | undefined {
  if (head.targetForm === "absolute" && settings.allowAbsoluteUrl) head.useOriginForm();
  if (head.targetForm !== "origin") {
    stats.rqNonRelativePath.inc();
    return absolutePath;
  }
  if (!settings.changesPath) return undefined;
  const before = head.path;
  let path = settings.escapedSlashes === "keep" ? before : unescapeSlashes(before);
  const hadEscapedSlashes = path !== before;
  let normalized: string | undefined = hadEscapedSlashes && settings.escapedSlashes === "reject" ? undefined : path;
  if (normalized !== undefined && settings.normalizePath) normalized = normalizePath(path);
  if (normalized === undefined) {
    stats.rqFailedPathNormalization.inc();
    return badPath;
  }
  path = settings.mergeSlashes ? mergeSlashes(normalized) : normalized;
  if (hadEscapedSlashes && settings.escapedSlashes === "redirect") {
    stats.rqRedirectedWithNormalizedPath.inc();
    return refusal(307, "path_normalization_failed", path);
  }
  if (path !== before) head.path = path;
  return undefined;
}

/** RFC 9110 §10.1.4. */
function takesTrailers(headers: HeaderMap): boolean {
  const codings = headers.get("te")?.toLowerCase().split(",") ?? [];
  return codings.some((coding) => coding.trim() === "trailers");
}

function stripPort(head: RequestHead, settings: HttpSettings, localPort: number): void {
  const { authority } = head;
  const port = portOf(authority);
  if (port < 0 || (settings.stripPort === "matching" && port !== localPort)) return;
  head.authority = withoutPort(authority);
}

/** True where the request is to be refused for a field's name; drops such fields where that is what is configured. */
function hasUnderscores(headers: HeaderMap, settings: HttpSettings, stats: HttpStats): boolean {
  const names: string[] = [];
  headers.forEach((name) => {
    if (name.includes("_")) names.push(name);
  });
  if (names.length === 0) return false;
  if (settings.underscores === "reject") {
    stats.requestsRejectedWithUnderscores.inc();
    return true;
  }
  stats.droppedHeadersWithUnderscores.add(names.length);
  for (const name of names) headers.delete(name);
  return false;
}

/** Who the client is, whether it is one of ours, and what the host is told of it. */
function prepareForwarding(stream: HttpStream, downstream: DownstreamHttpConnection): void {
  const { settings } = downstream.manager;
  const { headers } = stream.head;
  const forwardedFor = headers.get("x-forwarded-for");
  headers.delete("x-envoy-internal");
  let address: string | undefined;
  let isInternal = false;
  if (settings.useRemoteAddress) {
    if (settings.xffTrustedHops > 0 && forwardedFor !== undefined) {
      address = addressFromForwardedFor(forwardedFor, settings.xffTrustedHops - 1);
    }
    isInternal = forwardedFor === undefined && downstream.isRemoteInternal;
    if (!settings.skipXffAppend && downstream.isRemoteIp) {
      const { remoteIp } = downstream;
      headers.set("x-forwarded-for", forwardedFor === undefined ? remoteIp : `${forwardedFor},${remoteIp}`);
    }
    if (settings.xffTrustedHops === 0 || !headers.has("x-forwarded-proto")) headers.set("x-forwarded-proto", "http");
  } else {
    if (forwardedFor !== undefined) {
      address = addressFromForwardedFor(forwardedFor, settings.xffTrustedHops);
      const isOnlyOne = settings.xffTrustedHops === 0 && !forwardedFor.includes(",");
      isInternal = isOnlyOne && address !== undefined && settings.internalAddresses.contains(address);
    }
    if (!headers.has("x-forwarded-proto")) headers.append("x-forwarded-proto", "http");
  }
  if (address !== undefined) stream.remoteAddress = address.includes(":") ? `[${address}]:0` : `${address}:0`;
  const isEdge = !isInternal && settings.useRemoteAddress;
  stream.isInternal = isInternal;
  if (isInternal) {
    headers.append("x-envoy-internal", "true");
  } else {
    for (let i = 0; i < internalHeaders.length; i++) headers.delete(internalHeaders[i] as string);
    if (isEdge) {
      for (let i = 0; i < edgeHeaders.length; i++) headers.delete(edgeHeaders[i] as string);
      const external = address ?? (downstream.isRemoteIp ? downstream.remoteIp : undefined);
      if (external !== undefined) headers.set("x-envoy-external-address", external);
    }
  }
  if (settings.generateRequestId && ((isEdge && !settings.preserveExternalRequestId) || (headers.get("x-request-id") ?? "") === "")) {
    headers.set("x-request-id", stream.owner.runtime.random.uuid());
  }
}

/** Whether the request may leave HTTP: the route says so, else the connection manager. */
function checkTunnel(stream: HttpStream, type: string, downstream: DownstreamHttpConnection): Refusal | undefined {
  const { settings, stats } = downstream.manager;
  const route = (stream.route = stream.selectRoute());
  if (route === undefined && type === "connect") {
    // Nothing is said against tunnels, there is only no way for this one: the router answers.
    stream.requestComplete = false;
    return undefined;
  }
  const action = route?.action;
  const byRoute = action?.kind === "forward" ? action.forward.upgrades?.get(type) : undefined;
  if (!(byRoute ?? settings.upgrades.get(type) ?? false)) {
    stats.rqWsOnNonWsRoute.inc();
    // Whatever follows may not be HTTP: the connection ends with the answer.
    stream.requestComplete = false;
    return upgradeFailed;
  }
  stream.askForTunnel();
  return undefined;
}
