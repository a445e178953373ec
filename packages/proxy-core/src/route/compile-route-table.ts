import type { Message } from "@mesh/xds-proto";
import {
  fail,
  finish,
  ProblemList,
  readMetadata,
  required,
  requiredString,
  wrapperValue,
  type ConfigPath,
  type Metadata,
  type Steps,
} from "../config/index.ts";
import type { HeaderMutation, LimitedField, RetryPolicy, RoutableRequest, Route, RouteAction, RouteTable } from "./contract.ts";
import { compileDirectResponse } from "./direct-response.ts";
import { Domains } from "./domains.ts";
import { compileFilterEntries, FilterConfigs, type FilterEntries } from "./filter-configs.ts";
import { Forward } from "./forward-action.ts";
import { attemptCountInResponse, compileHeaderMutation, headerValue, inSequence } from "./header-mutation.ts";
import { Redirect } from "./redirect.ts";
import { compileRetryPolicy } from "./retry-policy.ts";
import { RouteList, type RouteEntry } from "./route-list.ts";
import { RouteMatch, type MatchedPath } from "./route-match.ts";
import { noteHttpOnly, type RouteContext, type RouteScope } from "./route-scope.ts";

type RouteConfiguration = Message<"envoy.config.route.v3.RouteConfiguration">;
type VirtualHostMessage = Message<"envoy.config.route.v3.VirtualHost">;
type RouteMessage = Message<"envoy.config.route.v3.Route">;

/** Envoy's. */
const defaultMaxDirectResponseBytes = 4096;

/**
 * Compiles a route configuration. Throws a `ConfigError` with all that is wrong with it.
 *
 * @param path of the message
 * @param defaults for what the message does not say. Envoy validates clusters of routes that stand in the message of a connection manager
 */
export function compileRouteTable(
  message: RouteConfiguration,
  path: ConfigPath,
  context: RouteContext,
  defaults?: RouteTableDefaults,
): RouteTable {
  return finish(compileRouteTableInSteps(message, path, context, defaults));
}

export interface RouteTableDefaults {
  readonly validatesClusters: boolean;
}

/** The same, with a step for each virtual host. */
export function* compileRouteTableInSteps(
  message: RouteConfiguration,
  path: ConfigPath,
  context: RouteContext,
  defaults: RouteTableDefaults = { validatesClusters: true },
): Steps<RouteTable> {
  const problems = new ProblemList();
  const scope: RouteScope = {
    clusters: context.clusters,
    extensions: context.extensions,
    runtime: context.runtime,
    validatesClusters: wrapperValue(message.validateClusters) ?? defaults.validatesClusters,
    maxDirectResponseBytes: wrapperValue(message.maxDirectResponseBodySizeBytes) ?? defaultMaxDirectResponseBytes,
    mostSpecificMutationsWin: message.mostSpecificHeaderMutationsWins,
    problems,
    httpOnly: [],
  };
  const level = compileLevel(message, path, scope);
  const domains = new Domains<RouteList>(message.ignorePortInHostMatching);
  let isPure = true;
  for (const [index, virtualHost] of message.virtualHosts.entries()) {
    yield;
    const at = path.field("virtual_hosts").index(index);
    const entries = compileVirtualHost(virtualHost, level, at, scope);
    isPure &&= entries.every(({ match }) => match.isPure);
    addDomains(domains, virtualHost, new RouteList(entries), at.field("domains"), problems);
  }
  problems.throwIfAny();
  return new CompiledRouteTable(message.name, domains, isPure, scope);
}

class CompiledRouteTable implements RouteTable {
  readonly name: string;
  readonly isPure: boolean;
  readonly httpOnly: readonly LimitedField[];
  readonly #domains: Domains<RouteList>;

  constructor(name: string, domains: Domains<RouteList>, isPure: boolean, { httpOnly }: RouteScope) {
    this.name = name;
    this.isPure = isPure;
    this.httpOnly = httpOnly;
    this.#domains = domains;
  }

  match(request: RoutableRequest, random: number, alternateAuthority?: string): Route | undefined {
    return this.#domains.find(request.authority, alternateAuthority)?.find(request, random);
  }
}

function addDomains(
  domains: Domains<RouteList>,
  { domains: names }: VirtualHostMessage,
  routes: RouteList,
  path: ConfigPath,
  problems: ProblemList,
): void {
  if (names.length === 0) problems.add(path, "is required");
  names.forEach((name, index) => {
    problems.collect(() => headerValue(name, path.index(index)));
    if (!domains.add(name, routes)) problems.add(path.index(index), `${JSON.stringify(name)} is the domain of a virtual host already`);
  });
}

/** What configuration, virtual hosts and routes have alike. */
interface Level {
  readonly requestMutation: HeaderMutation | undefined;
  readonly responseMutation: HeaderMutation | undefined;
  readonly filters: FilterEntries;
}

type LevelMessage = Pick<
  RouteMessage,
  "requestHeadersToAdd" | "requestHeadersToRemove" | "responseHeadersToAdd" | "responseHeadersToRemove" | "typedPerFilterConfig"
>;

const noFilters: FilterEntries = new Map();

function compileLevel(message: LevelMessage, path: ConfigPath, { problems, extensions }: RouteScope): Level {
  return {
    requestMutation: problems.collect(() =>
      compileHeaderMutation(message.requestHeadersToAdd, message.requestHeadersToRemove, path, "request"),
    ),
    responseMutation: problems.collect(() =>
      compileHeaderMutation(message.responseHeadersToAdd, message.responseHeadersToRemove, path, "response"),
    ),
    filters:
      problems.collect(() => compileFilterEntries(message.typedPerFilterConfig, path.field("typed_per_filter_config"), extensions)) ??
      noFilters,
  };
}

/** What a virtual host gives its routes. */
interface VirtualHostDefaults {
  readonly name: string;
  readonly metadata: Metadata | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly includeRequestAttemptCount: boolean;
  readonly includeAttemptCountInResponse: boolean;
  /** Those of the virtual host and of what it is in. */
  readonly levels: readonly Level[];
}

function compileVirtualHost(message: VirtualHostMessage, configuration: Level, path: ConfigPath, scope: RouteScope): RouteEntry[] {
  const { problems, extensions } = scope;
  const { retryPolicy } = message;
  problems.collect(() => requiredString(message.name, path.field("name")));
  const defaults: VirtualHostDefaults = {
    name: message.name,
    metadata: readMetadata(message.metadata),
    retry:
      retryPolicy === null ? undefined : problems.collect(() => compileRetryPolicy(retryPolicy, path.field("retry_policy"), extensions)),
    includeRequestAttemptCount: message.includeRequestAttemptCount,
    includeAttemptCountInResponse: message.includeAttemptCountInResponse,
    levels: [compileLevel(message, path, scope), configuration],
  };
  return message.routes.flatMap((route, index) => {
    const at = path.field("routes").index(index);
    return compileRoute(route, defaults, at, scope) ?? [];
  });
}

/** Undefined where something is wrong with it, which `scope.problems` then has. */
function compileRoute(
  message: RouteMessage,
  virtualHost: VirtualHostDefaults,
  path: ConfigPath,
  scope: RouteScope,
): RouteEntry | undefined {
  const { problems } = scope;
  const matchPath = path.field("match");
  const match = problems.collect(() => new RouteMatch(required(message.match, matchPath), matchPath, scope.runtime.flags));
  const level = compileLevel(message, path, scope);
  const action = problems.collect(() => compileAction(message, match?.matched ?? anyPath, virtualHost, path, scope));
  if (match === undefined || action === undefined) return undefined;
  return {
    match,
    route: new CompiledRoute({ name: message.name, metadata: readMetadata(message.metadata) }, virtualHost, level, action, scope),
  };
}

const anyPath: MatchedPath = { kind: "whole" };

function compileAction(
  message: RouteMessage,
  matched: MatchedPath,
  virtualHost: VirtualHostDefaults,
  path: ConfigPath,
  scope: RouteScope,
): RouteAction {
  switch (message.action) {
    case "route": {
      const at = path.field("route");
      return { kind: "forward", forward: new Forward(required(message.route, at), matched, virtualHost.retry, at, scope) };
    }
    case "redirect": {
      const at = path.field("redirect");
      noteHttpOnly(scope, at, "is for HTTP only: an RPC client cannot be sent elsewhere");
      return { kind: "redirect", redirect: new Redirect(required(message.redirect, at), matched, at) };
    }
    case "directResponse": {
      const at = path.field("direct_response");
      return { kind: "respond", ...compileDirectResponse(required(message.directResponse, at), at, scope.maxDirectResponseBytes) };
    }
    case "filterAction":
    case "nonForwardingAction":
    case undefined:
      return fail(path, "one of route, redirect, direct_response is required");
  }
}

class CompiledRoute implements Route {
  readonly name: string;
  readonly virtualHostName: string;
  readonly metadata: Metadata | undefined;
  readonly virtualHostMetadata: Metadata | undefined;
  readonly action: RouteAction;
  readonly requestMutation: HeaderMutation | undefined;
  readonly responseMutation: HeaderMutation | undefined;
  readonly filterSwitches: ReadonlyMap<string, boolean> | undefined;
  readonly includeRequestAttemptCount: boolean;
  readonly #filters: FilterConfigs;

  constructor(
    { name, metadata }: { readonly name: string; readonly metadata: Metadata | undefined },
    virtualHost: VirtualHostDefaults,
    level: Level,
    action: RouteAction,
    scope: RouteScope,
  ) {
    const levels = [level, ...virtualHost.levels];
    const ordered = scope.mostSpecificMutationsWin ? levels.toReversed() : levels;
    this.name = name;
    this.virtualHostName = virtualHost.name;
    this.metadata = metadata;
    this.virtualHostMetadata = virtualHost.metadata;
    this.action = action;
    this.requestMutation = inSequence(ordered.map(({ requestMutation }) => requestMutation));
    this.responseMutation = inSequence([
      virtualHost.includeAttemptCountInResponse ? attemptCountInResponse : undefined,
      ...ordered.map(({ responseMutation }) => responseMutation),
    ]);
    this.#filters = new FilterConfigs(levels.map(({ filters }) => filters));
    this.filterSwitches = this.#filters.switches;
    this.includeRequestAttemptCount = virtualHost.includeRequestAttemptCount;
  }

  filterConfig(filterName: string): unknown {
    return this.#filters.first(filterName);
  }

  filterConfigs(filterName: string): readonly unknown[] {
    return this.#filters.all(filterName);
  }
}
