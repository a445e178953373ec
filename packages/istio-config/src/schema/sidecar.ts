import * as v from "valibot";
import type { IstioEgressListener, IstioIngressListener, OutboundTrafficPolicy, Port, SidecarSpec } from "../kinds/index.ts";
import { isHttpProtocol } from "../protocol.ts";
import { ipVerdict, unixPrefix, unixVerdict } from "./addresses.ts";
import { captureMode, optionalPortName, protocol, workloadSelector } from "./common.ts";
import { connectionPool } from "./connection-pool.ts";
import { covers, fullHostVerdict, isLowerCaseLabel } from "./hosts.ts";
import { describe, type Report } from "./issues.ts";
import { message, type MessageSchema } from "./message.ts";
import { checked, countSet, integer, list, may, oneOf, port, portVerdict, text, type Schema, type Verdict } from "./scalars.ts";

const ingressPort: MessageSchema<Port> = message("SidecarPort", { number: port, name: optionalPortName, protocol: may(protocol) });
const egressPort: MessageSchema<Port> = message("SidecarPort", {
  number: v.optional(integer(0, 65535), 0),
  name: optionalPortName,
  protocol: may(protocol),
});

const bindAddress: Schema<string> = checked(text, "address/ip", ipVerdict);

const localHosts = new Set(["", "127.0.0.1", "0.0.0.0", "[::1]", "[::]"]);

function defaultEndpointVerdict(value: string): Verdict {
  if (value.startsWith(unixPrefix)) return unixVerdict(value);
  const colon = value.lastIndexOf(":");
  const number = value.slice(colon + 1);
  if (colon < 0 || !localHosts.has(value.slice(0, colon)) || !/^\d{1,5}$/.test(number)) {
    return `must be 127.0.0.1:<port>, 0.0.0.0:<port>, [::1]:<port>, [::]:<port>, :<port> or unix:///path, but is ${describe(value)}`;
  }
  return portVerdict(Number(number));
}

const ingress: MessageSchema<IstioIngressListener> = message(
  "IstioIngressListener",
  {
    port: ingressPort,
    bind: may(bindAddress),
    captureMode,
    defaultEndpoint: may(checked(text, "sidecar/default-endpoint", defaultEndpointVerdict)),
    connectionPool: may(connectionPool),
  },
  {
    rules({ port: { protocol: spoken }, connectionPool: pool }, report) {
      if (pool?.http !== undefined && spoken !== undefined && !isHttpProtocol(spoken)) {
        report(["connectionPool", "http"], "sidecar/http-pool", `has no effect on a port of ${spoken}`);
      }
    },
  },
);

function egressHostVerdict(value: string): Verdict {
  const slash = value.indexOf("/");
  if (slash < 0) return `must be <namespace>/<host>, but is ${describe(value)}`;
  const namespace = value.slice(0, slash);
  if (!["*", ".", "~"].includes(namespace) && !isLowerCaseLabel(namespace)) return "must have a namespace, ., * or ~ before the slash";
  return fullHostVerdict(value.slice(slash + 1), false);
}

function checkEgressPort({ port: listened, bind = "", captureMode: mode }: IstioEgressListener, report: Report): void {
  if (listened?.number === 0) {
    if (!bind.startsWith(unixPrefix)) report(["port", "number"], "sidecar/unix-port", "must not be 0, save for a Unix domain socket");
    else if (unixVerdict(bind) !== undefined) report(["bind"], "address/unix", unixVerdict(bind) ?? "");
    if (mode === "IPTABLES") report(["captureMode"], "sidecar/unix-port", "must be DEFAULT or NONE for a Unix domain socket");
  } else if (bind !== "" && ipVerdict(bind) !== undefined) {
    report(["bind"], "address/ip", `must be an IP address, or unix:///path with port 0, but is ${describe(bind)}`);
  }
}

function checkEgressHosts(hosts: readonly string[], report: Report): void {
  if (hosts.length === 0) report([], "sidecar/hosts", "must have hosts");
  const pairs = hosts.map((host) => [host.slice(0, host.indexOf("/")), host.slice(host.indexOf("/") + 1)] as const);
  for (const [index, [namespace, host]] of pairs.entries()) {
    const earlier = pairs.findIndex(([otherNamespace, other], position) => {
      if (position === index || (otherNamespace !== "*" && otherNamespace !== namespace) || !covers(other, host)) return false;
      return otherNamespace !== namespace || other !== host || position < index;
    });
    if (earlier >= 0) report(["hosts", index], "sidecar/duplicate-host", `is covered by ${hosts[earlier]}`);
  }
}

const egress: MessageSchema<IstioEgressListener> = message(
  "IstioEgressListener",
  { port: may(egressPort), bind: may(text), captureMode, hosts: list(checked(text, "sidecar/host", egressHostVerdict)) },
  {
    rules(value, report) {
      checkEgressPort(value, report);
      checkEgressHosts(value.hosts, report);
    },
  },
);

export const outboundTrafficPolicy: MessageSchema<OutboundTrafficPolicy> = message("OutboundTrafficPolicy", {
  mode: v.optional(oneOf("REGISTRY_ONLY", "ALLOW_ANY"), "REGISTRY_ONLY"),
});

function checkListeners({ ingress: inbound, egress: outbound }: SidecarSpec, report: Report): void {
  const words = "must be there once only";
  const ports = inbound.map(({ port: { number } }) => number);
  for (const [index, number] of ports.entries()) {
    if (ports.indexOf(number) < index) report(["ingress", index, "port", "number"], "sidecar/duplicate-port", `${number} ${words}`);
  }
  const sockets = outbound.map(({ port: listened, bind }) => (listened?.number === 0 ? bind : listened?.number));
  for (const [index, socket] of sockets.entries()) {
    if (socket === undefined) {
      if (outbound[index]?.port !== undefined || index === outbound.length - 1) continue;
      report(["egress", index], "sidecar/catch-all", "has no port, so it must be the last listener, and the only such one");
    } else if (sockets.indexOf(socket) < index) report(["egress", index, "port"], "sidecar/duplicate-port", `${socket} ${words}`);
  }
}

export const sidecar: Schema<SidecarSpec> = message(
  "Sidecar",
  {
    workloadSelector: may(workloadSelector),
    ingress: list(ingress),
    egress: list(egress),
    outboundTrafficPolicy: may(outboundTrafficPolicy),
    inboundConnectionPool: may(connectionPool),
  },
  {
    rules(value, report) {
      const { ingress: inbound, egress: outbound, outboundTrafficPolicy: policy, inboundConnectionPool: pool } = value;
      if (inbound.length + outbound.length === 0 && countSet(policy, pool) === 0) {
        report([], "sidecar/empty", "must have ingress, egress, outboundTrafficPolicy or inboundConnectionPool");
      }
      checkListeners(value, report);
    },
  },
);
