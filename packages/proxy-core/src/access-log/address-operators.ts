import { isIPv4, isIPv6 } from "node:net";
import { fail } from "../config/index.ts";
import { field } from "./operator.ts";
import type { Extract, Operator } from "./operator.ts";
import type { StreamInfo } from "./stream-info.ts";

/** Where the port begins in `1.2.3.4:80` or `[::1]:80`; -1 in the path of a unix socket. */
function portStart(text: string): number {
  const colon = text.lastIndexOf(":");
  return colon > 0 && !text.includes("/") && !text.startsWith("@") ? colon : -1;
}

function withoutPort(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const colon = portStart(text);
  const bare = colon < 0 ? text : text.slice(0, colon);
  return bare.startsWith("[") && bare.endsWith("]") ? bare.slice(1, -1) : bare;
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const colon = portStart(text);
  return colon < 0 ? undefined : Number(text.slice(colon + 1));
}

/** The network that an address is in, as `10.1.0.0/16`; what is no IP address is left as it is. */
function networkOf(address: string, bits: number): string {
  if (isIPv4(address)) {
    const value = address.split(".").reduce((all, byte) => all * 256 + Number(byte), 0);
    // Envoy: a prefix that is longer than the address is the address.
    const kept = Math.min(bits, 32);
    const first = value - (value % 2 ** (32 - kept));
    return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${kept}`;
  }
  if (!isIPv6(address)) return address;
  const [zoneless = ""] = address.split("%");
  const masked = groupsOf(zoneless).map((group, index) => {
    const kept = Math.min(16, Math.max(0, bits - index * 16));
    return group & (0xffff << (16 - kept)) & 0xffff;
  });
  // The URL parser writes addresses in the one form of RFC 5952.
  const { hostname } = new URL(`http://[${masked.map((group) => group.toString(16)).join(":")}]`);
  return `${hostname.slice(1, -1)}/${bits}`;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const dotted = address.lastIndexOf(".") < 0 ? undefined : address.slice(address.lastIndexOf(":") + 1);
  let text = address;
  if (dotted !== undefined) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
    text = `${address.slice(0, -dotted.length)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const [head = "", tail] = text.split("::");
  const parse = (part: string): number[] => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [first, last] = [parse(head), parse(tail ?? "")];
  return tail === undefined ? first : [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}

/** The forms of an address: with port; without, whole or its network of so many bits; the port alone. */
export function address(name: string, read: (info: StreamInfo) => string | undefined): Record<string, Operator> {
  const base = name.replace(/_ADDRESS$/u, "");
  return {
    [name]: field(read),
    [`${name}_WITHOUT_PORT`]: {
      argument: "optional",
      compile: (argument, { name: operator, path }): Extract => {
        if (argument === undefined || argument === "") return (info) => withoutPort(read(info));
        const bits = /^\d{1,3}$/u.test(argument) ? Number(argument) : 129;
        if (bits > 128) fail(path, `%${operator}(${argument})%: the length of a prefix is a number from 0 to 128`);
        return (info) => {
          const bare = withoutPort(read(info));
          return bare === undefined ? undefined : networkOf(bare, bits);
        };
      },
    },
    [`${base}_PORT`]: field((info) => portOf(read(info))),
  };
}

/** A host's name, or its address where it has none. */
const nameOf = (host: { readonly addressText: string; readonly hostname: string }): string => host.hostname || host.addressText;

/** All hosts that were tried, the last one with them; of requests, those that a connection stood to. */
function attempted(info: StreamInfo, show: (host: { addressText: string; hostname: string }) => string | undefined): string | undefined {
  const shown = info.upstreamHostsFailed.map(show);
  const { upstreamHost } = info;
  const isCounted = info.protocol === undefined || info.upstreamConnectionId !== 0;
  if (upstreamHost !== undefined && isCounted) shown.push(show({ addressText: upstreamHost, hostname: info.upstreamHostname ?? "" }));
  return shown.length === 0 ? undefined : shown.join(",");
}

const upstreamName = (info: StreamInfo): string | undefined => info.upstreamHostname || info.upstreamHost;
/** The host's address, once a connection to it stood. */
const upstreamRemote = (info: StreamInfo): string | undefined => (info.upstreamConnectionId === 0 ? undefined : info.upstreamHost);

/** Only Envoy's internal listeners have endpoint ids. */
const endpointId = (read: (info: StreamInfo) => string | undefined): Operator =>
  field((info) => (read(info) === undefined ? undefined : ""));

export const addressOperators: Readonly<Record<string, Operator>> = {
  ...address("DOWNSTREAM_REMOTE_ADDRESS", (info) => info.downstreamRemoteAddress),
  ...address("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", (info) => info.downstreamDirectRemoteAddress),
  ...address("DOWNSTREAM_LOCAL_ADDRESS", (info) => info.downstreamLocalAddress),
  ...address("DOWNSTREAM_DIRECT_LOCAL_ADDRESS", (info) => info.downstreamDirectLocalAddress),
  ...address("UPSTREAM_LOCAL_ADDRESS", (info) => info.upstreamLocalAddress),
  ...address("UPSTREAM_REMOTE_ADDRESS", upstreamRemote),
  DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID: endpointId((info) => info.downstreamLocalAddress),
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID: endpointId((info) => info.downstreamDirectLocalAddress),
  UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID: endpointId(upstreamRemote),
  UPSTREAM_HOST: field((info) => info.upstreamHost),
  UPSTREAM_HOST_NAME: field(upstreamName),
  UPSTREAM_HOST_NAME_WITHOUT_PORT: field((info) => withoutPort(upstreamName(info))),
  UPSTREAM_HOSTS_ATTEMPTED: field((info) => attempted(info, (host) => host.addressText)),
  UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT: field((info) => attempted(info, (host) => withoutPort(host.addressText))),
  UPSTREAM_HOST_NAMES_ATTEMPTED: field((info) => attempted(info, nameOf)),
  UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT: field((info) => attempted(info, (host) => withoutPort(nameOf(host)))),
};
