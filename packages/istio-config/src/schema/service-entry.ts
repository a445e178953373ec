import * as v from "valibot";
import type { ServiceEntrySpec, ServicePort, WorkloadEntrySpec } from "../kinds/index.ts";
import type { FieldPath } from "../problem.ts";
import { isHttpProtocol, isRpcProtocol, isTlsProtocol, protocolOfPortName } from "../protocol.ts";
import { isIpAddress, subnet, unixPrefix, unixVerdict } from "./addresses.ts";
import { exportTo, labels, protocol, workloadSelector } from "./common.ts";
import { hasPartialWildcard, isHostName, isLabel, portName, wildcardHost } from "./hosts.ts";
import { describe, type Report } from "./issues.ts";
import { localityVerdict } from "./locality.ts";
import { message, type MessageSchema } from "./message.ts";
import { checked, count, keyed, list, may, oneOf, port, text, texts, type Schema } from "./scalars.ts";

const workloadFields = {
  address: may(text),
  ports: keyed(port, "port/name", (name) => (isLabel(name) ? undefined : "must have a DNS label for its key")),
  labels,
  network: may(text),
  locality: may(checked(text, "locality/syntax", (value) => (value.includes("*") ? "must have no wildcard" : localityVerdict(value)))),
  weight: may(count),
  serviceAccount: may(text),
};

function checkAddress({ address, network, ports }: WorkloadEntrySpec, report: Report): void {
  if (address === undefined) {
    if (network === undefined) report([], "workload-entry/address", "must have an address");
    else report([], "workload-entry/no-address", "has no address: it is reached by the gateway of its network");
    return;
  }
  if (address.startsWith(unixPrefix)) {
    const problem = unixVerdict(address);
    if (problem !== undefined) report(["address"], "address/unix", problem);
    if (Object.keys(ports).length > 0) report(["ports"], "service-entry/unix-port", "must not be set for a Unix domain socket");
  } else if (!isIpAddress(address) && !isHostName(address)) {
    report(["address"], "workload-entry/address", `must be an IP address, a host name or unix:///path, but is ${describe(address)}`);
  }
}

export const workloadEntry: MessageSchema<WorkloadEntrySpec> = message("WorkloadEntry", workloadFields, { rules: checkAddress });

const servicePort: MessageSchema<ServicePort> = message("ServicePort", {
  number: port,
  name: portName,
  protocol: may(protocol),
  targetPort: may(port),
});

function checkHosts({ hosts, resolution, endpoints, ports, addresses }: ServiceEntrySpec, report: Report): void {
  if (hosts.length === 0) report([], "service-entry/host", "must have hosts");
  const isDns = resolution === "DNS" || resolution === "DNS_ROUND_ROBIN";
  for (const [index, host] of hosts.entries()) {
    if (host === "*") report(["hosts", index], "service-entry/host", "must not be *");
    else if (hasPartialWildcard(host)) reportPartialWildcard(["hosts", index], ports, report);
    else if (isDns && endpoints.length === 0 && !isHostName(host)) {
      report(["hosts", index], "service-entry/dns-host", `must have no wildcard, as ${resolution} has nothing else to resolve`);
    }
  }
  if (hosts.length < 2 || resolution === "NONE") return;
  const plain = ports.findIndex(
    ({ protocol: spoken = "TCP" }) => !(isHttpProtocol(spoken) || isTlsProtocol(spoken) || isRpcProtocol(spoken)),
  );
  if (plain >= 0) report(["ports", plain], "service-entry/tcp-hosts", "must have a protocol that tells the hosts apart: HTTP, TLS or RPC");
  else if (isDns && addresses.length > 0 && ports.some(({ protocol: spoken = "TCP" }) => isTlsProtocol(spoken))) {
    report(["addresses"], "service-entry/tcp-addresses", "do not tell several hosts apart on ports of TCP");
  }
}

/** Envoy tells TLS connections apart by SNI, in which it has wildcards of whole labels only; the domains of its routes may have others. */
function reportPartialWildcard(path: FieldPath, ports: ServiceEntrySpec["ports"], report: Report): void {
  const secure = ports.find(({ name, protocol: spoken = protocolOfPortName(name) }) => spoken !== undefined && isTlsProtocol(spoken));
  if (secure === undefined) return report(path, "host/partial-wildcard", "has a wildcard that is not a whole label");
  report(path, "service-entry/tls-host", `must have its wildcard as a whole label, as in *.example.com: port ${secure.number} is for TLS`);
}

function checkPorts({ ports, resolution }: ServiceEntrySpec, report: Report): void {
  for (const [index, { name, number, targetPort }] of ports.entries()) {
    const earlier = ports.slice(0, index);
    if (earlier.some((other) => other.name === name))
      report(["ports", index, "name"], "service-entry/duplicate-port", `${name} must be there once only`);
    if (earlier.some((other) => other.number === number)) {
      report(["ports", index, "number"], "service-entry/duplicate-port", `${number} must be there once only`);
    }
    if (targetPort !== undefined && resolution === "NONE") {
      report(["ports", index, "targetPort"], "service-entry/none-target-port", "has no effect with resolution NONE");
    }
  }
}

function checkEndpoints({ endpoints, ports, resolution, workloadSelector: selector }: ServiceEntrySpec, report: Report): void {
  if (selector !== undefined && endpoints.length > 0) {
    report(["endpoints"], "service-entry/endpoints-and-selector", "must not be set together with workloadSelector");
  }
  if (selector !== undefined && resolution !== "STATIC") {
    report(["workloadSelector"], "service-entry/selector-resolution", `goes with resolution STATIC, not ${resolution}`);
  }
  if (resolution === "NONE" && endpoints.length > 0) {
    report(["endpoints"], "service-entry/none-endpoints", "must not be set with resolution NONE");
    return;
  }
  if (resolution === "DNS_ROUND_ROBIN" && endpoints.length > 1) {
    report(["endpoints"], "service-entry/dns-round-robin", "must have at most one entry with DNS_ROUND_ROBIN");
  }
  const names = new Set(ports.map(({ name }) => name));
  for (const [index, endpoint] of endpoints.entries()) {
    const { address = "" } = endpoint;
    const at = ["endpoints", index];
    for (const name of Object.keys(endpoint.ports)) {
      if (!names.has(name)) report([...at, "ports", name], "service-entry/endpoint-port", "must be the name of a port of the ServiceEntry");
    }
    if (address.startsWith(unixPrefix)) {
      if (resolution !== "STATIC")
        report([...at, "address"], "service-entry/dns-endpoint", "must be a host name or an IP address with DNS");
      if (ports.length !== 1) report(["ports"], "service-entry/unix-port", "must have exactly one entry for Unix domain sockets");
    } else if (resolution === "STATIC" && address !== "" && !isIpAddress(address) && isHostName(address)) {
      report([...at, "address"], "address/ip", `must be an IP address with resolution STATIC, but is ${describe(address)}`);
    }
  }
}

export const serviceEntry: Schema<ServiceEntrySpec> = message(
  "ServiceEntry",
  {
    hosts: list(wildcardHost),
    addresses: list(subnet),
    ports: list(servicePort),
    location: v.optional(oneOf("MESH_EXTERNAL", "MESH_INTERNAL"), "MESH_EXTERNAL"),
    resolution: v.optional(oneOf("NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN"), "NONE"),
    endpoints: list(workloadEntry),
    workloadSelector: may(workloadSelector),
    exportTo,
    subjectAltNames: texts,
  },
  {
    rules(value, report) {
      checkHosts(value, report);
      checkPorts(value, report);
      checkEndpoints(value, report);
      if (value.resolution === "NONE" || value.resolution === "STATIC") return;
      const block = value.addresses.findIndex((address) => address.includes("/"));
      if (block >= 0)
        report(["addresses", block], "service-entry/cidr-resolution", `must not be a CIDR block with resolution ${value.resolution}`);
    },
  },
);
