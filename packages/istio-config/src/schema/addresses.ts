/** IP addresses, subnets and Unix domain sockets. */
import { isIP } from "node:net";
import { describe } from "./issues.ts";
import { checked, text, type Schema, type Verdict } from "./scalars.ts";

export const unixPrefix = "unix://";

export function isIpAddress(value: string): boolean {
  return isIP(value) !== 0;
}

function isSubnet(value: string): boolean {
  const [address = "", bits, ...rest] = value.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes("%")) return false;
  return bits === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** An IP address or a CIDR block. */
export const subnet: Schema<string> = checked(text, "address/cidr", (value) =>
  isSubnet(value) ? undefined : `must be an IP address or a CIDR block, but is ${describe(value)}`,
);

/** What is wrong with the path of a `unix://` address. */
export function unixVerdict(address: string): Verdict {
  const path = address.slice(unixPrefix.length);
  if (path.startsWith("@")) return undefined;
  return path.startsWith("/") && !path.endsWith("/")
    ? undefined
    : `must be unix:// and the absolute path of a file, but is ${describe(address)}`;
}

export function ipVerdict(address: string): Verdict {
  return isIpAddress(address) ? undefined : `must be an IP address, but is ${describe(address)}`;
}
