import type { Message } from "@mesh/xds-proto";
import { ConfigError, ConfigPath, required, requiredString, type Steps } from "../config/index.ts";
import { DelayedCall } from "../runtime/index.ts";
import type { Counter, Gauge, StatsScope } from "../stats/index.ts";
import {
  type ConfigSources,
  type RefusedUpdate,
  type Resource,
  type ResourceDecoder,
  type ResourceWatcher,
  type Subscription,
  SteppingReader,
  type SubscriptionFailure,
  SubscriptionStats,
} from "../subscription/index.ts";
import { compileRouteTable, compileRouteTableInSteps } from "./compile-route-table.ts";
import type { LimitedField, RouteTable } from "./contract.ts";
import type { RouteContext } from "./route-scope.ts";

const routesMessageName = "envoy.config.route.v3.RouteConfiguration";
type RoutesMessage = Message<typeof routesMessageName>;

/** How a connection manager's message says where its routes are. */
export interface RouteSpecifier {
  readonly routeConfig: RoutesMessage | null;
  readonly rds: Message<"envoy.extensions.filters.network.http_connection_manager.v3.Rds"> | null;
}

/** A connection manager that routes. */
export interface RouteUser {
  /** What it can do nothing with: a table with such fields is refused. */
  unusable(table: RouteTable): readonly LimitedField[];
  /** Takes the routes for requests to come. */
  useRoutes(table: RouteTable): void;
  /** Its scope, in which `rds.<name>` counts. */
  readonly routeStats: StatsScope;
}

/** The routes that a connection manager has asked for. */
export interface RouteSubscription {
  /** Begins to ask; fulfilled when there are routes, or none are to be had in time. */
  start(): Promise<void>;
  close(): void;
}

/** A RouteConfiguration that came while the proxy ran and is in use. */
export interface DynamicRoutes {
  readonly message: RoutesMessage;
  readonly version: string;
  /** Milliseconds on the runtime's clock. */
  readonly updatedAt: number;
}

export interface RouteConfigurationsOptions extends RouteContext {
  readonly sources: ConfigSources;
  readonly decoder: ResourceDecoder;
}

interface CompiledRoutes {
  readonly message: RoutesMessage;
  readonly table: RouteTable;
}

/** A mesh's sidecar may be told of every service there is. */
const virtualHosts = {
  field: "virtual_hosts",
  property: "virtualHosts",
  message: "envoy.config.route.v3.VirtualHost",
  valuesOf: (message: RoutesMessage) => message.virtualHosts,
} as const;

/** All routes of a proxy: those that stand in the messages of connection managers, and those that come by RDS. */
export class RouteConfigurations {
  readonly #options: RouteConfigurationsOptions;
  readonly #reader: SteppingReader<typeof routesMessageName, CompiledRoutes>;
  readonly #discovered = new Set<DiscoveredRoutes>();

  /** A table that no request finds a route in. */
  readonly none: RouteTable;

  constructor(options: RouteConfigurationsOptions) {
    this.#options = options;
    this.none = compileRouteTable(options.extensions.registry.createMessage(routesMessageName), ConfigPath.root, options);
    this.#reader = new SteppingReader({
      message: routesMessageName,
      decoder: options.decoder,
      part: virtualHosts,
      make: (message, { name }) => this.#compile(message, name),
    });
  }

  /**
   * Gives the user its routes: at once those of the message, later those of RDS, until when it has none. Throws a `ConfigError`.
   *
   * @param path of the message that the specifier is part of
   */
  open({ routeConfig, rds }: RouteSpecifier, path: ConfigPath, user: RouteUser): RouteSubscription {
    if (rds === null) {
      const at = path.field("route_config");
      const table = compileRouteTable(required(routeConfig, at), at, this.#options);
      refuseLimited(user, table);
      user.useRoutes(table);
      return fixed;
    }
    const at = path.field("rds");
    const source = this.#options.sources.open(required(rds.configSource, at.field("config_source")), at.field("config_source"));
    const name = requiredString(rds.routeConfigName, at.field("route_config_name"));
    const begin = (routes: DiscoveredRoutes): Subscription => {
      this.#discovered.add(routes);
      const subscription = source.watch(this.#reader, name, routes);
      return {
        close: () => {
          this.#discovered.delete(routes);
          subscription.close();
        },
      };
    };
    return new DiscoveredRoutes(name, user, {
      decoder: this.#options.decoder,
      patienceMs: source.firstAnswerMs,
      all: this.#discovered,
      begin,
    });
  }

  /** Those of RDS that are in use, each once. */
  dynamic(): readonly DynamicRoutes[] {
    const current = [...this.#discovered].flatMap(({ name, current: routes }) => (routes === undefined ? [] : [[name, routes] as const]));
    return [...new Map(current).values()];
  }

  /** The last updates that were refused, by the names of the RouteConfigurations. */
  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#reader.refused;
  }

  *#compile(message: RoutesMessage, name: string): Steps<CompiledRoutes> {
    const table = yield* compileRouteTableInSteps(message, ConfigPath.root, this.#options, { validatesClusters: false });
    for (const routes of this.#discovered) if (routes.name === name) refuseLimited(routes.user, table);
    return { message, table };
  }
}

const fixed: RouteSubscription = { start: () => Promise.resolve(), close: () => {} };

function refuseLimited(user: RouteUser, table: RouteTable): void {
  const limited = user.unusable(table);
  if (limited.length > 0) throw new ConfigError(limited);
}

interface DiscoveredRoutesContext {
  readonly decoder: ResourceDecoder;
  /** How long to wait for routes that do not exist yet; 0: for ever. */
  readonly patienceMs: number;
  /** Those of the proxy's users that are watched. */
  readonly all: ReadonlySet<DiscoveredRoutes>;
  readonly begin: (routes: DiscoveredRoutes) => Subscription;
}

/** The routes that RDS gives one user. */
class DiscoveredRoutes implements RouteSubscription, ResourceWatcher<CompiledRoutes> {
  readonly name: string;
  readonly user: RouteUser;
  current: DynamicRoutes | undefined = undefined;
  readonly #context: DiscoveredRoutesContext;
  readonly #stats: SubscriptionStats;
  readonly #reloads: Counter;
  readonly #reloadTime: Gauge;
  readonly #empty: Counter;
  readonly #ready: Promise<void>;
  /** Armed while they do not exist yet. */
  readonly #giveUp = new DelayedCall(() => this.#settle());
  #settle: () => void = () => {};
  #subscription: Subscription | undefined = undefined;

  constructor(name: string, user: RouteUser, context: DiscoveredRoutesContext) {
    const { decoder } = context;
    this.name = name;
    this.user = user;
    this.#context = context;
    const scope = user.routeStats.scope(`rds.${name}`, "rds", { "envoy.rds_route_config": name });
    this.#stats = new SubscriptionStats(scope, decoder.runtime.clock);
    this.#reloads = scope.counter("config_reload");
    this.#reloadTime = scope.gauge("config_reload_time_ms");
    this.#empty = scope.counter("update_empty");
    this.#ready = new Promise((resolve) => {
      this.#settle = () => {
        decoder.runtime.timers.disarm(this.#giveUp);
        resolve();
      };
    });
  }

  start(): Promise<void> {
    this.#subscription ??= this.#context.begin(this);
    return this.#ready;
  }

  onChanged({ value: { message, table }, version, responseVersion }: Resource<CompiledRoutes>): void {
    // A listener that takes another's place begins with the routes that came before: nothing is updated then.
    const known = [...this.#context.all].find((each) => each.current?.message === message && each.#reloads === this.#reloads);
    const acceptedAt = known === undefined ? this.#stats.accepted(responseVersion) : undefined;
    const limited = this.user.unusable(table);
    if (limited.length > 0) {
      // They were read before this user asked for them.
      this.#log(new ConfigError(limited).message);
    } else {
      this.current = known?.current ?? { message, version, updatedAt: this.#context.decoder.runtime.clock.now() };
      this.user.useRoutes(table);
      if (acceptedAt !== undefined) {
        this.#reloads.inc();
        this.#reloadTime.set(Math.round(this.#context.decoder.runtime.clock.wall()));
      }
    }
    if (acceptedAt !== undefined) this.#stats.applied(acceptedAt);
    this.#settle();
  }

  onMissing(): void {
    this.#empty.inc();
    this.#log("do not exist");
    const { decoder, patienceMs } = this.#context;
    if (this.current === undefined && patienceMs > 0) decoder.runtime.timers.arm(this.#giveUp, patienceMs);
  }

  onFailed(failure: SubscriptionFailure): void {
    this.#stats.failed(failure);
    if (failure.kind === "unavailable") return;
    this.#log(failure.message);
    this.#settle();
  }

  close(): void {
    this.#subscription?.close();
    this.#settle();
  }

  #log(problem: string): void {
    this.#context.decoder.runtime.logger.log("warning", "rds", `routes ${this.name}: ${problem}; those that there are stay in use`);
  }
}
