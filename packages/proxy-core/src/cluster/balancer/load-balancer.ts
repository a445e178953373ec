import { enumValue, type Message } from "@mesh/xds-proto";
import {
  type ConfigPath,
  type DecodedExtension,
  defineFields,
  type ExtensionDescriptor,
  type ExtensionFactories,
  fail,
  numberInRange,
  rejected,
  supported,
  wrappedNumber,
} from "../../config/index.ts";
import { type Clock, type Logger, type Random, type RuntimeFlags, RuntimeNumber, type RuntimeSnapshot } from "../../runtime/index.ts";
import type { Host, Picker } from "../contract.ts";
import { type LeastRequestOptions, leastRequestPicker } from "./least-request.ts";
import { randomPicker } from "./random.ts";
import { roundRobinPicker } from "./round-robin.ts";
import { readSlowStart, type SlowStart } from "./slow-start.ts";

/**
 * Makes the picker for hosts that a stream may go to; it is called anew whenever these, their weights, their health or the runtime change. The hosts
 * may be none. A picker reads what it likes of its hosts, and `host.stats` at each pick; it does not look at their health.
 */
export type PickerFactory = (hosts: readonly Host[]) => Picker;

/** How a cluster balances. */
export interface Balancing {
  readonly factory: PickerFactory;
  /** A locality is chosen by its weight first, then one of its hosts. */
  readonly localityWeighted: boolean;
}

/** What a load balancer is given. */
export interface LoadBalancerServices {
  readonly clusterName: string;
  readonly random: Random;
  readonly logger: Logger;
  readonly flags: RuntimeFlags;
  readonly clock: Clock;
}

/**
 * A load balancing policy of its own. It is chosen in `load_balancing_policy.policies` by the message that configures it. What its pickers
 * must keep to is in `balancerCompliance`.
 */
export interface LoadBalancerExtension extends ExtensionDescriptor {
  readonly category: "envoy.load_balancing_policies";
  /** Called once a cluster. Throws a `ConfigError` where the configuration makes no sense. */
  create(extension: DecodedExtension, services: LoadBalancerServices): PickerFactory;
  /**
   * Whether the configuration asks for a locality to be chosen by its weight first, so that a picker has the hosts of one locality only
   * (Envoy: `locality_weighted_lb_config`). Absent: never.
   */
  weighsLocalities?(extension: DecodedExtension): boolean;
}

/** The policy that a cluster asks for, in either of the two ways. */
export function choosePolicy(
  cluster: Message<"envoy.config.cluster.v3.Cluster">,
  path: ConfigPath,
  extensions: ExtensionFactories<LoadBalancerExtension>,
  services: LoadBalancerServices,
): Balancing {
  if ((cluster.type === originalDst) !== (cluster.lbPolicy === lbPolicies.clusterProvided)) {
    fail(path.field("lb_policy"), "must be CLUSTER_PROVIDED for a cluster of the type ORIGINAL_DST, and for no other");
  }
  if (cluster.type === originalDst && cluster.loadBalancingPolicy !== null) {
    fail(path.field("load_balancing_policy"), "a cluster of the type ORIGINAL_DST chooses for itself");
  }
  const policyField = path.field("load_balancing_policy");
  if (cluster.loadBalancingPolicy !== null) {
    const policiesField = policyField.field("policies");
    const policy = cluster.loadBalancingPolicy.policies[0] ?? fail(policiesField, "is required");
    const configField = policiesField.index(0).field("typed_extension_config").field("typed_config");
    const { factory, extension } = extensions.resolve(policy.typedExtensionConfig?.typedConfig ?? null, configField);
    if (cluster.commonLbConfig?.localityWeightedLbConfig) {
      const place = path.field("common_lb_config").field("locality_weighted_lb_config");
      fail(place, "belongs into the policy where there is a load_balancing_policy");
    }
    return { factory: factory.create(extension, services), localityWeighted: factory.weighsLocalities?.(extension) ?? false };
  }
  refuseOtherOptions(cluster, path);
  const localityWeighted = (cluster.commonLbConfig?.localityWeightedLbConfig ?? null) !== null;
  return { factory: legacyFactory(cluster, path, services), localityWeighted };
}

/** Of an `lb_policy`. */
function legacyFactory(
  cluster: Message<"envoy.config.cluster.v3.Cluster">,
  path: ConfigPath,
  services: LoadBalancerServices,
): PickerFactory {
  const { lbPolicy } = cluster;
  const { random, flags } = services;
  const slowStartOf = (config: "roundRobinLbConfig" | "leastRequestLbConfig", field: string): SlowStart | undefined =>
    readSlowStart(cluster[config]?.slowStartConfig ?? null, path.field(field).field("slow_start_config"), services);
  switch (lbPolicy) {
    case lbPolicies.roundRobin: {
      const slowStart = slowStartOf("roundRobinLbConfig", "round_robin_lb_config");
      return (hosts) => roundRobinPicker(hosts, random, slowStart);
    }
    case lbPolicies.leastRequest: {
      const slowStart = slowStartOf("leastRequestLbConfig", "least_request_lb_config");
      const options = readLeastRequest(cluster.leastRequestLbConfig, false, path.field("least_request_lb_config"), slowStart);
      return (hosts) => leastRequestPicker(hosts, random, options(flags.current));
    }
    case lbPolicies.random:
      return (hosts) => randomPicker(hosts, random);
    case lbPolicies.elsewhere:
      return fail(path.field("load_balancing_policy"), "is required with the lb_policy LOAD_BALANCING_POLICY_CONFIG");
    case lbPolicies.clusterProvided:
      return () => nobody;
    default:
      // The place of RING_HASH and MAGLEV, which the field table refuses.
      return fail(path.field("lb_policy"), `is not supported: ${lbPolicy}`);
  }
}

const lbPolicy = (name: "ROUND_ROBIN" | "LEAST_REQUEST" | "RANDOM" | "CLUSTER_PROVIDED" | "LOAD_BALANCING_POLICY_CONFIG"): number =>
  enumValue("envoy.config.cluster.v3.Cluster.LbPolicy", name);

const lbPolicies = {
  roundRobin: lbPolicy("ROUND_ROBIN"),
  leastRequest: lbPolicy("LEAST_REQUEST"),
  random: lbPolicy("RANDOM"),
  clusterProvided: lbPolicy("CLUSTER_PROVIDED"),
  elsewhere: lbPolicy("LOAD_BALANCING_POLICY_CONFIG"),
} as const;

const originalDst = enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", "ORIGINAL_DST");

/** The cluster itself chooses, before it asks. */
const nobody: Picker = { pick: () => undefined };

/** Envoy refuses the options of one policy with the name of another. */
function refuseOtherOptions(cluster: Message<"envoy.config.cluster.v3.Cluster">, path: ConfigPath): void {
  if (cluster.leastRequestLbConfig !== null && cluster.lbPolicy !== lbPolicies.leastRequest) {
    fail(path.field("least_request_lb_config"), "needs the lb_policy LEAST_REQUEST");
  }
  if (cluster.roundRobinLbConfig !== null && cluster.lbPolicy !== lbPolicies.roundRobin) {
    fail(path.field("round_robin_lb_config"), "needs the lb_policy ROUND_ROBIN");
  }
  if (cluster.originalDstLbConfig !== null && cluster.lbPolicy !== lbPolicies.clusterProvided) {
    fail(path.field("original_dst_lb_config"), "needs the lb_policy CLUSTER_PROVIDED");
  }
}

type LeastRequestMessage = Pick<
  Message<"envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest">,
  "choiceCount" | "activeRequestBias"
>;

/** The options with what the runtime says. Envoy: a bias below 0 that comes from there is 1. */
function readLeastRequest(
  message: LeastRequestMessage | null,
  fullScan: boolean,
  path: ConfigPath,
  slowStart: SlowStart | undefined,
): (snapshot: RuntimeSnapshot) => LeastRequestOptions {
  const { defaultValue = 1, runtimeKey = "" } = message?.activeRequestBias ?? {};
  const choiceCount = wrappedNumber(message?.choiceCount, path.field("choice_count"), { min: 2 }) ?? 2;
  const configured = numberInRange(defaultValue, path.field("active_request_bias").field("default_value"), { min: 0 });
  const bias = new RuntimeNumber("number", runtimeKey, configured);
  return (snapshot) => {
    const activeRequestBias = bias.in(snapshot);
    return { choiceCount, fullScan, activeRequestBias: activeRequestBias < 0 ? 1 : activeRequestBias, slowStart };
  };
}

type LocalityConfig = Message<"envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig"> | null;

const isLocalityWeighted = (config: LocalityConfig): boolean => (config?.localityWeightedLbConfig ?? null) !== null;

const roundRobinName = "envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin";
const leastRequestName = "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest";
const randomName = "envoy.extensions.load_balancing_policies.random.v3.Random";

const roundRobinExtension: LoadBalancerExtension = {
  name: "envoy.load_balancing_policies.round_robin",
  category: "envoy.load_balancing_policies",
  messageName: roundRobinName,
  fields: defineFields(roundRobinName, { slow_start_config: supported(), locality_lb_config: supported() }),
  create: (extension, services) => {
    const { slowStartConfig } = extension.as(roundRobinName);
    const slowStart = readSlowStart(slowStartConfig, extension.path.field("slow_start_config"), services);
    return (hosts) => roundRobinPicker(hosts, services.random, slowStart);
  },
  weighsLocalities: (extension) => isLocalityWeighted(extension.as(roundRobinName).localityLbConfig),
};

const leastRequestExtension: LoadBalancerExtension = {
  name: "envoy.load_balancing_policies.least_request",
  category: "envoy.load_balancing_policies",
  messageName: leastRequestName,
  fields: defineFields(leastRequestName, {
    slow_start_config: supported(),
    locality_lb_config: supported(),
    choice_count: supported(),
    active_request_bias: supported(),
    enable_full_scan: rejected("Envoy does not implement it either; use selection_method"),
    selection_method: supported(),
  }),
  create: (extension, services) => {
    const { random, flags } = services;
    const message = extension.as(leastRequestName);
    const slowStart = readSlowStart(message.slowStartConfig, extension.path.field("slow_start_config"), services);
    const fullScan = message.selectionMethod === enumValue(`${leastRequestName}.SelectionMethod`, "FULL_SCAN");
    const options = readLeastRequest(message, fullScan, extension.path, slowStart);
    return (hosts) => leastRequestPicker(hosts, random, options(flags.current));
  },
  weighsLocalities: (extension) => isLocalityWeighted(extension.as(leastRequestName).localityLbConfig),
};

const randomExtension: LoadBalancerExtension = {
  name: "envoy.load_balancing_policies.random",
  category: "envoy.load_balancing_policies",
  messageName: randomName,
  fields: defineFields(randomName, { locality_lb_config: supported() }),
  create:
    (_extension, { random }) =>
    (hosts) =>
      randomPicker(hosts, random),
  weighsLocalities: (extension) => isLocalityWeighted(extension.as(randomName).localityLbConfig),
};

/** Envoy's policies that need nothing from outside, to be registered with a proxy's extensions. */
export const loadBalancerExtensions: readonly LoadBalancerExtension[] = [roundRobinExtension, leastRequestExtension, randomExtension];
