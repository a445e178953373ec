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
import type { Logger, Random } from "../../runtime/index.ts";
import type { Host, Picker } from "../contract.ts";
import { type LeastRequestOptions, leastRequestPicker } from "./least-request.ts";
import { randomPicker } from "./random.ts";
import { roundRobinPicker } from "./round-robin.ts";

/**
 * Makes the picker for hosts that a stream may go to; it is called anew whenever these, their weights or their health change. The hosts
 * may be none. A picker reads what it likes of its hosts, and `host.stats` at each pick; it does not look at their health.
 */
export type PickerFactory = (hosts: readonly Host[]) => Picker;

/** What a load balancer is given. */
export interface LoadBalancerServices {
  readonly clusterName: string;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * A load balancing policy of its own. It is chosen in `load_balancing_policy.policies` by the message that configures it. What its pickers
 * must keep to is in `balancerCompliance`.
 */
export interface LoadBalancerExtension extends ExtensionDescriptor {
  readonly category: "envoy.load_balancing_policies";
  /** Called once a cluster. Throws a `ConfigError` where the configuration makes no sense. */
  create(extension: DecodedExtension, services: LoadBalancerServices): PickerFactory;
}

/** The policy that a cluster asks for, in either of the two ways. */
export function choosePolicy(
  cluster: Message<"envoy.config.cluster.v3.Cluster">,
  path: ConfigPath,
  extensions: ExtensionFactories<LoadBalancerExtension>,
  services: LoadBalancerServices,
): PickerFactory {
  const policyField = path.field("load_balancing_policy");
  if (cluster.loadBalancingPolicy !== null) {
    const policiesField = policyField.field("policies");
    const policy = cluster.loadBalancingPolicy.policies[0] ?? fail(policiesField, "is required");
    const configField = policiesField.index(0).field("typed_extension_config").field("typed_config");
    const { factory, extension } = extensions.resolve(policy.typedExtensionConfig?.typedConfig ?? null, configField);
    return factory.create(extension, services);
  }
  const { random } = services;
  const { lbPolicy } = cluster;
  refuseOtherOptions(cluster, path);
  switch (lbPolicy) {
    case lbPolicies.roundRobin:
      return (hosts) => roundRobinPicker(hosts, random);
    case lbPolicies.leastRequest: {
      const options = readLeastRequest(cluster.leastRequestLbConfig, path.field("least_request_lb_config"));
      return (hosts) => leastRequestPicker(hosts, random, { ...options, fullScan: false });
    }
    case lbPolicies.random:
      return (hosts) => randomPicker(hosts, random);
    case lbPolicies.elsewhere:
      return fail(policyField, "is required with the lb_policy LOAD_BALANCING_POLICY_CONFIG");
    default:
      // The place of RING_HASH and MAGLEV, which the field table refuses.
      return fail(path.field("lb_policy"), `is not supported: ${lbPolicy}`);
  }
}

const lbPolicy = (name: "ROUND_ROBIN" | "LEAST_REQUEST" | "RANDOM" | "LOAD_BALANCING_POLICY_CONFIG"): number =>
  enumValue("envoy.config.cluster.v3.Cluster.LbPolicy", name);

const lbPolicies = {
  roundRobin: lbPolicy("ROUND_ROBIN"),
  leastRequest: lbPolicy("LEAST_REQUEST"),
  random: lbPolicy("RANDOM"),
  elsewhere: lbPolicy("LOAD_BALANCING_POLICY_CONFIG"),
} as const;

/** Envoy refuses the options of one policy with the name of another. */
function refuseOtherOptions(cluster: Message<"envoy.config.cluster.v3.Cluster">, path: ConfigPath): void {
  if (cluster.leastRequestLbConfig !== null && cluster.lbPolicy !== lbPolicies.leastRequest) {
    fail(path.field("least_request_lb_config"), "needs the lb_policy LEAST_REQUEST");
  }
  if (cluster.roundRobinLbConfig !== null && cluster.lbPolicy !== lbPolicies.roundRobin) {
    fail(path.field("round_robin_lb_config"), "needs the lb_policy ROUND_ROBIN");
  }
}

type LeastRequestMessage = Pick<
  Message<"envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest">,
  "choiceCount" | "activeRequestBias"
>;

function readLeastRequest(message: LeastRequestMessage | null, path: ConfigPath): Omit<LeastRequestOptions, "fullScan"> {
  const bias = message?.activeRequestBias?.defaultValue ?? 1;
  return {
    choiceCount: wrappedNumber(message?.choiceCount, path.field("choice_count"), { min: 2 }) ?? 2,
    activeRequestBias: numberInRange(bias, path.field("active_request_bias").field("default_value"), { min: 0 }),
  };
}

const laterFields = {
  slow_start_config: rejected("slow start comes with a later version"),
  locality_lb_config: rejected("balancing by locality comes with a later version"),
} as const;

const roundRobinName = "envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin";
const leastRequestName = "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest";
const randomName = "envoy.extensions.load_balancing_policies.random.v3.Random";

const roundRobinExtension: LoadBalancerExtension = {
  name: "envoy.load_balancing_policies.round_robin",
  category: "envoy.load_balancing_policies",
  messageName: roundRobinName,
  fields: defineFields(roundRobinName, laterFields),
  create:
    (_extension, { random }) =>
    (hosts) =>
      roundRobinPicker(hosts, random),
};

const leastRequestExtension: LoadBalancerExtension = {
  name: "envoy.load_balancing_policies.least_request",
  category: "envoy.load_balancing_policies",
  messageName: leastRequestName,
  fields: defineFields(leastRequestName, {
    ...laterFields,
    choice_count: supported(),
    active_request_bias: supported(),
    enable_full_scan: rejected("Envoy does not implement it either; use selection_method"),
    selection_method: supported(),
  }),
  create: (extension, { random }) => {
    const message = extension.as(leastRequestName);
    const fullScan = message.selectionMethod === enumValue(`${leastRequestName}.SelectionMethod`, "FULL_SCAN");
    const options = { ...readLeastRequest(message, extension.path), fullScan };
    return (hosts) => leastRequestPicker(hosts, random, options);
  },
};

const randomExtension: LoadBalancerExtension = {
  name: "envoy.load_balancing_policies.random",
  category: "envoy.load_balancing_policies",
  messageName: randomName,
  fields: defineFields(randomName, { locality_lb_config: laterFields.locality_lb_config }),
  create:
    (_extension, { random }) =>
    (hosts) =>
      randomPicker(hosts, random),
};

/** Envoy's policies that need nothing from outside, to be registered with a proxy's extensions. */
export const loadBalancerExtensions: readonly LoadBalancerExtension[] = [roundRobinExtension, leastRequestExtension, randomExtension];
