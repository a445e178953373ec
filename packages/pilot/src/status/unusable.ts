import { isDomain, isUnreachable } from "../generators/index.ts";
import type { MeshSnapshot } from "../hub/index.ts";
import type { MeshEndpoint, MeshService, ServiceEndpoints } from "../model/index.ts";
import type { WriteLog } from "./xds-log.ts";

/** What is remembered of what was told: registries may say other nonsense each time. */
const maxTold = 10_000;

/** What of a snapshot is looked at. */
interface Seen {
  readonly services: Pick<MeshSnapshot["services"], "all">;
  readonly endpoints: Pick<MeshSnapshot["endpoints"], "of">;
  readonly change: MeshSnapshot["change"];
}

/**
 * What registries have that no proxy can be given: names that cannot be routed to, and endpoints that nobody could connect to. Told in the log
 * once for each.
 */
export class Unusable {
  readonly #write: WriteLog;
  readonly #services = new WeakSet<MeshService>();
  readonly #endpoints = new WeakSet<ServiceEndpoints>();
  readonly #told = new Set<string>();

  constructor(write: WriteLog) {
    this.#write = write;
  }

  onSnapshot({ services: { all }, endpoints, change }: Seen): void {
    if (change.services) this.#lookAtNames(all);
    if (change.services || change.endpoints) this.#lookAtEndpoints(all, endpoints);
  }

  #lookAtNames(all: readonly MeshService[]): void {
    for (const service of all) {
      if (this.#services.has(service)) continue;
      this.#services.add(service);
      const { hostname, aliases, variants } = service;
      const names = [hostname, ...aliases, ...variants.map(({ authority }) => authority)];
      for (const name of names) {
        if (isDomain(name)) continue;
        this.#tell(`${said(name)}, of ${service.source}, cannot be called: a name has no control characters, and no more than 4096 others`);
      }
    }
  }

  #lookAtEndpoints(all: readonly MeshService[], index: Seen["endpoints"]): void {
    for (const service of all) {
      const endpoints = index.of(service);
      if (this.#endpoints.has(endpoints)) continue;
      this.#endpoints.add(endpoints);
      for (const listed of endpoints.values()) for (const each of listed) if (isUnreachable(each)) this.#tell(unreachable(service, each));
    }
  }

  #tell(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    const [oldest] = this.#told;
    if (this.#told.size > maxTold && oldest !== undefined) this.#told.delete(oldest);
    this.#write("warn", message);
  }
}

const unreachable = ({ hostname }: MeshService, { address, port, source }: MeshEndpoint): string =>
  `${said(`${address}:${port}`)}, of ${source}, is not called for ${said(hostname)}: it is neither an address nor a host's name`;

/** As much of it as a line has room for, its control characters written out. */
const said = (text: string): string => JSON.stringify(text.length > 256 ? `${text.slice(0, 256)}…` : text);
