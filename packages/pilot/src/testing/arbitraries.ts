import type { LocalityLbSetting, Subset, TrafficPolicy } from "@mesh/istio-config";
import fc from "fast-check";
import type { Locality, MeshEndpoint, MeshService, ServiceEndpoints, ServicePort } from "../model/index.ts";
import type { ProxyProfile } from "../proxy/index.ts";
import type { EffectiveDestinationRule } from "../rules/index.ts";
import type { ProxyScope } from "../scope/index.ts";
import { testEndpoint, testMesh, testProxy, testRule, testScope, testService } from "./scope.ts";

export const locality = (): fc.Arbitrary<Locality> =>
  fc.record({ region: fc.constantFrom("r1", "r2", "r3"), zone: fc.constantFrom("", "z1", "z2"), subZone: fc.constantFrom("", "s1") });

const label = (): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(fc.constantFrom("version", "rack"), fc.constantFrom("v1", "v2"), { maxKeys: 2 });

export const protocol = (): fc.Arbitrary<ServicePort["protocol"]> =>
  fc.constantFrom("http", "http2", "grpc", "https", "tls", "tcp", "udp", "bolt", "dubbo", "tri", "x", "unknown");

const variantNames = ["@1.0.0", "@1.0.0:blue"] as const;

/** Of a few addresses, so that some are the same. */
export const endpoint = (): fc.Arbitrary<MeshEndpoint> =>
  fc
    .record({
      address: fc.oneof(
        fc.nat(6).map((number) => `10.0.0.${number}`),
        fc.constantFrom("fd00::1", "a.example.com", "b.example.com"),
      ),
      port: fc.constantFrom(80, 8080),
      labels: label(),
      variant: fc.constantFrom("", ...variantNames),
      weight: fc.oneof(fc.nat(3), fc.double({ min: 0, max: 200, noNaN: true }), fc.constant(4_000_000_000)),
      health: fc.constantFrom("healthy", "healthy", "unhealthy", "draining"),
      locality: fc.option(locality(), { nil: undefined }),
      warmUp: fc.option(fc.constant({ startedAtMs: 1, durationMs: 60_000 }), { nil: undefined }),
    } satisfies { [Key in keyof MeshEndpoint]?: fc.Arbitrary<MeshEndpoint[Key]> })
    .map(testEndpoint);

/** Its host is given. */
export const service = (hostname: string): fc.Arbitrary<MeshService> =>
  fc
    .record({
      ports: fc
        .uniqueArray(fc.record({ number: fc.constantFrom(80, 81, 443, 12200), protocol: protocol() }), {
          selector: ({ number }) => number,
          maxLength: 3,
        })
        .map((ports) => ports.map((port) => ({ ...port, name: `p${port.number}` }))),
      resolution: fc.constantFrom("static", "static", "dns", "dns-round-robin", "passthrough"),
      addresses: fc.subarray(["10.9.0.1", "10.8.0.0/16", "fd00::9"]),
      allottedAddress: fc.constantFrom(undefined, "240.240.0.7"),
      variants: fc.subarray([...variantNames]).map((names) => names.map((name) => ({ name, authority: `${hostname}:${name.slice(1)}` }))),
    } satisfies { [Key in keyof MeshService]?: fc.Arbitrary<MeshService[Key]> })
    .map((parts) => testService({ ...parts, hostname }));

const localityLbSetting = (): fc.Arbitrary<LocalityLbSetting> =>
  fc.oneof(
    fc.constant({ distribute: [], failover: [], failoverPriority: [] }),
    fc.constant({ distribute: [], failover: [{ from: "r1", to: "r3" }], failoverPriority: [] }),
    fc.constant({ distribute: [], failover: [], failoverPriority: ["version", "rack=v2"] }),
    fc.constant({ distribute: [], failover: [{ from: "r1", to: "r3" }], failoverPriority: ["version"] }),
    fc.constant({ distribute: [{ from: "r1/*", to: { "r1/z1/*": 70, "r2/*": 30 } }], failover: [], failoverPriority: [] }),
  );

const policy = (): fc.Arbitrary<Partial<TrafficPolicy>> =>
  fc.record(
    {
      loadBalancer: fc.oneof(
        fc.record({ simple: fc.constantFrom("LEAST_REQUEST", "PASSTHROUGH", "RANDOM", "ROUND_ROBIN") }),
        localityLbSetting().map((setting) => ({ localityLbSetting: setting })),
      ),
      outlierDetection: fc.constant({ splitExternalLocalOriginErrors: false, minHealthPercent: 0 }),
      tls: fc.record({ mode: fc.constantFrom("DISABLE", "SIMPLE"), subjectAltNames: fc.constant([]) }),
    },
    { requiredKeys: [] },
  );

export const rule = (): fc.Arbitrary<EffectiveDestinationRule> =>
  fc
    .record({
      trafficPolicy: fc.option(policy(), { nil: undefined }),
      subsets: fc.uniqueArray(
        fc.record<Pick<Subset, "name" | "labels"> & { readonly trafficPolicy: Partial<TrafficPolicy> }>({
          name: fc.constantFrom("v1", "v2", "all"),
          labels: label(),
          trafficPolicy: policy(),
        }),
        { selector: ({ name }) => name, maxLength: 2 },
      ),
    })
    .map(({ trafficPolicy, subsets }) => testRule(trafficPolicy, subsets));

export const proxy = (): fc.Arbitrary<ProxyProfile> =>
  fc
    .record({
      type: fc.constantFrom("sidecar", "sidecar", "router", "grpc"),
      dialect: fc.constantFrom("envoy", "mosn"),
      locality: fc.option(locality(), { nil: undefined }),
      labels: label(),
    } satisfies { [Key in keyof ProxyProfile]?: fc.Arbitrary<ProxyProfile[Key]> })
    .map(testProxy);

const hosts = ["a.shop.svc.cluster.local", "com.acme.Echo", "*.example.com", "api.example.com"] as const;

/** What a proxy may see: a few services, with endpoints and rules. */
export const scope = (): fc.Arbitrary<ProxyScope> =>
  fc
    .subarray([...hosts])
    .chain((names) =>
      fc.record({
        proxy: proxy(),
        services: fc.tuple(...names.map(service)),
        rules: fc.tuple(...names.map(() => fc.option(rule(), { nil: undefined }))),
        endpoints: fc.tuple(...names.map(() => fc.array(fc.array(endpoint(), { maxLength: 8 }), { minLength: 3, maxLength: 3 }))),
        localities: localityLbSetting(),
      }),
    )
    .map(({ services, rules, endpoints, proxy: { type, dialect, locality: place, labels }, localities }) =>
      testScope({
        proxy: { type, dialect, locality: place, labels },
        mesh: testMesh({ localityLbSetting: localities }),
        services,
        rules: Object.fromEntries(services.flatMap(({ hostname }, index) => (rules[index] ? [[hostname, rules[index]]] : []))),
        endpoints: Object.fromEntries(
          services.map(({ hostname, ports }, index): [string, ServiceEndpoints] => [
            hostname,
            new Map(ports.map(({ name }, at) => [name, endpoints[index]?.[at] ?? []])),
          ]),
        ),
      }),
    );
