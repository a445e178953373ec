import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startPeer, type Peer } from "../../e2e/peers/process.ts";
import type { ProxyPorts } from "./istio-files.ts";
import type { RegistryFile } from "./registry-file.ts";
import type { Version } from "./traffic.ts";

/** An instance of a version that can be killed and started again where it was. */
export interface Application {
  /** `v1`, `v2-a`. */
  readonly id: string;
  readonly version: Version;
  readonly isRunning: boolean;
  /** Resolves when it is registered. */
  start(): Promise<void>;
  /** SIGKILL: it says goodbye to nobody. Resolves when the registry knows. */
  kill(): Promise<void>;
}

/** As with ZooKeeper, where a dead provider stays registered until its session is over. */
export const sessionMs = 1000;

const script = fileURLToPath(new URL("application.ts", import.meta.url));

export interface OwnApplicationOptions {
  readonly id: string;
  readonly version: Version;
  /** Where it listens; what has no port is not provided. */
  readonly ports: Partial<ProxyPorts>;
  /** Where its sidecar listens for it: these are registered. */
  readonly inbound: Partial<ProxyPorts>;
  readonly registry: RegistryFile;
}

/** Our own application, in a process of its own. */
export class OwnApplication implements Application {
  readonly id: string;
  readonly version: Version;
  readonly #options: OwnApplicationOptions;
  #peer: Peer | undefined = undefined;

  constructor(options: OwnApplicationOptions) {
    this.id = options.id;
    this.version = options.version;
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#peer !== undefined;
  }

  async start(): Promise<void> {
    const { id, version, ports, inbound, registry } = this.#options;
    const variables = Object.entries(ports).map(([protocol, port]) => [`${protocol.toUpperCase()}_PORT`, String(port)]);
    this.#peer = await startPeer({
      name: `application ${id}`,
      command: process.execPath,
      args: ["--conditions=@mesh/source", script],
      env: { ...Object.fromEntries(variables), ID: id },
      ready: /^ready$/,
    });
    registry.register({ id, version, ports: inbound });
  }

  async kill(): Promise<void> {
    const peer = this.#peer;
    this.#peer = undefined;
    await peer?.kill();
    await delay(sessionMs);
    this.#options.registry.deregister(this.id);
  }
}
