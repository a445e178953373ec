import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MeshEndpoint, MeshService, ServicePort } from "../model/index.ts";
import type { JoinedService } from "./join-registries.ts";
import { Workloads, type ServiceStep } from "./workload-index.ts";

const ports: readonly ServicePort[] = [
  { name: "http", number: 80, protocol: "http" },
  { name: "tcp", number: 90, protocol: "tcp" },
];
const hosts = ["a", "b", "c"] as const;
const addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"] as const;

function serviceOf(hostname: string, isExternal: boolean): MeshService {
  return {
    hostname,
    namespace: "shop",
    ports,
    resolution: "static",
    isExternal,
    addresses: [],
    allottedAddress: undefined,
    visibility: "all",
    labels: {},
    subjectAltNames: [],
    variants: [],
    aliases: [],
    source: "test",
    createdAtMs: 0,
  };
}

function endpointOf(address: string, port: number): MeshEndpoint {
  return {
    address,
    port,
    labels: {},
    variant: "",
    weight: 1,
    health: "healthy",
    locality: undefined,
    network: "",
    serviceAccount: "",
    warmUp: undefined,
    source: "test",
  };
}

const someAddresses = fc.subarray([...addresses]);
const aService = fc.record({ isExternal: fc.boolean(), http: someAddresses, tcp: someAddresses });
/** What happens to services in one snapshot after the other; null: it goes. */
const aHistory = fc.array(fc.dictionary(fc.constantFrom(...hosts), fc.option(aService), { noNullPrototype: true }), { maxLength: 6 });

describe("what runs where", () => {
  test("is, however it came to be, what one would find by looking at all services", () => {
    fc.assert(
      fc.property(aHistory, (history) => {
        const orderOf = ({ hostname }: MeshService): number => hosts.findIndex((host) => host === hostname);
        const joined = new Map<string, JoinedService>();
        let workloads = Workloads.empty;
        for (const step of history) {
          const steps: ServiceStep[] = [];
          for (const [host, to] of Object.entries(step)) {
            const before = joined.get(host);
            if (to === null) joined.delete(host);
            else {
              const isSame = before?.service.isExternal === to.isExternal;
              joined.set(host, {
                service: isSame ? before.service : serviceOf(host, to.isExternal),
                endpoints: new Map([
                  ["http", to.http.map((address) => endpointOf(address, 8080))],
                  ["tcp", to.tcp.map((address) => endpointOf(address, 9090))],
                ]),
              });
            }
            steps.push({ before, now: joined.get(host) });
          }
          const earlier = addresses.map((address) => workloads.get(address));
          const next = workloads.with(steps, orderOf);
          expect(addresses.map((address) => workloads.get(address))).toEqual(earlier);
          workloads = next;
        }
        for (const address of addresses) {
          const expected = hosts.flatMap((host) => {
            const { service, endpoints } = joined.get(host) ?? {};
            if (service === undefined || service.isExternal) return [];
            return ports.flatMap((port) =>
              (endpoints?.get(port.name) ?? []).flatMap((endpoint) => (endpoint.address === address ? [{ service, port, endpoint }] : [])),
            );
          });
          expect(workloads.get(address)).toEqual(expected);
        }
      }),
    );
  });

  test("at an address where nothing does is nothing", () => {
    expect(Workloads.empty.get("10.0.0.9")).toEqual([]);
  });
});
