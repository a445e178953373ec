import { enumValue, type Message } from "@mesh/xds-proto";
import {
  type ConfigPath,
  type DecodedExtension,
  defineFields,
  each,
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
import { hostKey, normalizeWeights } from "./hash-table.ts";
import { type LeastRequestOptions, leastRequestPicker } from "./least-request.ts";
import { maglevPicker } from "./maglev.ts";
import { randomPicker } from "./random.ts";
import { ringHashPicker } from "./ring-hash.ts";
import { roundRobinPicker } from "./round-robin.ts";
import { readSlowStart, type SlowStart } from "./slow-start.ts";

/**
 * Makes the picker for hosts that a stream may go to; it is called anew whenever these, their weights, their health or the runtime change. The hosts
 * may be none. With `weights`, these are the hosts', in their order: of a balancer that hashes, where localities have weights. A picker reads what it likes of its hosts, and `host.stats` at each pick; it does not look at their health.
 */
export type PickerFactory = (hosts: readonly Host[], weights?: readonly number[]) => Picker;

/** How a cluster balances. */
export interface Balancing {
  readonly factory: PickerFactory;
  /** A locality is chosen by its weight first, then one of its hosts. */
  readonly localityWeighted: boolean;
  /** The same request is to reach the same host: nothing is left to chance where it has a hash. */
  readonly usesHash: boolean;
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
  /** Its pickers choose by `LoadBalancerContext.hashKey`. With weights of localities they get the hosts of all of them, and weights. Default: false. */
  readonly usesHash?: boolean;
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
    return {
      factory: factory.create(extension, services),
      localityWeighted: factory.weighsLocalities?.(extension) ?? false,
      usesHash: factory.usesHash ?? false,
    };
  }
  refuseOtherOptions(cluster, path);
  const localityWeighted = (cluster.commonLbConfig?.localityWeightedLbConfig ?? null) !== null;
  const usesHash = cluster.lbPolicy === lbPolicies.ringHash || cluster.lbPolicy === lbPolicies.maglev;
  return { factory: legacyFactory(cluster, path, services), localityWeighted, usesHash };
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
    case lbPolicies.ringHash: {
      const key = hostKey(cluster.commonLbConfig?.consistentHashingLbConfig?.useHostnameForHashing ?? false);
      const options = { ...readRingSizes(cluster.ringHashLbConfig, path.field("ring_hash_lb_config")), key };
      return (hosts, weights) => ringHashPicker(normalizeWeights(hosts, weights), random, options);
    }
    case lbPolicies.maglev: {
      const key = hostKey(cluster.commonLbConfig?.consistentHashingLbConfig?.useHostnameForHashing ?? false);
      const options = { tableSize: readTableSize(cluster.maglevLbConfig, path.field("maglev_lb_config")), key };
      return (hosts, weights) => maglevPicker(normalizeWeights(hosts, weights), random, options);
    }
    default:
      return fail(path.field("lb_policy"), `is not supported: ${lbPolicy}`);
  }
}

const lbPolicy = (
  name: "ROUND_ROBIN" | "LEAST_REQUEST" | "RANDOM" | "RING_HASH" | "MAGLEV" | "CLUSTER_PROVIDED" | "LOAD_BALANCING_POLICY_CONFIG",
): number => enumValue("envoy.config.cluster.v3.Cluster.LbPolicy", name);

const lbPolicies = {
  roundRobin: lbPolicy("ROUND_ROBIN"),
  leastRequest: lbPolicy("LEAST_REQUEST"),
  random: lbPolicy("RANDOM"),
  ringHash: lbPolicy("RING_HASH"),
  maglev: lbPolicy("MAGLEV"),
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
  if (cluster.ringHashLbConfig !== null && cluster.lbPolicy !== lbPolicies.ringHash) {
    fail(path.field("ring_hash_lb_config"), "needs the lb_policy RING_HASH");
  }
  if (cluster.maglevLbConfig !== null && cluster.lbPolicy !== lbPolicies.maglev) {
    fail(path.field("maglev_lb_config"), "needs the lb_policy MAGLEV");
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

type RingSizesMessage = Pick<
  Message<"envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash">,
  "minimumRingSize" | "maximumRingSize"
>;

/** Envoy: 8 Mi places are the most that a ring may be asked to have. */
const largestRing = 8_388_608;

function readRingSizes(message: RingSizesMessage | null, path: ConfigPath): { readonly minimumSize: number; readonly maximumSize: number } {
  const range = { min: 1, max: largestRing };
  const minimumSize = wrappedNumber(message?.minimumRingSize, path.field("minimum_ring_size"), range) ?? 1024;
  const maximumSize = wrappedNumber(message?.maximumRingSize, path.field("maximum_ring_size"), range) ?? largestRing;
  if (minimumSize > maximumSize) fail(path.field("minimum_ring_size"), "must not be greater than maximum_ring_size");
  return { minimumSize, maximumSize };
}

function readTableSize(message: { readonly tableSize: { readonly value: number } | null } | null, path: ConfigPath): number {
  const at = path.field("table_size");
  const size = wrappedNumber(message?.tableSize, at, { min: 2, max: 5_000_011 }) ?? 65_537;
  if (!isPrime(size)) fail(at, `must be a prime number, is ${size}`);
  return size;
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

type LocalityConfig = Message<"envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig"> | null;

const isLocalityWeighted = (config: LocalityConfig): boolean => (config?.localityWeightedLbConfig ?? null) !== null;

const roundRobinName = "envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin";
const leastRequestName = "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest";
const ringHashName = "envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash";
const maglevName = "envoy.extensions.load_balancing_policies.maglev.v3.Maglev";
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

const notYet = "not there yet";

const ringHashExtension: LoadBalancerExtension = {
  name: "envoy.load_balancing_policies.ring_hash",
  category: "envoy.load_balancing_policies",
  messageName: ringHashName,
  fields: defineFields(ringHashName, {
    hash_function: supported({ values: ["DEFAULT_HASH", "XX_HASH"] }),
    ...each(supported(), "minimum_ring_size", "maximum_ring_size", "consistent_hashing_lb_config", "locality_weighted_lb_config"),
    use_hostname_for_hashing: supported({ note: "Deprecated; `consistent_hashing_lb_config` is the place to use." }),
    hash_balance_factor: rejected(notYet),
  }),
  usesHash: true,
  create: (extension, { random }) => {
    const message = extension.as(ringHashName);
    const usesHostname = message.useHostnameForHashing || (message.consistentHashingLbConfig?.useHostnameForHashing ?? false);
    const options = { ...readRingSizes(message, extension.path), key: hostKey(usesHostname) };
    return (hosts, weights) => ringHashPicker(normalizeWeights(hosts, weights), random, options);
  },
  weighsLocalities: (extension) => extension.as(ringHashName).localityWeightedLbConfig !== null,
};

const maglevExtension: LoadBalancerExtension = {
  name: "envoy.load_balancing_policies.maglev",
  category: "envoy.load_balancing_policies",
  messageName: maglevName,
  fields: defineFields(maglevName, each(supported(), "table_size", "consistent_hashing_lb_config", "locality_weighted_lb_config")),
  usesHash: true,
  create: (extension, { random }) => {
    const message = extension.as(maglevName);
    const key = hostKey(message.consistentHashingLbConfig?.useHostnameForHashing ?? false);
    const options = { tableSize: readTableSize(message, extension.path), key };
    return (hosts, weights) => maglevPicker(normalizeWeights(hosts, weights), random, options);
  },
  weighsLocalities: (extension) => extension.as(maglevName).localityWeightedLbConfig !== null,
};

/** Envoy's policies that need nothing from outside, to be registered with a proxy's extensions. */
export const loadBalancerExtensions: readonly LoadBalancerExtension[] = [
  roundRobinExtension,
  leastRequestExtension,
  randomExtension,
  ringHashExtension,
  maglevExtension,
];
