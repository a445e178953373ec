import type { Metadata } from "../config/index.ts";
import { formatAddress, type SocketAddress } from "../network/index.ts";
import { type Cluster, type Host, HostHealth, type HostPool, type HostStats, type Locality } from "./contract.ts";
import type { Endpoint } from "./endpoint.ts";
import type { HostRecord } from "./outlier/host-record.ts";

/** The bits that put a host out of choice. */
const unhealthyBits =
  HostHealth.FailedActiveCheck |
  HostHealth.Ejected |
  HostHealth.UnhealthyByConfig |
  HostHealth.Draining |
  HostHealth.PendingActiveCheck |
  HostHealth.ImmediateFailure |
  HostHealth.DrainingByConfig;

/** The bits of hosts that do not even count when the share of healthy hosts is computed (Envoy: excluded). */
const excludedBits = HostHealth.PendingActiveCheck | HostHealth.ImmediateFailure | HostHealth.DrainingByConfig;

/** What the bits of `HostHealth` come to for balancing: Envoy's coarse health. */
export type CoarseHealth = "healthy" | "degraded" | "unhealthy";

export function coarseHealth(bits: number): CoarseHealth {
  if (bits === 0) return "healthy";
  return (bits & unhealthyBits) === 0 ? "degraded" : "unhealthy";
}

export function isExcluded(bits: number): boolean {
  return (bits & excludedBits) !== 0;
}

/** One constructor for the numbers of all hosts: they are written for every request. */
class HostCounters implements HostStats {
  cxTotal = 0;
  cxActive = 0;
  cxConnectFail = 0;
  rqTotal = 0;
  rqActive = 0;
  rqPendingActive = 0;
  rqSuccess = 0;
  rqError = 0;
  rqTimeout = 0;
}

/** What a host tells its cluster. */
export interface HostOwner extends Cluster {
  hostHealthChanged(host: UpstreamHost, before: number): void;
  /** The host said itself that it fails. */
  hostFailed(host: UpstreamHost): void;
}

/** An endpoint of a cluster, with what is known of it. What an update may change of it is changed in place. */
export class UpstreamHost implements Host {
  address: SocketAddress;
  addressText: string;
  hostname: string;
  weight: number;
  priority: number;
  locality: Locality;
  canary: boolean;
  metadata: Metadata | undefined;
  health: number;
  availableSince: number;
  endpoint: Endpoint;
  /** It is gone from discovery and stays for as long as its health check passes. */
  pendingRemoval: boolean;
  /** It is no longer in its cluster. */
  removed: boolean;
  /** The last active check failed because no answer came in time. */
  checkTimedOut: boolean;
  /** In a cluster with outlier detection. */
  record: HostRecord | undefined;
  readonly cluster: HostOwner;
  readonly stats: HostStats;
  readonly pools: (HostPool | undefined)[];

  /** @param now milliseconds on the clock */
  constructor(cluster: HostOwner, endpoint: Endpoint, health: number, now: number) {
    this.cluster = cluster;
    this.endpoint = endpoint;
    this.address = endpoint.address;
    this.addressText = formatAddress(endpoint.address);
    this.hostname = endpoint.hostname;
    this.weight = endpoint.weight;
    this.priority = endpoint.priority;
    this.locality = endpoint.locality;
    this.canary = endpoint.canary;
    this.metadata = endpoint.metadata;
    this.health = health | endpoint.health;
    this.availableSince = now;
    this.pendingRemoval = false;
    this.removed = false;
    this.checkTimedOut = false;
    this.record = undefined;
    this.stats = new HostCounters();
    this.pools = [];
  }

  setHealth(bit: number, on: boolean): void {
    const before = this.health;
    const after = on ? before | bit : before & ~bit;
    if (after === before) return;
    this.health = after;
    this.cluster.hostHealthChanged(this, before);
  }

  /** Takes over what a new configuration says of the same endpoint. */
  update(endpoint: Endpoint): void {
    const configured = HostHealth.UnhealthyByConfig | HostHealth.DegradedByConfig | HostHealth.DrainingByConfig;
    this.endpoint = endpoint;
    this.address = endpoint.address;
    this.addressText = formatAddress(endpoint.address);
    this.hostname = endpoint.hostname;
    this.weight = endpoint.weight;
    this.priority = endpoint.priority;
    this.locality = endpoint.locality;
    this.canary = endpoint.canary;
    this.metadata = endpoint.metadata;
    this.health = (this.health & ~configured) | endpoint.health;
  }

  failActiveCheck(): void {
    this.cluster.hostFailed(this);
  }

  recordResult(httpStatus: number, localOrigin: boolean): void {
    if (this.record !== undefined) this.record.add(httpStatus, localOrigin);
  }

  recordConnected(): void {
    if (this.record !== undefined) this.record.addConnected();
  }

  /** New streams get new connections; those in flight end where they are. */
  drainPools(): void {
    for (const pool of this.#takePools()) pool.drain();
  }

  closePools(): void {
    for (const pool of this.#takePools()) pool.close();
  }

  #takePools(): HostPool[] {
    const pools = this.pools.filter((pool) => pool !== undefined);
    this.pools.length = 0;
    return pools;
  }
}
