import { isIP, isIPv6 } from "node:net";

/** The one spelling of an IP address (RFC 5952), so that the same address is the same text. What is none stays as it is. */
export function canonicalAddress(text: string): string {
  // An address with a zone is none of a URL.
  return isIPv6(text) && !text.includes("%") ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

/** `address/length` as proxies understand it: bits past the length are nothing. An address without one is a block of its own. */
export function canonicalBlock(text: string): string {
  const [address = "", written] = text.split("/");
  const version = isIP(address);
  if (version === 0 || address.includes("%")) return text;
  const [size, count] = version === 6 ? [16, 8] : [8, 4];
  const length = written === undefined ? size * count : Number(written);
  const groups = version === 6 ? groupsOf(canonicalAddress(address)) : address.split(".").map(Number);
  const masked = groups.map((group, at) => {
    const dropped = size - Math.min(size, Math.max(0, length - at * size));
    return (group >> dropped) << dropped;
  });
  const rest = version === 6 ? canonicalAddress(masked.map((group) => group.toString(16)).join(":")) : masked.join(".");
  return `${rest}/${length}`;
}

/** The address that a listener can be bound to or asked for, where the text is one and no block of several. */
export function singleAddressOf(text: string): string | undefined {
  const [address = "", length] = text.split("/");
  const version = isIP(address);
  return version !== 0 && (length === undefined || Number(length) === (version === 6 ? 128 : 32)) ? canonicalAddress(address) : undefined;
}

/** The eight numbers of an IPv6 address in its one spelling. */
function groupsOf(address: string): readonly number[] {
  const [left = [], right = []] = address.split("::").map((side) => side.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}
