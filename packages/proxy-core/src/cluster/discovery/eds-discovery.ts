import {
  type ConfigSource,
  type Resource,
  type ResourceReader,
  type ResourceWatcher,
  type Subscription,
  type SubscriptionFailure,
  SubscriptionStats,
} from "../../subscription/index.ts";
import type { Endpoint, LoadAssignment } from "../endpoint.ts";
import type { DiscoveryContext, RunningDiscovery } from "./contract.ts";

/** Makes endpoints of the control plane's ClusterLoadAssignments; one for all clusters. */
export type EndpointsReader = ResourceReader<LoadAssignment<Endpoint>>;

/** Where a cluster's endpoints come from. */
export interface EdsSettings {
  readonly source: ConfigSource;
  readonly reader: EndpointsReader;
  /** Of the ClusterLoadAssignment. */
  readonly serviceName: string;
}

/** Envoy's EDS: a control plane says which endpoints there are. What it takes away or cannot say leaves those that there were. */
export class EdsDiscovery implements RunningDiscovery, ResourceWatcher<LoadAssignment<Endpoint>> {
  readonly ready: Promise<void>;
  readonly #serviceName: string;
  readonly #context: DiscoveryContext;
  readonly #stats: SubscriptionStats;
  readonly #subscription: Subscription;
  #settle: () => void = () => {};

  constructor({ source, reader, serviceName }: EdsSettings, context: DiscoveryContext) {
    this.#serviceName = serviceName;
    this.#context = context;
    this.#stats = new SubscriptionStats(context.scope, context.clock, { hasDuration: false });
    this.ready = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#subscription = source.watch(reader, serviceName, this);
  }

  onChanged({ value, responseVersion }: Resource<LoadAssignment<Endpoint>>): void {
    const { stats, update } = this.#context;
    this.#stats.accepted(responseVersion);
    if (!update(value)) stats.updateNoRebuild.inc();
    this.#settle();
  }

  onMissing(): void {
    const { stats } = this.#context;
    stats.updateAttempt.inc();
    stats.updateEmpty.inc();
    this.#log("does not exist");
    this.#settle();
  }

  onFailed(failure: SubscriptionFailure): void {
    this.#stats.failed(failure);
    if (failure.kind === "unavailable") return;
    this.#log(failure.message);
    this.#settle();
  }

  close(): void {
    this.#subscription.close();
    this.#settle();
  }

  #log(problem: string): void {
    const { logger, clusterName } = this.#context;
    logger.log(
      "warning",
      "eds",
      `cluster ${clusterName}: load assignment ${this.#serviceName}: ${problem}; its endpoints stay as they are`,
    );
  }
}
