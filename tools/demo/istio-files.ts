/** What a platform team would write for this mesh: Istio's configuration. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A service that calls are shifted for. */
export interface MeshedService {
  /** As pilot knows it. */
  readonly host: string;
  /** The label by which its versions are told apart, whose values are `v1` and `v2`. */
  readonly label: string;
}

/** The ports of a sidecar for its applications, on loopback. */
export interface ProxyPorts {
  readonly bolt: number;
  readonly dubbo: number;
  readonly http: number;
}

/** A port of the providers' sidecar, and the application's behind it. */
export interface Inbound {
  readonly protocol: "bolt" | "dubbo" | "http";
  readonly port: number;
  readonly applicationPort: number;
}

/** Of a resource, which has to be unique, as Kubernetes would take it. */
const nameOf = (host: string): string => host.toLowerCase().replaceAll(".", "-");

/** What each sidecar listens on. */
export function sidecarsYaml(callers: ProxyPorts, inbounds: readonly Inbound[]): string {
  const ingress = inbounds.map(
    ({ protocol, port, applicationPort }) => `\
    - port: { number: ${port}, name: ${protocol}-${port}, protocol: ${protocol.toUpperCase()} }
      bind: 127.0.0.1
      captureMode: NONE
      defaultEndpoint: 127.0.0.1:${applicationPort}`,
  );
  const egress = (["bolt", "dubbo", "http"] as const).map(
    (protocol) => `\
    - port: { number: ${callers[protocol]}, name: ${protocol}, protocol: ${protocol.toUpperCase()} }
      bind: 127.0.0.1
      captureMode: NONE
      hosts: ["*/*"]`,
  );
  return `\
# The callers' sidecar: a port for each protocol leads to all services of it.
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: callers }
spec:
  workloadSelector: { labels: { app: callers } }
  egress:
${egress.join("\n")}
---
# The providers' sidecar: what comes in on a port goes to an application.
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: providers }
spec:
  workloadSelector: { labels: { app: providers } }
  ingress:
${ingress.join("\n")}
  egress:
    - hosts: ["~/*"] # it calls nobody
`;
}

/** Which instances are v1, and which v2. */
export function versionsYaml(services: readonly MeshedService[]): string {
  const rules = services.map(
    ({ host, label }) => `\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${nameOf(host)} }
spec:
  host: ${host}
  trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } }
  subsets:
    - { name: v1, labels: { ${label}: v1 } }
    - { name: v2, labels: { ${label}: v2 } }
`,
  );
  return `\
# What v1 and v2 are. LEAST_REQUEST, the default, is drawn to an instance that has died: nobody waits there.
${rules.join("---\n")}`;
}

function trafficYaml(services: readonly MeshedService[], v2: number): string {
  const rules = services.map(
    ({ host }) => `\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${nameOf(host)} }
spec:
  hosts: [${host}]
  http:
    - route:
        - { destination: { host: ${host}, subset: v1 }, weight: ${100 - v2} }
        - { destination: { host: ${host}, subset: v2 }, weight: ${v2} }
      retries: { attempts: 2, retryOn: "connect-failure,reset,502,503" }
`,
  );
  return `\
# How calls are shared between the versions. RPC is routed as HTTP is: the host is the interface.
# What a killed application has lost is tried on another one: 502 and 503 is what its sidecar says then, for RPC and for HTTP.
# The demo writes this file again and again. Once you have changed it, it is yours, and the demo leaves it alone.
${rules.join("---\n")}`;
}

/** Another program that reads the file sees the old text or the new one, never a part. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** The file of VirtualServices. */
export class TrafficFile {
  readonly path: string;
  readonly #services: readonly MeshedService[];
  #written: string;

  constructor(folder: string, services: readonly MeshedService[]) {
    this.path = join(folder, "traffic.yaml");
    this.#services = services;
    this.#written = trafficYaml(services, 0);
    replaceFile(this.path, this.#written);
  }

  /** Gives v2 a share of all calls, in percent. */
  shift(v2: number): void {
    this.#written = trafficYaml(this.#services, v2);
    replaceFile(this.path, this.#written);
  }

  /** Somebody else has changed it. */
  get isEdited(): boolean {
    try {
      return readFileSync(this.path, "utf8") !== this.#written;
    } catch {
      return true;
    }
  }
}
