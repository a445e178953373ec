import { describe, expect, test } from "vitest";
import { meshSettings } from "./mesh-settings.ts";
import { parse, parseGood, summaries, yamlOf } from "./testing.ts";

const emptyMatch = { headers: {}, withoutHeaders: {}, queryParams: {}, ignoreUriCase: false, sourceLabels: {}, gateways: [] };

describe("a VirtualService", () => {
  test("has lists and maps everywhere, durations in milliseconds, matches with a kind, and ports as numbers", () => {
    const spec = parseGood(
      "VirtualService",
      `
hosts: [reviews]
http:
- name: canary
  match:
  - uri: { prefix: /a }
    headers: { x-user: { exact: "" }, x-any: {} }
    withoutHeaders: { x-none: { regex: "*" } }
    port: 8080
  route:
  - destination: { host: reviews, subset: v1, port: { number: 80 } }
    weight: 80
  - destination: { host: reviews, subset: v2 }
    weight: 20
    headers: { request: { set: { x-canary: "true" } } }
  timeout: 1m1.5s
  retries: { attempts: 3, perTryTimeout: 250ms }
  fault: { delay: { fixedDelay: 5s, percentage: { value: 0.5 } }, abort: { httpStatus: 503 } }
`,
    );
    expect(spec).toEqual({
      hosts: ["reviews"],
      gateways: ["mesh"],
      exportTo: [],
      tls: [],
      tcp: [],
      http: [
        {
          name: "canary",
          match: [
            {
              ...emptyMatch,
              uri: { kind: "prefix", value: "/a" },
              headers: { "x-user": { kind: "exact", value: "" }, "x-any": { kind: "present" } },
              withoutHeaders: { "x-none": { kind: "present" } },
              port: 8080,
            },
          ],
          route: [
            { destination: { host: "reviews", subset: "v1", port: 80 }, weight: 80 },
            {
              destination: { host: "reviews", subset: "v2" },
              weight: 20,
              headers: { request: { set: { "x-canary": "true" }, add: {}, remove: [] } },
            },
          ],
          mirrors: [],
          timeout: 61_500,
          retries: { attempts: 3, perTryTimeout: 250 },
          fault: { delay: { fixedDelay: 5000, percentage: 0.5 }, abort: { httpStatus: 503, percentage: 0 } },
        },
      ],
    });
  });

  test.each([
    ["mirror: { host: b }", [{ destination: { host: "b" }, percentage: 100 }]],
    ["mirror: { host: b }\n  mirrorPercentage: { value: 1.5 }", [{ destination: { host: "b" }, percentage: 1.5 }]],
    [
      "mirrors: [{ destination: { host: b }, percentage: { value: 3 } }, { destination: { host: c } }]",
      [
        { destination: { host: "b" }, percentage: 3 },
        { destination: { host: "c" }, percentage: 100 },
      ],
    ],
  ])("has its mirrors in one list: %s", (yaml, mirrors) => {
    const spec = parseGood("VirtualService", `hosts: [a]\nhttp:\n- route: [{ destination: { host: a } }]\n  ${yaml}`);
    expect(spec.http[0]?.mirrors).toEqual(mirrors);
  });

  test("gives a sole destination everything", () => {
    const spec = parseGood("VirtualService", "hosts: [a]\nhttp:\n- route: [{ destination: { host: a }, weight: 7 }]");
    expect(spec.http[0]?.route).toEqual([{ destination: { host: "a" }, weight: 100 }]);
  });

  test("reads the deprecated names of CORS origins and of percentages, with a warning", () => {
    const { configs, problems } = parse(
      yamlOf(
        "VirtualService",
        'hosts: [a]\nhttp:\n- route: [{ destination: { host: a } }]\n  corsPolicy: { allowOrigin: ["*", "https://a.com"] }\n  fault: { delay: { fixedDelay: 1s, percent: 7 } }',
      ),
    );
    expect(configs[0]?.spec).toMatchObject({
      http: [
        {
          corsPolicy: {
            allowOrigins: [
              { kind: "regex", value: ".*" },
              { kind: "exact", value: "https://a.com" },
            ],
          },
          fault: { delay: { percentage: 7 } },
        },
      ],
    });
    expect(summaries(problems)).toEqual([
      "schema/deprecated at spec.http[0].corsPolicy.allowOrigin",
      "schema/deprecated at spec.http[0].fault.delay.percent",
    ]);
  });

  test("takes interface names of RPC services as hosts", () => {
    const spec = parseGood(
      "VirtualService",
      "hosts: [com.acme.EchoService]\nhttp:\n- route: [{ destination: { host: com.acme.user_center.Outer$Inner } }]",
    );
    expect(spec.hosts).toEqual(["com.acme.EchoService"]);
  });

  test("has a body of text or of base64 in a direct response, and empty texts count as absent", () => {
    const spec = parseGood("VirtualService", 'hosts: [a]\nhttp:\n- directResponse: { status: 404, body: { string: "gone" } }\n  name: ""');
    expect(spec.http[0]).toEqual({
      match: [],
      route: [],
      mirrors: [],
      directResponse: { status: 404, body: { kind: "string", value: "gone" } },
    });
  });
});

describe("a DestinationRule", () => {
  test.each([
    [
      "{ simple: LEAST_REQUEST, warmup: { duration: 30s } }",
      { simple: "LEAST_REQUEST", warmup: { duration: 30_000, minimumPercent: 10, aggression: 1 } },
    ],
    [
      "{ consistentHash: { httpHeaderName: x-user } }",
      { consistentHash: { key: { kind: "header", name: "x-user" }, algorithm: { kind: "ringHash" } } },
    ],
    [
      "{ consistentHash: { httpCookie: { name: s, ttl: 0s }, maglev: { tableSize: 65537 } } }",
      { consistentHash: { key: { kind: "cookie", name: "s", ttl: 0, attributes: [] }, algorithm: { kind: "maglev", tableSize: 65_537 } } },
    ],
    [
      "{ consistentHash: { useSourceIp: true, ringHash: { minimumRingSize: 16 } } }",
      { consistentHash: { key: { kind: "sourceIp" }, algorithm: { kind: "ringHash", minimumRingSize: 16 } } },
    ],
    [
      "{ consistentHash: { httpQueryParameterName: q } }",
      { consistentHash: { key: { kind: "queryParameter", name: "q" }, algorithm: { kind: "ringHash" } } },
    ],
    [
      "{ simple: UNSPECIFIED, localityLbSetting: { enabled: false } }",
      { localityLbSetting: { distribute: [], failover: [], failoverPriority: [], enabled: false } },
    ],
  ])("reads the load balancer %s", (yaml, loadBalancer) => {
    const spec = parseGood("DestinationRule", `host: a\ntrafficPolicy:\n  loadBalancer: ${yaml}`);
    expect(spec.trafficPolicy).toEqual({ loadBalancer, portLevelSettings: [] });
  });

  test.each([
    ["{ simple: LEAST_CONN }", { simple: "LEAST_REQUEST" }],
    ["{ warmupDurationSecs: 30s }", { warmup: { duration: 30_000, minimumPercent: 10, aggression: 1 } }],
    [
      "{ consistentHash: { useSourceIp: true, minimumRingSize: 8 } }",
      { consistentHash: { key: { kind: "sourceIp" }, algorithm: { kind: "ringHash", minimumRingSize: 8 } } },
    ],
  ])("reads the deprecated %s with a warning", (yaml, loadBalancer) => {
    const { configs, problems } = parse(yamlOf("DestinationRule", `host: a\ntrafficPolicy:\n  loadBalancer: ${yaml}`));
    expect(configs[0]?.spec).toMatchObject({ trafficPolicy: { loadBalancer } });
    expect(problems.map(({ rule }) => rule)).toEqual(["schema/deprecated"]);
  });

  test("has selectors as labels, whatever the API calls them", () => {
    expect(parseGood("DestinationRule", "host: a\nworkloadSelector: { matchLabels: { app: b } }").workloadSelector).toEqual({
      labels: { app: "b" },
    });
    expect(parseGood("PeerAuthentication", "selector: { matchLabels: { app: b } }").selector).toEqual({ labels: { app: "b" } });
  });
});

test("a ServiceEntry has Istio's defaults and protocols in upper case, SOFAMesh's too", () => {
  const spec = parseGood(
    "ServiceEntry",
    "hosts: [com.acme.EchoService]\nports:\n- { number: 12200, name: x-bolt-echo, protocol: bolt }\n- { number: 9090, name: x-acme-echo, protocol: x-acme }\n- { number: 80, name: http }",
  );
  expect(spec).toEqual({
    hosts: ["com.acme.EchoService"],
    addresses: [],
    location: "MESH_EXTERNAL",
    resolution: "NONE",
    endpoints: [],
    exportTo: [],
    subjectAltNames: [],
    ports: [
      { number: 12_200, name: "x-bolt-echo", protocol: "BOLT" },
      { number: 9090, name: "x-acme-echo", protocol: "X-ACME" },
      { number: 80, name: "http" },
    ],
  });
});

test("a PeerAuthentication has its modes without their envelopes", () => {
  const spec = parseGood(
    "PeerAuthentication",
    "selector: { matchLabels: { app: a } }\nmtls: { mode: PERMISSIVE }\nportLevelMtls: { 8080: { mode: DISABLE } }",
  );
  expect(spec).toEqual({ selector: { labels: { app: "a" } }, mtls: "PERMISSIVE", portLevelMtls: { "8080": "DISABLE" } });
  expect(parseGood("PeerAuthentication", "mtls: {}").mtls).toBe("UNSET");
});

test("an outbound policy without a mode is the enum's first, REGISTRY_ONLY", () => {
  expect(parseGood("Sidecar", "outboundTrafficPolicy: {}").outboundTrafficPolicy).toEqual({ mode: "REGISTRY_ONLY" });
});

test("mesh settings are Istio's defaults with what the MeshConfig says, and no automatic mTLS", () => {
  expect(meshSettings()).toMatchObject({
    trustDomain: "cluster.local",
    connectTimeout: 10_000,
    proxyListenPort: 15_001,
    outboundTrafficPolicy: { mode: "ALLOW_ANY" },
  });
  const settings = meshSettings(
    parseGood(
      "MeshConfig",
      "connectTimeout: 2s\ndefaultServiceExportTo: [.]\nlocalityLbSetting: { failover: [{ from: a, to: b }] }\nenableAutoMtls: false",
    ),
  );
  expect(settings).toMatchObject({
    connectTimeout: 2000,
    defaultServiceExportTo: ["."],
    defaultVirtualServiceExportTo: ["*"],
    localityLbSetting: { enabled: true, failover: [{ from: "a", to: "b" }] },
    enableAutoMtls: false,
  });
});

test("configurations are frozen in depth", () => {
  const spec = parseGood("ServiceEntry", "hosts: [a.b]\nports: [{ number: 80, name: a }]");
  expect(Object.isFrozen(spec)).toBe(true);
  expect(Object.isFrozen(spec.ports[0])).toBe(true);
});
