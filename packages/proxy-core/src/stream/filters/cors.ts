import type { HeaderMap } from "@mesh/codec";
import type { Counter, StatsScope } from "../../stats/index.ts";
import { FilterStatus, type FilterStream, type StreamFilter, type StreamFilterContext, type StreamFilterExtension } from "../filter.ts";
import { CorsPolicies, CorsPolicy } from "./cors-policy.ts";

const messageName = "envoy.extensions.filters.http.cors.v3.Cors";
const policyName = "envoy.extensions.filters.http.cors.v3.CorsPolicy";

/**
 * Envoy's CORS filter: answers preflight requests of browsers, and tells them which other origins may read a response, as the policies of the
 * route say. It stops no request.
 */
export const corsFilter: StreamFilterExtension = {
  name: "envoy.filters.http.cors",
  category: "envoy.filters.http",
  messageName,
  fields: undefined,
  perRoute: {
    messageName: policyName,
    fields: undefined,
    compile: (extension) => new CorsPolicy(extension.as(policyName), extension.path),
  },
  create: (_extension, context) => new CorsFilter(context),
};

/** A request of another origin. */
class CorsRequest {
  readonly policies: CorsPolicies;
  /** Undefined for one that is not allowed. */
  readonly origin: string | undefined;
  isPreflight = false;

  constructor(policies: CorsPolicies, origin: string | undefined) {
    this.policies = policies;
    this.origin = origin;
  }
}

class CorsFilter implements StreamFilter {
  readonly #name: string;
  readonly #slot: number;
  readonly #originValid: Counter;
  readonly #originInvalid: Counter;
  /** Routes give the same list for all of their requests. */
  readonly #policies = new WeakMap<readonly unknown[], CorsPolicies>();

  constructor({ stats, filterName, slot }: StreamFilterContext) {
    const scope: StatsScope = stats.scope("cors");
    this.#name = filterName;
    this.#slot = slot;
    this.#originValid = scope.counter("origin_valid");
    this.#originInvalid = scope.counter("origin_invalid");
  }

  onRequest(stream: FilterStream): FilterStatus {
    if (stream.route?.action.kind !== "forward") return FilterStatus.Continue;
    const levels = stream.filterConfigs(this.#name);
    const [first] = levels;
    if (!(first instanceof CorsPolicy)) return FilterStatus.Continue;
    const { request, runtime } = stream;
    const { current } = runtime.flags;
    const isEnabled = first.enabled === undefined || runtime.random.next() < first.enabled.in(current);
    const isShadow = !isEnabled && first.shadowEnabled !== undefined && runtime.random.next() < first.shadowEnabled.in(current);
    if (!isEnabled && !isShadow) return FilterStatus.Continue;
    const origin = request.header("origin");
    if (origin === undefined || origin === "") return FilterStatus.Continue;
    const policies = this.#policiesOf(levels);
    const isAllowed = policies.allows(origin);
    if (isAllowed) this.#originValid.inc();
    else this.#originInvalid.inc();
    if (isShadow) return FilterStatus.Continue;
    const cors = new CorsRequest(policies, isAllowed ? origin : undefined);
    stream.setState(this.#slot, cors);
    if (request.method !== "OPTIONS" || (request.header("access-control-request-method") ?? "") === "") return FilterStatus.Continue;
    if (!isAllowed && policies.flag("forwardNotMatchingPreflights") !== false) return FilterStatus.Continue;
    cors.isPreflight = true;
    stream.sendLocalReply({ cause: "direct_response", httpStatus: 200, message: "", isBare: true }, "cors_response");
    return FilterStatus.Stop;
  }

  onResponse(stream: FilterStream): FilterStatus {
    const cors = stream.getState(this.#slot);
    const headers = stream.response?.headers;
    if (!(cors instanceof CorsRequest) || headers === undefined) return FilterStatus.Continue;
    const { policies, origin, isPreflight } = cors;
    if (origin === undefined && !isPreflight) return FilterStatus.Continue;
    if (origin !== undefined) headers.set("access-control-allow-origin", origin);
    if (policies.flag("allowCredentials") === true) headers.set("access-control-allow-credentials", "true");
    if (isPreflight) answerPreflight(stream, policies, headers);
    const exposed = policies.text("exposeHeaders");
    if (origin !== undefined && exposed !== "") headers.set("access-control-expose-headers", exposed);
    return FilterStatus.Continue;
  }

  #policiesOf(levels: readonly unknown[]): CorsPolicies {
    const known = this.#policies.get(levels);
    if (known !== undefined) return known;
    const made = new CorsPolicies(levels.filter((level) => level instanceof CorsPolicy));
    this.#policies.set(levels, made);
    return made;
  }
}

/** What of the request's wishes is granted; `*` grants whatever is asked for. */
function answerPreflight({ request }: FilterStream, policies: CorsPolicies, headers: HeaderMap): void {
  const methods = policies.text("allowMethods");
  const asked = request.header("access-control-request-method") ?? "";
  if (methods !== "") headers.set("access-control-allow-methods", methods === "*" ? asked : methods);
  const allowed = policies.text("allowHeaders");
  if (allowed !== "") {
    headers.set("access-control-allow-headers", allowed === "*" ? (request.header("access-control-request-headers") ?? "") : allowed);
  }
  const maxAge = policies.text("maxAge");
  if (maxAge !== "") headers.set("access-control-max-age", maxAge);
  if (policies.flag("allowPrivateNetworkAccess") === true && request.header("access-control-request-private-network") === "true") {
    headers.set("access-control-allow-private-network", "true");
  }
}
