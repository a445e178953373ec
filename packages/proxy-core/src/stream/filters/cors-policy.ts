import type { Message } from "@mesh/xds-proto";
import { fail, runtimeFraction, wrapperValue, type ConfigPath } from "../../config/index.ts";
import { compileStringMatcher, type StringMatcher } from "../../matching/index.ts";
import type { RuntimeNumber } from "../../runtime/index.ts";

/** RFC 9110 §5.5. */
const fieldValue = /^(?:[!-~\u0080-\u00FF](?:[\t -~\u0080-\u00FF]*[!-~\u0080-\u00FF])?)?$/u;

/** What one level of the routes says of requests from other origins. Texts that are empty, and what is undefined, leave it to the next level. */
export class CorsPolicy {
  readonly allowOrigins: readonly StringMatcher[];
  readonly allowMethods: string;
  readonly allowHeaders: string;
  readonly exposeHeaders: string;
  readonly maxAge: string;
  readonly allowCredentials: boolean | undefined;
  readonly allowPrivateNetworkAccess: boolean | undefined;
  readonly forwardNotMatchingPreflights: boolean | undefined;
  /** The share of requests; undefined: all. */
  readonly enabled: RuntimeNumber | undefined;
  /** The share of requests that are only counted, where they are not among the enabled; undefined: none. */
  readonly shadowEnabled: RuntimeNumber | undefined;

  /** Throws a `ConfigError`. */
  constructor(message: Message<"envoy.extensions.filters.http.cors.v3.CorsPolicy">, path: ConfigPath) {
    const text = (field: "allowMethods" | "allowHeaders" | "exposeHeaders" | "maxAge", name: string): string => {
      const value = message[field];
      if (!fieldValue.test(value)) fail(path.field(name), `${JSON.stringify(value)} cannot be the value of a header field`);
      return value;
    };
    const origins = path.field("allow_origin_string_match");
    this.allowOrigins = message.allowOriginStringMatch.map((matcher, index) => compileStringMatcher(matcher, origins.index(index)));
    this.allowMethods = text("allowMethods", "allow_methods");
    this.allowHeaders = text("allowHeaders", "allow_headers");
    this.exposeHeaders = text("exposeHeaders", "expose_headers");
    this.maxAge = text("maxAge", "max_age");
    this.allowCredentials = wrapperValue(message.allowCredentials);
    this.allowPrivateNetworkAccess = wrapperValue(message.allowPrivateNetworkAccess);
    this.forwardNotMatchingPreflights = wrapperValue(message.forwardNotMatchingPreflights);
    this.enabled = runtimeFraction(message.filterEnabled, path.field("filter_enabled"));
    this.shadowEnabled = runtimeFraction(message.shadowEnabled, path.field("shadow_enabled"));
  }
}

/** The policies of a route, the most specific first: of each thing the first one that says something of it counts. */
export class CorsPolicies {
  readonly #levels: readonly CorsPolicy[];

  constructor(levels: readonly CorsPolicy[]) {
    this.#levels = levels;
  }

  /** Envoy: a matcher that takes `*` lets every origin in. */
  allows(origin: string): boolean {
    for (const { allowOrigins } of this.#levels) {
      if (allowOrigins.length === 0) continue;
      for (const matcher of allowOrigins) if (matcher.matches("*") || matcher.matches(origin)) return true;
      return false;
    }
    return false;
  }

  /** Empty where no level says something. */
  text(field: "allowMethods" | "allowHeaders" | "exposeHeaders" | "maxAge"): string {
    for (const level of this.#levels) if (level[field] !== "") return level[field];
    return "";
  }

  flag(field: "allowCredentials" | "allowPrivateNetworkAccess" | "forwardNotMatchingPreflights"): boolean | undefined {
    for (const level of this.#levels) if (level[field] !== undefined) return level[field];
    return undefined;
  }
}
