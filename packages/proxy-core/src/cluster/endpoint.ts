import { isIP } from "node:net";
import { enumValue, type Message } from "@mesh/xds-proto";
import {
  type ConfigPath,
  fail,
  type Metadata,
  numberInRange,
  readMetadata,
  required,
  requiredString,
  wrappedNumber,
} from "../config/index.ts";
import type { SocketAddress } from "../network/index.ts";
import { HostHealth } from "./contract.ts";

/** Where an endpoint runs. The place of locality-weighted and zone-aware balancing; until then it is only shown. */
export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
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

/** The endpoints of a load assignment with more than one locality and priority, flattened. */
export interface LoadAssignment<T> {
  readonly endpoints: readonly T[];
  /** Percent: Envoy's 140 by default. */
  readonly overprovisioningFactor: number;
}

type LoadAssignmentMessage = Message<"envoy.config.endpoint.v3.ClusterLoadAssignment">;
type LocalityMessage = Message<"envoy.config.endpoint.v3.LocalityLbEndpoints">;
type LbEndpointMessage = Message<"envoy.config.endpoint.v3.LbEndpoint">;

/** Endpoints with IP addresses or unix sockets: STATIC clusters, and what EDS delivers. */
export function readStaticEndpoints(message: LoadAssignmentMessage, path: ConfigPath): LoadAssignment<Endpoint> {
  return readLoadAssignment(message, path, (endpoint, common, endpointPath) => {
    const address = readAddress(required(endpoint.address, endpointPath.field("address")), endpointPath.field("address"));
    return { ...common, address, hostname: endpoint.hostname };
  });
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
  message.endpoints.forEach((group, groupIndex) => {
    const groupPath = path.field("endpoints").index(groupIndex);
    const priority = numberInRange(group.priority, groupPath.field("priority"), { max: 128 });
    const locality = readLocality(group);
    group.lbEndpoints.forEach((lbEndpoint, index) => {
      const lbPath = groupPath.field("lb_endpoints").index(index);
      const endpointPath = lbPath.field("endpoint");
      const endpoint = required(lbEndpoint.endpoint, endpointPath);
      const common = {
        weight: wrappedNumber(lbEndpoint.loadBalancingWeight, lbPath.field("load_balancing_weight"), { min: 1 }) ?? 1,
        priority,
        locality,
        health: configuredHealth(lbEndpoint),
        canary: isCanary(lbEndpoint),
        metadata: readMetadata(lbEndpoint.metadata),
        check: readCheck(endpoint, endpointPath.field("health_check_config")),
      };
      endpoints.push(read(endpoint, common, endpointPath));
    });
  });
  checkPriorities(message, path);
  const factorPath = path.field("policy").field("overprovisioning_factor");
  const overprovisioningFactor = wrappedNumber(message.policy?.overprovisioningFactor, factorPath, { min: 1 }) ?? 140;
  return { endpoints, overprovisioningFactor };
}

/** Envoy: priorities range from 0 to N without gaps. */
function checkPriorities(message: LoadAssignmentMessage, path: ConfigPath): void {
  const present = new Set(message.endpoints.map((group) => group.priority));
  message.endpoints.forEach((group, index) => {
    const missing = group.priority - 1;
    if (missing < 0 || present.has(missing)) return;
    fail(path.field("endpoints").index(index).field("priority"), `there is priority ${group.priority}, but no priority ${missing}`);
  });
}

function readLocality({ locality }: LocalityMessage): Locality {
  return { region: locality?.region ?? "", zone: locality?.zone ?? "", subZone: locality?.subZone ?? "" };
}

const status = (name: "UNHEALTHY" | "DRAINING" | "TIMEOUT" | "DEGRADED"): number => enumValue("envoy.config.core.v3.HealthStatus", name);

function configuredHealth({ healthStatus }: LbEndpointMessage): number {
  if (healthStatus === status("DEGRADED")) return HostHealth.DegradedByConfig;
  const unhealthy = [status("UNHEALTHY"), status("DRAINING"), status("TIMEOUT")].includes(healthStatus);
  return unhealthy ? HostHealth.UnhealthyByConfig : 0;
}

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
