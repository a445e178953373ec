import type { Message } from "@mesh/xds-proto";
import { durationMs, fail, requiredString, wrapperValue, type ConfigPath } from "../config/index.ts";
import { compileClusterSpecifier, type ClusterSpecifier } from "./cluster-specifier.ts";
import type { ForwardAction, HashPolicy, MirrorPolicy, RetryPolicy, RoutableRequest, WeightedTarget } from "./contract.ts";
import { compileHashPolicy } from "./hash-policy.ts";
import { compileMirrors } from "./mirror.ts";
import { compileRetryPolicy } from "./retry-policy.ts";
import { compileRewrite } from "./rewrite.ts";
import type { MatchedPath } from "./route-match.ts";
import { noteHttpOnly, type RouteScope } from "./route-scope.ts";

type RouteActionMessage = Message<"envoy.config.route.v3.RouteAction">;

/** Sends requests to a cluster. */
export class Forward implements ForwardAction {
  readonly timeoutMs: number | undefined;
  readonly idleTimeoutMs: number | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly priority: 0 | 1;
  readonly rewrite: ((request: RoutableRequest) => void) | undefined;
  readonly upgrades: ReadonlyMap<string, boolean> | undefined;
  readonly mirrors: readonly MirrorPolicy[];
  readonly hashPolicy: HashPolicy | undefined;
  readonly #specifier: ClusterSpecifier;

  /**
   * Throws a `ConfigError`.
   *
   * @param inheritedRetry the virtual host's, for routes without one; the two are not merged
   */
  constructor(
    message: RouteActionMessage,
    matched: MatchedPath,
    inheritedRetry: RetryPolicy | undefined,
    path: ConfigPath,
    scope: RouteScope,
  ) {
    const { retryPolicy } = message;
    this.#specifier = compileClusterSpecifier(message, path, scope);
    this.timeoutMs = durationMs(message.timeout, path.field("timeout"));
    this.idleTimeoutMs = durationMs(message.idleTimeout, path.field("idle_timeout"));
    this.retry = retryPolicy === null ? inheritedRetry : compileRetryPolicy(retryPolicy, path.field("retry_policy"), scope.extensions);
    this.priority = priorities[message.priority] ?? fail(path.field("priority"), `there is no priority ${message.priority}`);
    this.rewrite = compileRewrite(message, matched, path);
    this.upgrades = compileUpgrades(message, path.field("upgrade_configs"));
    this.mirrors = compileMirrors(message.requestMirrorPolicies, path.field("request_mirror_policies"), scope);
    this.hashPolicy = compileHashPolicy(message.hashPolicy, path.field("hash_policy"), scope);
    noteFieldsOfHttp(message, path, scope);
  }

  clusterName(random: number, request: RoutableRequest): WeightedTarget {
    return this.#specifier.pick(random, request);
  }
}

/** By the numbers of `envoy.config.core.v3.RoutingPriority`. */
const priorities: readonly (0 | 1)[] = [0, 1];

function compileUpgrades({ upgradeConfigs }: RouteActionMessage, path: ConfigPath): ReadonlyMap<string, boolean> | undefined {
  const upgrades = new Map<string, boolean>();
  upgradeConfigs.forEach(({ upgradeType, enabled }, index) => {
    const at = path.index(index).field("upgrade_type");
    const type = requiredString(upgradeType, at).toLowerCase();
    if (upgrades.has(type)) fail(at, `there is another entry for ${JSON.stringify(upgradeType)}`);
    upgrades.set(type, wrapperValue(enabled) ?? true);
  });
  return upgrades.size === 0 ? undefined : upgrades;
}

function noteFieldsOfHttp(message: RouteActionMessage, path: ConfigPath, scope: RouteScope): void {
  if (message.prefixRewrite !== "") noteHttpOnly(scope, path.field("prefix_rewrite"), noUrl);
  if (message.regexRewrite !== null) noteHttpOnly(scope, path.field("regex_rewrite"), noUrl);
  if (message.hostRewriteSpecifier !== undefined) noteHttpOnly(scope, path.field(hostRewriteFields[message.hostRewriteSpecifier]), noUrl);
  if (message.appendXForwardedHost) noteHttpOnly(scope, path.field("append_x_forwarded_host"), noUrl);
  if (message.upgradeConfigs.length > 0) noteHttpOnly(scope, path.field("upgrade_configs"), "is for HTTP only: RPC has no upgrades");
  if (message.idleTimeout !== null)
    noteHttpOnly(scope, path.field("idle_timeout"), "is for HTTP only: an RPC call comes in one piece, so that timeout says all");
}

const noUrl = "is for HTTP only: an RPC call has no URL that could be rewritten";

const hostRewriteFields: Readonly<Record<NonNullable<RouteActionMessage["hostRewriteSpecifier"]>, string>> = {
  hostRewriteLiteral: "host_rewrite_literal",
  autoHostRewrite: "auto_host_rewrite",
  hostRewriteHeader: "host_rewrite_header",
  hostRewritePathRegex: "host_rewrite_path_regex",
};
