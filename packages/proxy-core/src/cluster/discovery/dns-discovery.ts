import { enumNames } from "@mesh/xds-proto";
import { type ConfigPath, durationMs, fail, required } from "../../config/index.ts";
import { type LookupFamily, type ResolvedAddress, TimerEntry } from "../../runtime/index.ts";
import type { ClusterMessage } from "../cluster-message.ts";
import type { Endpoint, LoadAssignment, NamedEndpoint } from "../endpoint.ts";
import type { DiscoveryContext, RunningDiscovery } from "./contract.ts";

/** Times in milliseconds. */
export interface DnsSettings {
  readonly family: LookupFamily;
  readonly refreshMs: number;
  /** The next refresh follows from the answer's time to live, where it has one. */
  readonly respectTtl: boolean;
  /** After failures: random waits below a limit that doubles from `baseMs` to `maxMs`. Undefined: as after successes. */
  readonly failure: { readonly baseMs: number; readonly maxMs: number } | undefined;
  /** One host that is wherever the first address is, as in LOGICAL_DNS; otherwise a host for each address. */
  readonly logical: boolean;
}

const families: Readonly<Record<string, LookupFamily>> = {
  AUTO: "auto",
  V4_ONLY: "v4-only",
  V6_ONLY: "v6-only",
  V4_PREFERRED: "v4-preferred",
  ALL: "all",
};

export function readDnsSettings(message: ClusterMessage, path: ConfigPath): DnsSettings {
  const familyName = enumNames("envoy.config.cluster.v3.Cluster.DnsLookupFamily").get(message.dnsLookupFamily) ?? "";
  return {
    family: required(families[familyName], path.field("dns_lookup_family")),
    refreshMs: durationMs(message.dnsRefreshRate, path.field("dns_refresh_rate"), { above: 1 }) ?? 5000,
    respectTtl: message.respectDnsTtl,
    failure: readFailureRate(message, path.field("dns_failure_refresh_rate")),
    logical: false,
  };
}

function readFailureRate({ dnsFailureRefreshRate: rate }: ClusterMessage, path: ConfigPath): DnsSettings["failure"] {
  if (rate === null) return undefined;
  const baseMs = required(durationMs(rate.baseInterval, path.field("base_interval"), { above: 1 }), path.field("base_interval"));
  const maxMs = durationMs(rate.maxInterval, path.field("max_interval"), { above: 1 }) ?? 10 * baseMs;
  if (maxMs < baseMs) fail(path.field("max_interval"), "must not be shorter than base_interval");
  return { baseMs, maxMs };
}

/** Envoy's STRICT_DNS and LOGICAL_DNS: each name is looked up again and again, and every good answer replaces the name's endpoints. */
export class DnsDiscovery implements RunningDiscovery {
  readonly ready: Promise<void>;
  readonly #targets: readonly DnsTarget[];
  readonly #assignment: LoadAssignment<NamedEndpoint>;
  readonly #context: DiscoveryContext;

  constructor(assignment: LoadAssignment<NamedEndpoint>, settings: DnsSettings, context: DiscoveryContext) {
    this.#assignment = assignment;
    this.#context = context;
    this.#targets = assignment.endpoints.map((name) => new DnsTarget(name, settings, context, () => this.#publish()));
    this.ready = Promise.all(this.#targets.map((target) => target.start())).then(() => undefined);
  }

  close(): void {
    for (const target of this.#targets) target.close();
  }

  #publish(): void {
    this.#context.update({ ...this.#assignment, endpoints: this.#targets.flatMap((target) => target.endpoints) });
  }
}

/** One name, looked up again and again. */
class DnsTarget extends TimerEntry {
  /** The last good answer's. */
  endpoints: readonly Endpoint[] = [];
  readonly #name: NamedEndpoint;
  readonly #settings: DnsSettings;
  readonly #context: DiscoveryContext;
  readonly #changed: () => void;
  #failuresInRow = 0;
  #closed = false;

  constructor(name: NamedEndpoint, settings: DnsSettings, context: DiscoveryContext, changed: () => void) {
    super();
    this.#name = name;
    this.#settings = settings;
    this.#context = context;
    this.#changed = changed;
  }

  /** Fulfilled when the first answer has come or failed. */
  start(): Promise<void> {
    return this.#resolve();
  }

  onTimer(): void {
    void this.#resolve();
  }

  close(): void {
    this.#closed = true;
    this.#context.timers.disarm(this);
  }

  async #resolve(): Promise<void> {
    const { stats, resolver, timers } = this.#context;
    stats.updateAttempt.inc();
    let addresses: readonly ResolvedAddress[];
    try {
      addresses = await resolver.resolve(this.#name.name, this.#settings.family);
    } catch (error) {
      if (this.#closed) return;
      stats.updateFailure.inc();
      this.#log(`cannot be resolved, the last addresses stay in use: ${String(error)}`);
      timers.arm(this, this.#failureWait());
      return;
    }
    if (this.#closed) return;
    stats.updateSuccess.inc();
    this.#failuresInRow = 0;
    timers.arm(this, this.#successWait(addresses));
    this.#take(addresses);
  }

  #successWait(addresses: readonly ResolvedAddress[]): number {
    const { respectTtl, refreshMs } = this.#settings;
    return respectTtl ? (shortestTtlMs(addresses) ?? refreshMs) : refreshMs;
  }

  /** Envoy: an answer without addresses empties a STRICT_DNS cluster; a LOGICAL_DNS one keeps its host. */
  #take(addresses: readonly ResolvedAddress[]): void {
    const { stats } = this.#context;
    if (addresses.length === 0) {
      stats.updateEmpty.inc();
      this.#log(this.#settings.logical ? "has no addresses, the last one stays in use" : "has no addresses");
      if (this.#settings.logical) return;
    }
    const endpoints = this.#endpointsAt(addresses);
    if (sameEndpoints(endpoints, this.endpoints)) {
      stats.updateNoRebuild.inc();
      return;
    }
    this.endpoints = endpoints;
    this.#changed();
  }

  #endpointsAt(addresses: readonly ResolvedAddress[]): readonly Endpoint[] {
    const [first] = addresses;
    if (this.#settings.logical) return first ? [{ ...this.#name.at(first.address), key: this.#name.name }] : [];
    return [...new Set(addresses.map(({ address }) => address))].map((address) => this.#name.at(address));
  }

  #failureWait(): number {
    const { failure, refreshMs } = this.#settings;
    if (failure === undefined) return refreshMs;
    const limit = Math.min(failure.maxMs, failure.baseMs * 2 ** Math.min(this.#failuresInRow, 30));
    this.#failuresInRow++;
    return this.#context.random.next() * limit;
  }

  #log(problem: string): void {
    this.#context.logger.log("warning", "dns", `cluster ${this.#context.clusterName}: ${this.#name.name} ${problem}`);
  }
}

/** `undefined` where no address has a time to live above 0. */
function shortestTtlMs(addresses: readonly ResolvedAddress[]): number | undefined {
  const shortest = addresses.reduce((found, { ttlSeconds }) => Math.min(found, ttlSeconds ?? Infinity), Infinity);
  return shortest === 0 || shortest === Infinity ? undefined : shortest * 1000;
}

/** Whether both have the same addresses; their order does not matter, as name servers turn it around. */
function sameEndpoints(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  const addresses = (endpoints: readonly Endpoint[]): string[] =>
    endpoints.map(({ address }) => (address.kind === "ip" ? address.address : address.path)).sort();
  const [left, right] = [addresses(a), addresses(b)];
  return left.length === right.length && left.every((address, index) => address === right[index]);
}
