import { isIP } from "node:net";
import { enumValue, type Message } from "@mesh/xds-proto";
import {
  type ConfigPath,
  fail,
  fractionalPercent,
  type Metadata,
  numberInRange,
  readMetadata,
  required,
  requiredString,
  wrappedNumber,
} from "../config/index.ts";
import { formatAddress, type SocketAddress } from "../network/index.ts";
import { HostHealth, type Locality } from "./contract.ts";

/** How many streams a locality gets, relative to the others of its priority. */
export interface LocalityWeight {
  readonly priority: number;
  readonly locality: Locality;
  /** 1 or more. */
  readonly weight: number;
}

/** What is configured of one endpoint, its address resolved. */
export interface Endpoint {
  readonly address: SocketAddress;
  readonly hostname: string;
  /** 1 or more. */
  readonly weight: number;
  /** 0 is the highest. */
  readonly priority: number;
  readonly locality: Locality;
  /** Bits of `HostHealth` that its `health_status` sets. */
  readonly health: number;
  /** `envoy.lb: { canary: true }` in its metadata. */
  readonly canary: boolean;
  readonly metadata: Metadata | undefined;
  readonly check: EndpointCheck;
  /** What it is known by from one update to the next; absent: its address. */
  readonly key?: string;
}

/** How an endpoint differs from others of its cluster in active health checks. */
export interface EndpointCheck {
  /** Empty: as for the cluster. */
  readonly hostname: string;
  /** 0: the endpoint's own. */
  readonly port: number;
  readonly address: SocketAddress | undefined;
  readonly disabled: boolean;
}

/** An endpoint whose name is still to be resolved. */
export interface NamedEndpoint {
  /** A name, or an IP address. */
  readonly name: string;
  readonly port: number;
  /** The endpoint at one of the name's addresses. */
  at(address: string): Endpoint;
}

/** A load assignment, its priorities and localities flattened: each endpoint says to which it belongs. */
export interface LoadAssignment<T> {
  readonly endpoints: readonly T[];
  /** Of the localities that have one. Where a locality is listed several times, the last one holds. */
  readonly localityWeights: readonly LocalityWeight[];
  /** Percent: Envoy's 140 by default. */
  readonly overprovisioningFactor: number;
  /** How much a priority can carry follows from the weights of its hosts, instead of their number. */
  readonly weightedPriorityHealth: boolean;
  /** The share of requests that get no host: 0 to 1. */
  readonly dropOverload: number;
}

type LoadAssignmentMessage = Message<"envoy.config.endpoint.v3.ClusterLoadAssignment">;
type LocalityMessage = Message<"envoy.config.endpoint.v3.LocalityLbEndpoints">;
type LbEndpointMessage = Message<"envoy.config.endpoint.v3.LbEndpoint">;
type DropOverloadMessage = Message<"envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload">;

/** Endpoints with IP addresses or unix sockets: those of STATIC clusters. */
export function readStaticEndpoints(message: LoadAssignmentMessage, path: ConfigPath): LoadAssignment<Endpoint> {
  return readLoadAssignment(message, path, (endpoint, common, endpointPath) => {
    const address = readAddress(required(endpoint.address, endpointPath.field("address")), endpointPath.field("address"));
    return { ...common, address, hostname: endpoint.hostname };
  });
}

/** What EDS delivers. As in Envoy, an address counts once, in whatever localities and priorities it stands: the first endpoint has it. */
export function readDiscoveredEndpoints(message: LoadAssignmentMessage, path: ConfigPath): LoadAssignment<Endpoint> {
  const assignment = readStaticEndpoints(message, path);
  const first = new Map<string, Endpoint>();
  for (const endpoint of assignment.endpoints) {
    const text = formatAddress(endpoint.address);
    if (!first.has(text)) first.set(text, endpoint);
  }
  return { ...assignment, endpoints: [...first.values()] };
}

/** Endpoints by name: STRICT_DNS and LOGICAL_DNS clusters. */
export function readNamedEndpoints(message: LoadAssignmentMessage, path: ConfigPath): LoadAssignment<NamedEndpoint> {
  return readLoadAssignment(message, path, (endpoint, common, endpointPath) => {
    const addressPath = endpointPath.field("address");
    const socketAddress = required(endpoint.address, addressPath).socketAddress;
    const { address: name, portValue: port } = required(socketAddress, addressPath.field("socket_address"));
    requiredString(name, addressPath.field("socket_address").field("address"));
    numberInRange(port, addressPath.field("socket_address").field("port_value"), { min: 0, max: 65_535 });
    const hostname = endpoint.hostname === "" ? name : endpoint.hostname;
    return { name, port, at: (address) => ({ ...common, address: { kind: "ip", address, port }, hostname }) };
  });
}

type EndpointMessage = Message<"envoy.config.endpoint.v3.Endpoint">;
type CommonFields = Omit<Endpoint, "address" | "hostname" | "key">;

function readLoadAssignment<T>(
  message: LoadAssignmentMessage,
  path: ConfigPath,
  read: (endpoint: EndpointMessage, common: CommonFields, path: ConfigPath) => T,
): LoadAssignment<T> {
  const endpoints: T[] = [];
  const localityWeights: LocalityWeight[] = [];
  message.endpoints.forEach((group, groupIndex) => {
    const groupPath = path.field("endpoints").index(groupIndex);
    const priority = numberInRange(group.priority, groupPath.field("priority"), { max: 128 });
    const locality = readLocality(group);
    const localityWeight = wrappedNumber(group.loadBalancingWeight, groupPath.field("load_balancing_weight"), { min: 1 });
    // Envoy: endpoints of no locality have no weight as one.
    if (localityWeight !== undefined && group.locality !== null) localityWeights.push({ priority, locality, weight: localityWeight });
    group.lbEndpoints.forEach((lbEndpoint, index) => {
      const lbPath = groupPath.field("lb_endpoints").index(index);
      const endpointPath = lbPath.field("endpoint");
      const endpoint = required(lbEndpoint.endpoint, endpointPath);
      const common = {
        weight: wrappedNumber(lbEndpoint.loadBalancingWeight, lbPath.field("load_balancing_weight"), { min: 1 }) ?? 1,
        priority,
        locality,
        health: healthOfStatus.get(lbEndpoint.healthStatus) ?? 0,
        canary: isCanary(lbEndpoint),
        metadata: readMetadata(lbEndpoint.metadata),
        check: readCheck(endpoint, endpointPath.field("health_check_config")),
      };
      endpoints.push(read(endpoint, common, endpointPath));
    });
  });
  const { policy } = message;
  const policyPath = path.field("policy");
  return {
    endpoints,
    localityWeights,
    overprovisioningFactor: wrappedNumber(policy?.overprovisioningFactor, policyPath.field("overprovisioning_factor"), { min: 1 }) ?? 140,
    weightedPriorityHealth: policy?.weightedPriorityHealth ?? false,
    dropOverload: readDropOverload(policy?.dropOverloads ?? [], policyPath.field("drop_overloads")),
  };
}

/** Envoy takes one category at most. */
function readDropOverload(categories: readonly DropOverloadMessage[], path: ConfigPath): number {
  const [category] = categories;
  if (category === undefined) return 0;
  if (categories.length > 1) fail(path, `there are ${categories.length} categories; one is all that there may be`);
  requiredString(category.category, path.index(0).field("category"));
  const percentPath = path.index(0).field("drop_percentage");
  const { dropPercentage } = category;
  if (dropPercentage === null) return 0;
  const share = fractionalPercent(dropPercentage, percentPath) ?? 0;
  // Elsewhere more than everything is everything, here Envoy refuses it. The denominators 0, 1 and 2 are 100, 10,000 and a million.
  numberInRange(dropPercentage.numerator, percentPath.field("numerator"), { max: 100 ** (dropPercentage.denominator + 1) });
  return share;
}

function readLocality({ locality }: LocalityMessage): Locality {
  return { region: locality?.region ?? "", zone: locality?.zone ?? "", subZone: locality?.subZone ?? "" };
}

const status = (name: "UNHEALTHY" | "DRAINING" | "TIMEOUT" | "DEGRADED"): number => enumValue("envoy.config.core.v3.HealthStatus", name);

const healthOfStatus: ReadonlyMap<number, number> = new Map([
  [status("UNHEALTHY"), HostHealth.UnhealthyByConfig],
  [status("TIMEOUT"), HostHealth.UnhealthyByConfig],
  [status("DRAINING"), HostHealth.DrainingByConfig],
  [status("DEGRADED"), HostHealth.DegradedByConfig],
]);

function isCanary({ metadata }: LbEndpointMessage): boolean {
  return metadata?.filterMetadata["envoy.lb"]?.fields["canary"]?.boolValue === true;
}

function readCheck({ healthCheckConfig: config }: EndpointMessage, path: ConfigPath): EndpointCheck {
  const address = config?.address ? readAddress(config.address, path.field("address")) : undefined;
  const port = numberInRange(config?.portValue ?? 0, path.field("port_value"), { max: 65_535 });
  return { hostname: config?.hostname ?? "", port, address, disabled: config?.disableActiveHealthCheck ?? false };
}

/** An address that needs no lookup. */
export function readAddress(message: Message<"envoy.config.core.v3.Address">, path: ConfigPath): SocketAddress {
  if (message.pipe) return { kind: "pipe", path: requiredString(message.pipe.path, path.field("pipe").field("path")) };
  const socketPath = path.field("socket_address");
  const { address, portValue: port } = required(message.socketAddress, socketPath);
  if (isIP(address) === 0) {
    fail(
      socketPath.field("address"),
      `not an IP address: ${JSON.stringify(address)}; names need the cluster type STRICT_DNS or LOGICAL_DNS`,
    );
  }
  return { kind: "ip", address, port: numberInRange(port, socketPath.field("port_value"), { min: 0, max: 65_535 }) };
}
