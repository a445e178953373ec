import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const endpointsPerService = 10;
/** Every tenth service has a DestinationRule with two subsets and a VirtualService with weights. */
const servicesPerRule = 10;

const hostOf = (service: number): string => `svc-${service}.shop.svc.cluster.local`;

/** The address of an endpoint; `generation` makes it another one. */
export function endpointAddress(service: number, endpoint: number, generation: number = 0): string {
  return `10.${generation}.${service >> 4}.${((service & 15) << 4) | endpoint}`;
}

/**
 * A directory of Istio's configuration, a file for each resource: services of HTTP at port 80, so that one RouteConfiguration has them all, each with ten endpoints,
 * and rules for every tenth of them.
 */
export class MeshDirectory {
  readonly path: string;
  readonly services: number;
  readonly #generations = new Map<number, number>();

  /** One that was written before, or is to be. */
  constructor(path: string, services: number) {
    this.path = path;
    this.services = services;
  }

  write(): void {
    mkdirSync(this.path, { recursive: true });
    for (let service = 0; service < this.services; service++) {
      this.#writeEntry(service);
      if (service % servicesPerRule === 0) {
        this.#write(`subsets-${service}.yaml`, destinationRule(service));
        this.setWeight(service, 90);
      }
    }
  }

  /** One of a service's endpoints gets an address that no endpoint had before. */
  moveEndpoint(service: number): void {
    this.#generations.set(service, (this.#generations.get(service) ?? 0) + 1);
    this.#writeEntry(service);
  }

  setWeight(service: number, weight: number): void {
    if (service % servicesPerRule !== 0) throw new Error(`service ${service} has no VirtualService`);
    this.#write(`weights-${service}.yaml`, virtualService(service, weight));
  }

  #writeEntry(service: number): void {
    this.#write(`entry-${service}.yaml`, serviceEntry(service, this.#generations.get(service) ?? 0));
  }

  /** As careful programs do: nobody sees half of a file. */
  #write(name: string, text: string): void {
    const path = join(this.path, name);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }
}

function serviceEntry(service: number, generation: number): string {
  const endpoints = Array.from({ length: endpointsPerService }, (_, endpoint) => {
    const address = endpointAddress(service, endpoint, endpoint === 0 ? generation : 0);
    return `  - {address: ${address}, labels: {app: svc-${service}, version: v${(endpoint % 2) + 1}}}`;
  });
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: svc-${service}, namespace: shop}
spec:
  hosts: [${hostOf(service)}]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]
  endpoints:
${endpoints.join("\n")}
`;
}

const destinationRule = (service: number): string => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: svc-${service}, namespace: shop}
spec:
  host: ${hostOf(service)}
  trafficPolicy: {connectionPool: {tcp: {connectTimeout: 2s}, http: {http1MaxPendingRequests: 1000}}}
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
`;

const virtualService = (service: number, weight: number): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: svc-${service}, namespace: shop}
spec:
  hosts: [${hostOf(service)}]
  http:
  - timeout: 5s
    route:
    - {destination: {host: ${hostOf(service)}, subset: v1}, weight: ${weight}}
    - {destination: {host: ${hostOf(service)}, subset: v2}, weight: ${100 - weight}}
`;
