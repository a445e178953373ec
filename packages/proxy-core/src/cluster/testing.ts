import { defaultRegistry, fromJson } from "@mesh/xds-proto";
import { type ExtensionDescriptor, ExtensionSet } from "../config/index.ts";
import { type TestRuntime, testRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import type { TestConfigSources } from "../subscription/testing.ts";
import { type LoadBalancerExtension, loadBalancerExtensions } from "./balancer/load-balancer.ts";
import { UpstreamCluster } from "./cluster.ts";
import { createClusterManager, type RunnableClusterManager } from "./cluster-manager.ts";
import { rawBufferUpstream } from "./cluster-settings.ts";
import type { Cluster, Host, HostPool, LoadBalancerContext, Locality } from "./contract.ts";
import type { HealthChecker, HealthCheckerExtension, HealthCheckResult, HealthProbe } from "./health/health-checker.ts";

/** A stream without wishes. */
export const anyHost: LoadBalancerContext = {
  hashKey: undefined,
  shouldSkip: () => false,
  originalDestination: undefined,
  requestHeader: () => undefined,
};

const nowhere: Cluster = Object.create(null);
const nowhereNamed: Locality = { region: "", zone: "", subZone: "" };

/** A host outside of any cluster, for balancers. Only its statistics can be changed. */
export function looseHost(
  index: number,
  weight: number = 1,
  priority: number = 0,
  health: number = 0,
  locality: Locality = nowhereNamed,
  availableSince: number = -Infinity,
): Host {
  const address = { kind: "ip", address: "127.0.0.1", port: index } as const;
  return Object.freeze({
    address,
    addressText: `127.0.0.1:${index}`,
    hostname: "",
    canary: false,
    metadata: undefined,
    weight,
    priority,
    locality,
    health,
    availableSince,
    cluster: nowhere,
    stats: {
      cxTotal: 0,
      cxActive: 0,
      cxConnectFail: 0,
      rqTotal: 0,
      rqActive: 0,
      rqPendingActive: 0,
      rqSuccess: 0,
      rqError: 0,
      rqTimeout: 0,
    },
    pools: [],
    setHealth: () => {},
    failActiveCheck: () => {},
    recordResult: () => {},
    recordConnected: () => {},
  });
}

/** Keeps what is done to it. */
export class RecordingPool implements HostPool {
  /** In order. */
  readonly calls: string[] = [];

  drain(): void {
    this.calls.push("drain");
  }

  close(): void {
    this.calls.push("close");
  }
}

export const passes: HealthCheckResult = { healthy: true, degraded: false };

/** A health checker whose answers a test gives, check by check. */
export class ScriptedChecker implements HealthChecker {
  /** Checks under way, by the address's text. */
  readonly waiting: Map<string, (result: HealthCheckResult | Error) => void> = new Map();
  /** Addresses checked, in order. */
  readonly asked: string[] = [];
  /** Probes that were closed, by their host's address. */
  readonly closed: string[] = [];

  probe({ host, address }: Parameters<HealthChecker["probe"]>[0]): HealthProbe {
    return {
      check: (signal): Promise<HealthCheckResult> =>
        new Promise((resolve, reject) => {
          const text = address.kind === "ip" ? `${address.address}:${address.port}` : address.path;
          this.asked.push(text);
          this.waiting.set(text, (result) => (result instanceof Error ? reject(result) : resolve(result)));
          signal.addEventListener("abort", () => this.waiting.delete(text));
        }),
      close: (): void => void this.closed.push(host.addressText),
    };
  }

  /** Answers the check under way, and lets what follows from it happen. */
  async answer(address: string, result: HealthCheckResult | Error): Promise<void> {
    const answer = this.waiting.get(address);
    if (answer === undefined) throw new Error(`${address} is not being checked`);
    this.waiting.delete(address);
    answer(result);
    await settle();
  }
}

/** Something that a test waits for. */
export class Happening {
  happen: () => void = () => {};
  readonly happened: Promise<void> = new Promise((resolve) => {
    this.happen = resolve;
  });
}

/** Lets promises that are settled have their effect. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export const scriptedCheckName: string = "google.protobuf.StringValue";

/** Found in configuration as `custom_health_check` with a StringValue. */
export function scriptedExtension(checker: HealthChecker): HealthCheckerExtension {
  return {
    name: "test.scripted",
    category: "envoy.health_checkers",
    messageName: scriptedCheckName,
    fields: undefined,
    create: () => checker,
  };
}

/** Interval 10 s, timeout 1 s, 3 failures, 2 successes; answered by the script. */
export const scriptedCheck: Readonly<Record<string, unknown>> = {
  timeout: "1s",
  interval: "10s",
  unhealthy_threshold: 3,
  healthy_threshold: 2,
  custom_health_check: { name: "test", typed_config: { "@type": `type.googleapis.com/${scriptedCheckName}`, value: "" } },
};

/** `load_assignment` of clusters with an endpoint for each `address:port`. */
export function assignment(...addresses: string[]): object {
  return { cluster_name: "c", endpoints: [{ lb_endpoints: addresses.map((address) => lbEndpoint(address)) }] };
}

export function lbEndpoint(text: string, fields: object = {}, endpointFields: object = {}): object {
  const [address, port] = text.split(":");
  return { endpoint: { address: { socket_address: { address, port_value: Number(port) } }, ...endpointFields }, ...fields };
}

export interface TestClusters {
  readonly manager: RunnableClusterManager;
  readonly runtime: TestRuntime;
  readonly store: StatsStore;
  readonly checker: ScriptedChecker;
  /** A statistic's value by its full name. */
  readonly stat: (name: string) => number;
  readonly cluster: (name?: string) => UpstreamCluster;
  readonly hosts: (name?: string) => readonly string[];
}

export interface TestClusterOptions {
  readonly loadBalancers?: readonly LoadBalancerExtension[];
  readonly others?: readonly ExtensionDescriptor[];
  /** Where endpoints come from; with `discovers`, clusters too. Default: there is no source. */
  readonly sources?: TestConfigSources;
  readonly discovers?: boolean;
}

/** An `eds_cluster_config` whose source is whatever the test has. */
export function eds(serviceName: string = ""): object {
  return { type: "EDS", eds_cluster_config: { eds_config: { ads: {} }, service_name: serviceName } };
}

/** A cluster manager for clusters in ProtoJSON, not yet started. Those without a name are called `c`. */
export function testClusters(clusters: readonly object[], options: TestClusterOptions = {}): TestClusters {
  const runtime = testRuntime();
  const store = new StatsStore();
  const checker = new ScriptedChecker();
  const healthCheckers = [scriptedExtension(checker)];
  const loadBalancers = [...loadBalancerExtensions, ...(options.loadBalancers ?? [])];
  const extensions = new ExtensionSet(defaultRegistry(), [
    ...loadBalancers,
    ...healthCheckers,
    rawBufferUpstream,
    ...(options.others ?? []),
  ]);
  const messages = clusters.map((cluster) => fromJson("envoy.config.cluster.v3.Cluster", { name: "c", ...cluster }));
  const { sources, discovers = false } = options;
  const manager = createClusterManager({
    clusters: messages,
    runtime,
    stats: store,
    extensions,
    loadBalancers,
    healthCheckers,
    ...(sources && { sources }),
    ...(sources && discovers && { discovery: { source: sources, collection: "" } }),
  });
  const cluster = (name: string = "c"): UpstreamCluster => {
    const found = manager.find(name);
    if (!(found instanceof UpstreamCluster)) throw new Error(`there is no cluster ${name}`);
    return found;
  };
  return {
    manager,
    runtime,
    store,
    checker,
    stat: (name) => statValue(store, name),
    cluster,
    hosts: (name) => cluster(name).hosts.map((host) => host.addressText),
  };
}
