import { lookup, Resolver as NameServers } from "node:dns/promises";
import { isIP } from "node:net";
import { HostsFile } from "./hosts-file.ts";
import type { LookupFamily, ResolvedAddress, Resolver } from "./resolver.ts";

export interface SystemResolverOptions {
  /** Name servers as `ip` or `ip:port`; default: the system's. */
  readonly servers?: readonly string[];
  /** Path of the hosts file; default: the system's. */
  readonly hostsFile?: string;
  /** Milliseconds for one query to one server. Default 5000. */
  readonly timeoutMs?: number;
  /** Queries to each server before it is given up. Default 2. */
  readonly tries?: number;
}

/** The name servers say that there is no such name, or no such record. */
const absent = new Set(["ENOTFOUND", "ENODATA", "EAI_NODATA", "EAI_NONAME"]);

/**
 * Asks the name servers, which tell how long an answer may be kept. Names that they do not know (those of the hosts file, `localhost`,
 * short names that need a search domain, names of nsswitch's other sources) are looked up as the system does it, without a time to live.
 */
export class SystemResolver implements Resolver {
  readonly #servers: NameServers;
  readonly #hosts: HostsFile;

  constructor(options: SystemResolverOptions = {}) {
    this.#servers = new NameServers({ timeout: options.timeoutMs ?? 5000, tries: options.tries ?? 2 });
    if (options.servers !== undefined) this.#servers.setServers(options.servers);
    this.#hosts = new HostsFile(options.hostsFile);
  }

  async resolve(hostname: string, family: LookupFamily): Promise<readonly ResolvedAddress[]> {
    const literal = isIP(hostname);
    if (literal !== 0) return [{ address: hostname, family: literal === 4 ? 4 : 6, ttlSeconds: undefined }];
    switch (family) {
      case "v4-only":
        return this.#resolve(hostname, 4);
      case "v6-only":
        return this.#resolve(hostname, 6);
      case "all":
        return this.#both(hostname);
      case "auto":
        return this.#preferred(hostname, 6, 4);
      case "v4-preferred":
        return this.#preferred(hostname, 4, 6);
    }
  }

  async #both(hostname: string): Promise<ResolvedAddress[]> {
    const answers = await Promise.allSettled([this.#resolve(hostname, 4), this.#resolve(hostname, 6)]);
    const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failed = answers.find((answer) => answer.status === "rejected");
    if (failed !== undefined) throw asError(failed.reason);
    return addresses;
  }

  async #preferred(hostname: string, first: 4 | 6, second: 4 | 6): Promise<ResolvedAddress[]> {
    let failure: Error | undefined;
    try {
      const addresses = await this.#resolve(hostname, first);
      if (addresses.length > 0) return addresses;
    } catch (error) {
      failure = asError(error);
    }
    const addresses = await this.#resolve(hostname, second);
    if (addresses.length === 0 && failure !== undefined) throw failure;
    return addresses;
  }

  async #resolve(hostname: string, family: 4 | 6): Promise<ResolvedAddress[]> {
    const local = isLocalhost(hostname) || !hostname.includes(".") || (await this.#hosts.has(hostname));
    if (local) return lookUp(hostname, family);
    try {
      const records =
        family === 4 ? await this.#servers.resolve4(hostname, { ttl: true }) : await this.#servers.resolve6(hostname, { ttl: true });
      return records.map((record) => ({ address: record.address, family, ttlSeconds: record.ttl }));
    } catch (error) {
      // The name exists and has only the other family's addresses: the system would be no wiser.
      if (codeOf(error) === "ENODATA") return [];
      return lookUp(hostname, family);
    }
  }
}

/** RFC 6761 §6.3: `localhost` and all below it are the loopback, whatever name servers say. */
function isLocalhost(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return name === "localhost" || name.endsWith(".localhost");
}

async function lookUp(hostname: string, family: 4 | 6): Promise<ResolvedAddress[]> {
  try {
    const addresses = await lookup(hostname, { family, all: true });
    return addresses.map(({ address }) => ({ address, family, ttlSeconds: undefined }));
  } catch (error) {
    if (absent.has(codeOf(error))) return [];
    throw error;
  }
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
