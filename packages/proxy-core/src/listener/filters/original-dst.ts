import { createRequire } from "node:module";
import { isIPv6, type Socket } from "node:net";
import type { load as loadLibrary } from "koffi";
import { fail, type ConfigPath } from "../../config/index.ts";
import type { AcceptedConnection, Endpoint } from "../accepted.ts";
import type { InspectResult, ListenerFilter, ListenerFilterExtension } from "../listener-filter.ts";
import { maxSocketAddressBytes, readSocketAddress } from "./socket-address.ts";

const messageName = "envoy.extensions.filters.listener.original_dst.v3.OriginalDst";

/**
 * Envoy's original destination filter: where a connection was going before the kernel redirected it here (iptables' or nftables' REDIRECT).
 * A connection that was not redirected keeps its address.
 */
export const originalDstFilter: ListenerFilterExtension = {
  name: "envoy.filters.listener.original_dst",
  category: "envoy.filters.listener",
  messageName,
  fields: undefined,
  create: (extension) => new OriginalDstFilter(originalDestinationLookup(extension.path)),
};

/** The address that a connection was going to, by the socket's file descriptor; undefined where the kernel knows none. */
export type OriginalDestinationLookup = (descriptor: number, family: 4 | 6) => Endpoint | undefined;

const inspected: InspectResult = { kind: "done", consumed: 0 };

export class OriginalDstFilter implements ListenerFilter {
  readonly maxBytes = 0;
  readonly #lookUp: OriginalDestinationLookup;

  constructor(lookUp: OriginalDestinationLookup) {
    this.#lookUp = lookUp;
  }

  inspect(accepted: AcceptedConnection): InspectResult {
    const descriptor = descriptorOf(accepted.socket);
    if (descriptor === undefined) return inspected;
    const destination = this.#lookUp(descriptor, isIPv6(accepted.directLocal.address) ? 6 : 4);
    if (destination !== undefined) accepted.restoreLocal(destination);
    return inspected;
  }
}

/** Node.js has no public way to a socket's descriptor; undefined where the private one is not as it was, and for a closed socket. */
export function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return undefined;
  const descriptor: unknown = Reflect.get(handle, "fd");
  return typeof descriptor === "number" && descriptor >= 0 ? descriptor : undefined;
}

/** `SOL_IP` with `SO_ORIGINAL_DST`, and `SOL_IPV6` with `IP6T_SO_ORIGINAL_DST` (Linux's netfilter_ipv4.h and ip6_tables.h). */
const levels = { 4: 0, 6: 41 } as const;
const soOriginalDst = 80;

/** What tests replace. */
export interface LookupEnvironment {
  readonly platform?: NodeJS.Platform;
  readonly loadGetsockopt?: () => Getsockopt;
}

/** A lookup takes about 1 µs through koffi, which is loaded for this filter only. Throws `ConfigError` where it cannot be had. */
export function originalDestinationLookup(path: ConfigPath, environment: LookupEnvironment = {}): OriginalDestinationLookup {
  const { platform = process.platform, loadGetsockopt = getsockoptOfKoffi } = environment;
  if (platform !== "linux") fail(path, `original destinations are Linux's; this is ${platform}`);
  const getsockopt = attempt(loadGetsockopt, path);
  const address = Buffer.alloc(maxSocketAddressBytes);
  const length: [number] = [0];
  return (descriptor, family) => {
    length[0] = address.length;
    if (getsockopt(descriptor, levels[family], soOriginalDst, address, length) !== 0) return undefined;
    return readSocketAddress(address.subarray(0, length[0]));
  };
}

type Getsockopt = (descriptor: number, level: number, option: number, value: Buffer, length: [number]) => number;

function getsockoptOfKoffi(): Getsockopt {
  // Loaded when it is needed: the package is optional, and does not exist for every platform.
  const { load }: { load: typeof loadLibrary } = createRequire(import.meta.url)("koffi");
  // Of this very process: whatever C library it was linked with.
  const library = load(null);
  return library.func("int getsockopt(int descriptor, int level, int option, _Out_ void *value, _Inout_ uint32_t *length)");
}

function attempt(load: () => Getsockopt, path: ConfigPath): Getsockopt {
  try {
    return load();
  } catch (error) {
    return fail(
      path,
      `needs the optional package koffi, which cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}
