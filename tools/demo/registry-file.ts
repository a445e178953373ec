import { stringify } from "yaml";
import { replaceFile, type ProxyPorts } from "./istio-files.ts";

/** An instance as it is registered. */
export interface Registration {
  /** Of the application; calls of any service go to the sidecar's ports. */
  readonly id: string;
  readonly version: string;
  readonly ports: Partial<ProxyPorts>;
}

/** A service of the registry. */
export interface RegisteredService {
  readonly host: string;
  readonly protocol: keyof ProxyPorts;
  /** Of the service. */
  readonly port: number;
  readonly label: string;
}

/** The registry: a file that pilot watches. */
export class RegistryFile {
  readonly path: string;
  readonly #services: readonly RegisteredService[];
  readonly #registered = new Map<string, Registration>();

  constructor(path: string, services: readonly RegisteredService[]) {
    this.path = path;
    this.#services = services;
    this.#write();
  }

  register(registration: Registration): void {
    this.#registered.set(registration.id, registration);
    this.#write();
  }

  deregister(id: string): void {
    if (this.#registered.delete(id)) this.#write();
  }

  #write(): void {
    const services = this.#services.map(({ host, protocol, port, label }) => ({
      name: host,
      ports: [{ name: protocol, number: port, protocol }],
      instances: [...this.#registered.values()].flatMap(({ version, ports }) => {
        const number = ports[protocol];
        return number === undefined ? [] : [{ address: "127.0.0.1", port: number, labels: { [label]: version } }];
      }),
    }));
    replaceFile(
      this.path,
      `# Who provides what. The demo writes this file when an application comes or goes.\n${stringify({ services }, { lineWidth: 120 })}`,
    );
  }
}
