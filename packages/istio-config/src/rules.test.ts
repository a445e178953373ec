import { describe, expect, test } from "vitest";
import type { IstioKind } from "./kinds/index.ts";
import { rules, type RuleId } from "./rules.ts";
import { parse, yamlOf } from "./testing.ts";

/** A spec that breaks a rule in the line that ends in `# <-`, or a whole text where the kind is `text`. */
interface Case {
  readonly rule: RuleId;
  readonly kind: IstioKind | "text";
  readonly field: string;
  readonly yaml: string;
  readonly metadata?: string;
}

const cases: Case[] = [];

function breaks(rule: RuleId, kind: Case["kind"], field: string, yaml: string, metadata?: string): void {
  cases.push({ rule, kind, field, yaml, ...(metadata === undefined ? {} : { metadata }) });
}

/** A rule of a VirtualService whose other parts are good. */
function breaksRoute(rule: RuleId, field: string, yaml: string): void {
  breaks(rule, "VirtualService", field === "" ? "spec.http[0]" : `spec.http[0].${field}`, `hosts: [reviews]\nhttp:\n${yaml}`);
}

const route = "route: [{ destination: { host: reviews } }]";

breaks("yaml/syntax", "text", "", "a: [1, 2\nb: 3 # <-\n");
breaks("yaml/syntax", "text", "", "kind: Gateway\nkind: Gateway # <-\n");
breaks(
  "yaml/aliases",
  "text",
  "",
  `a: &a [x, x, x, x, x, x, x, x, x, x] # <-\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n`,
);
breaks("yaml/key", "text", "spec.__proto__", "kind: Gateway\nspec:\n  __proto__: 1 # <-\n");
breaks("document/map", "text", "", "- just a list # <-\n");
breaks("document/kind", "text", "", "apiVersion: networking.istio.io/v1 # <-\nmetadata: { name: a }\n");
breaks("document/kind", "text", "kind", "apiVersion: networking.istio.io/v1\nkind: VirtualServces # <-\n");
breaks("document/kind", "text", "kind", "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter # <-\nmetadata: { name: a }\n");
breaks("document/kind", "text", "kind", "apiVersion: v1\nkind: Service # <-\nmetadata: { name: a }\n");
breaks("document/api-version", "text", "apiVersion", "apiVersion: networking.istio.io/v2 # <-\nkind: Gateway\nmetadata: { name: a }\n");
breaks("document/api-version", "text", "", "kind: Gateway # <-\nmetadata: { name: a }\n");
breaks(
  "document/duplicate",
  "text",
  "",
  `${yamlOf("WorkloadEntry", "address: 10.0.0.1")}---\n${yamlOf("WorkloadEntry", "address: 10.0.0.2").replace("v1", "v1 # <-")}`,
);
breaks("mesh-config/duplicate", "text", "", "trustDomain: a\n---\ntrustDomain: b # <-\n");
breaks("schema/type", "VirtualService", "spec.hosts", "hosts: reviews # <-\nhttp: []");
breaks("schema/type", "VirtualService", "spec.http[0].timeout", `hosts: [reviews]\nhttp:\n- ${route}\n  timeout: [5s] # <-`);
breaks("schema/required", "DestinationRule", "spec.host", "subsets:\n- name: v1");
breaks("schema/required", "DestinationRule", "spec.host", 'host: "" # <-');
breaks("schema/unknown-field", "text", "specs", `${yamlOf("Gateway", "selector: {}")}specs: # <-\n  a: 1\n`);
breaksRoute("schema/unknown-field", "retry", `- ${route}\n  retry: # <-\n    attempts: 3`);
breaks(
  "schema/not-supported",
  "DestinationRule",
  "spec.trafficPolicy.tunnel",
  "host: a\ntrafficPolicy:\n  tunnel: # <-\n    targetHost: a",
);
breaks(
  "schema/not-supported",
  "DestinationRule",
  "spec.trafficPolicy.tls.mode",
  "host: a\ntrafficPolicy:\n  tls:\n    mode: ISTIO_MUTUAL # <-",
);
breaks("schema/not-supported", "PeerAuthentication", "spec.mtls.mode", "mtls:\n  mode: STRICT # <-");
breaks(
  "schema/not-supported",
  "PeerAuthentication",
  'spec.portLevelMtls["8080"].mode',
  "selector: { matchLabels: { app: a } }\nportLevelMtls:\n  8080:\n    mode: STRICT # <-",
);
breaks("schema/enum", "ServiceEntry", "spec.location", "hosts: [a.b]\nlocation: MESH_OUTSIDE # <-");
breaksRoute("schema/enum", "redirect.redirectCode", "- redirect:\n    uri: /a\n    redirectCode: 300 # <-");
breaksRoute("schema/one-of", "redirect.derivePort", "- redirect:\n    port: 80\n    derivePort: FROM_REQUEST_PORT # <-");
breaksRoute(
  "schema/not-supported",
  'match[0].headers["@request.auth.claims.group"]',
  `- match:\n  - headers:\n      "@request.auth.claims.group": { exact: a } # <-\n  ${route}`,
);
breaksRoute("schema/duration", "timeout", `- ${route}\n  timeout: 5 # <-`);
breaksRoute("schema/duration", "timeout", `- ${route}\n  timeout: -1s # <-`);
breaksRoute("schema/duration", "timeout", `- ${route}\n  timeout: 1500us # <-`);
breaksRoute("schema/duration-range", "timeout", `- ${route}\n  timeout: 0s # <-`);
breaks("schema/duration-range", "MeshConfig", "spec.connectTimeout", "connectTimeout: 2h # <-");
breaksRoute("schema/integer", "retries.attempts", `- ${route}\n  retries:\n    attempts: -1 # <-`);
breaks(
  "schema/percent",
  "DestinationRule",
  "spec.trafficPolicy.outlierDetection.maxEjectionPercent",
  "host: a\ntrafficPolicy:\n  outlierDetection:\n    maxEjectionPercent: 101 # <-",
);
breaksRoute("schema/fraction", "mirrorPercentage.value", `- ${route}\n  mirror: { host: a }\n  mirrorPercentage:\n    value: 0.00001 # <-`);
breaksRoute("schema/regex", "match[0].uri.regex", `- match:\n  - uri:\n      regex: "(?=a)" # <-\n  ${route}`);
breaksRoute("schema/regex", "match[0].uri.regex", `- match:\n  - uri:\n      regex: "${"a".repeat(1025)}" # <-\n  ${route}`);
breaksRoute("schema/string-match", "match[0].uri", `- match:\n  - uri: # <-\n      exact: /a\n      prefix: /b\n  ${route}`);
breaksRoute("schema/string-match", "match[0].uri", `- match:\n  - uri: {} # <-\n  ${route}`);
breaksRoute("schema/string-match", "match[0].method.prefix", `- match:\n  - method:\n      prefix: "" # <-\n  ${route}`);
breaksRoute("schema/deprecated", "mirrorPercent", `- ${route}\n  mirror: { host: a }\n  mirrorPercent: 5 # <-`);
breaks("metadata/name", "WorkloadEntry", "metadata.name", "address: 10.0.0.1", "{ name: Not_A_Name } # <-");
breaks("metadata/namespace", "WorkloadEntry", "metadata.namespace", "address: 10.0.0.1", "{ name: a, namespace: a.b } # <-");
breaks("metadata/label", "WorkloadEntry", "metadata.labels.app", "address: 10.0.0.1", '{ name: a, labels: { app: "a b" } } # <-');
breaks(
  "metadata/timestamp",
  "WorkloadEntry",
  "metadata.creationTimestamp",
  "address: 10.0.0.1",
  "{ name: a, creationTimestamp: yesterday } # <-",
);
breaks("host/syntax", "VirtualService", "spec.hosts[0]", `hosts:\n- "a b" # <-\nhttp:\n- ${route}`);
breaks("host/syntax", "VirtualService", "spec.hosts[0]", `hosts:\n- "a.*.com" # <-\nhttp:\n- ${route}`);
breaks("host/partial-wildcard", "ServiceEntry", "spec.hosts[0]", 'hosts:\n- "*a.example.com" # <-');
breaks(
  "address/ip",
  "ServiceEntry",
  "spec.endpoints[0].address",
  "hosts: [a.b]\nresolution: STATIC\nendpoints:\n- address: a.example.com # <-",
);
breaks(
  "address/ip",
  "Gateway",
  "spec.servers[0].bind",
  "servers:\n- port: { number: 80, name: http, protocol: HTTP }\n  hosts: ['*']\n  bind: localhost # <-",
);
breaks("address/cidr", "ServiceEntry", "spec.addresses[0]", "hosts: [a.b]\naddresses:\n- 10.0.0.0/33 # <-");
breaks("address/unix", "WorkloadEntry", "spec.address", "address: unix://relative # <-");
breaks("port/range", "ServiceEntry", "spec.ports[0].number", "hosts: [a.b]\nports:\n- number: 65536 # <-\n  name: http");
breaks("port/name", "ServiceEntry", "spec.ports[0].name", "hosts: [a.b]\nports:\n- number: 80\n  name: http_web # <-");
breaks("port/protocol", "ServiceEntry", "spec.ports[0].protocol", "hosts: [a.b]\nports:\n- number: 80\n  name: a\n  protocol: SMTP # <-");
breaksRoute("header/name", 'match[0].headers["a b"]', `- match:\n  - headers:\n      a b: { exact: c } # <-\n  ${route}`);
breaksRoute("header/value", 'headers.request.set["x-a"]', `- ${route}\n  headers:\n    request:\n      set:\n        x-a: 100% # <-`);
breaksRoute("header/reserved", "headers.response.set.host", `- ${route}\n  headers:\n    response:\n      set:\n        host: a # <-`);
breaksRoute("header/reserved", "headers.request.remove[0]", `- ${route}\n  headers:\n    request:\n      remove:\n      - ":path" # <-`);
breaksRoute(
  "header/authority-twice",
  "headers.request.set.host",
  `- ${route}\n  rewrite: { authority: a }\n  headers:\n    request:\n      set:\n        host: b # <-`,
);
breaks("export-to/value", "ServiceEntry", "spec.exportTo[0]", "hosts: [a.b]\nexportTo:\n- A_B # <-");
breaks("export-to/value", "VirtualService", "spec.exportTo[0]", `hosts: [a]\nhttp:\n- ${route}\nexportTo:\n- "~" # <-`);
breaks("export-to/duplicate", "ServiceEntry", "spec.exportTo[1]", "hosts: [a.b]\nexportTo:\n- .\n- default # <-");
breaks("export-to/alone", "ServiceEntry", "spec.exportTo[1]", "hosts: [a.b]\nexportTo:\n- shop\n- '*' # <-");
breaks(
  "selector/wildcard",
  "Sidecar",
  "spec.workloadSelector.labels.app",
  "egress: [{ hosts: ['./*'] }]\nworkloadSelector:\n  labels:\n    app: a* # <-",
);
breaks("selector/empty", "Sidecar", "spec.workloadSelector", "egress: [{ hosts: ['./*'] }]\nworkloadSelector: # <-\n  labels: {}");

const locality = (yaml: string): string =>
  `host: a\ntrafficPolicy:\n  outlierDetection: {}\n  loadBalancer:\n    localityLbSetting:\n${yaml}`;
const localityField = "spec.trafficPolicy.loadBalancer.localityLbSetting";
breaks(
  "locality/syntax",
  "DestinationRule",
  `${localityField}.distribute[0].from`,
  locality("      distribute:\n      - from: a//b # <-\n        to: { a: 100 }"),
);
breaks(
  "locality/overlap",
  "DestinationRule",
  `${localityField}.distribute[1].from`,
  locality("      distribute:\n      - from: a/*\n        to: { a: 100 }\n      - from: a/b # <-\n        to: { a: 100 }"),
);
breaks(
  "locality/weights",
  "DestinationRule",
  `${localityField}.distribute[0].to`,
  locality("      distribute:\n      - from: a\n        to: # <-\n          a: 60\n          b: 30"),
);
breaks(
  "locality/conflict",
  "DestinationRule",
  `${localityField}.failover`,
  locality("      distribute:\n      - { from: a, to: { a: 100 } }\n      failover: # <-\n      - { from: a, to: b }"),
);
breaks(
  "locality/failover",
  "DestinationRule",
  `${localityField}.failover[0].to`,
  locality("      failover:\n      - from: a\n        to: a # <-"),
);
breaks(
  "locality/outlier-detection",
  "DestinationRule",
  localityField,
  "host: a\ntrafficPolicy:\n  loadBalancer:\n    localityLbSetting: # <-\n      failover:\n      - { from: a, to: b }",
);

breaks("virtual-service/routes", "VirtualService", "spec", "hosts: [a]", "{ name: a }\n# the spec is the next line");
breaks("virtual-service/gateway-name", "VirtualService", "spec.gateways[0]", `hosts: [a]\ngateways:\n- a/b/c # <-\nhttp:\n- ${route}`);
breaks(
  "virtual-service/gateway-legacy-name",
  "VirtualService",
  "spec.gateways[0]",
  `hosts: [a]\ngateways:\n- web.istio-system # <-\nhttp:\n- ${route}`,
);
breaks("virtual-service/mesh-wildcard", "VirtualService", "spec.hosts[0]", `hosts:\n- "*" # <-\nhttp:\n- ${route}`);
breaks("virtual-service/duplicate-host", "VirtualService", "spec.hosts[1]", `hosts:\n- "*.a.com"\n- b.a.com # <-\nhttp:\n- ${route}`);
breaks("virtual-service/delegate", "VirtualService", "spec.gateways", `gateways: # <-\n- web\nhttp:\n- ${route}`);
breaks("virtual-service/delegate", "VirtualService", "spec.http[0].delegate", "http:\n- delegate: # <-\n    name: b");
breaksRoute("virtual-service/destination-host", "route[0].destination.host", "- route:\n  - destination:\n      host: '*' # <-");
breaksRoute(
  "virtual-service/subset-name",
  "route[0].destination.subset",
  "- route:\n  - destination:\n      host: a\n      subset: v_1 # <-",
);
breaksRoute("virtual-service/weight-sum", "route", "- route: # <-\n  - destination: { host: a }\n  - destination: { host: b }");
breaksRoute("virtual-service/route-action", "", "- name: a # <-");
breaksRoute("virtual-service/route-action", "redirect", `- ${route}\n  redirect: # <-\n    uri: /a`);
breaksRoute("virtual-service/route-action", "delegate", `- ${route}\n  delegate: # <-\n    name: a`);
breaksRoute("virtual-service/route-conflict", "rewrite", "- directResponse: { status: 200 }\n  rewrite: # <-\n    uri: /a");
breaksRoute("virtual-service/redirect", "redirect", "- redirect: # <-\n    redirectCode: 302");
breaksRoute("virtual-service/redirect-scheme", "redirect.scheme", "- redirect:\n    scheme: ftp # <-");
breaksRoute("virtual-service/rewrite", "rewrite", `- ${route}\n  rewrite: {} # <-`);
breaksRoute(
  "virtual-service/rewrite",
  "rewrite.uriRegexRewrite",
  `- ${route}\n  rewrite:\n    uri: /a\n    uriRegexRewrite: # <-\n      match: a\n      rewrite: b`,
);
breaksRoute(
  "virtual-service/direct-response-size",
  "directResponse.body",
  `- directResponse:\n    status: 200\n    body: # <-\n      string: ${"a".repeat(1024 * 1024 + 1)}`,
);
breaksRoute(
  "virtual-service/direct-response-large",
  "directResponse.body",
  `- directResponse:\n    status: 200\n    body: # <-\n      string: ${"a".repeat(100 * 1024 + 1)}`,
);
breaksRoute("virtual-service/http-status", "directResponse.status", "- directResponse:\n    status: 199 # <-");
breaksRoute("virtual-service/grpc-status", "fault.abort.grpcStatus", `- ${route}\n  fault:\n    abort:\n      grpcStatus: GONE # <-`);
breaksRoute("virtual-service/fault", "fault", `- ${route}\n  fault: {} # <-`);
breaksRoute("virtual-service/fault", "fault.delay", `- ${route}\n  fault:\n    delay: # <-\n      percentage: { value: 10 }`);
breaksRoute("virtual-service/fault", "fault.abort", `- ${route}\n  fault:\n    abort: # <-\n      percentage: { value: 10 }`);
breaksRoute("virtual-service/retry-disabled", "retries", `- ${route}\n  retries: # <-\n    perTryTimeout: 2s`);
breaksRoute("virtual-service/retry-on", "retries.retryOn", `- ${route}\n  retries:\n    attempts: 2\n    retryOn: 5xx,sometimes # <-`);
breaksRoute("virtual-service/cors-method", "corsPolicy.allowMethods[0]", `- ${route}\n  corsPolicy:\n    allowMethods:\n    - get # <-`);
breaksRoute("virtual-service/cors-max-age", "corsPolicy.maxAge", `- ${route}\n  corsPolicy:\n    maxAge: 1500ms # <-`);
breaksRoute(
  "virtual-service/cors-origin",
  "corsPolicy.allowOrigins[0]",
  `- ${route}\n  corsPolicy:\n    allowOrigins:\n    - exact: "" # <-`,
);
breaksRoute("virtual-service/mirror", "mirrors", `- ${route}\n  mirror: { host: a }\n  mirrors: # <-\n  - destination: { host: b }`);
breaksRoute("virtual-service/mirror", "mirrorPercentage", `- ${route}\n  mirrorPercentage: # <-\n    value: 5`);
breaks("virtual-service/tls-match", "VirtualService", "spec.tls[0]", `hosts: [a]\ntls:\n- ${route} # <-`);
breaks("virtual-service/tls-match", "VirtualService", "spec.tls[0].match[0]", `hosts: [a]\ntls:\n- match:\n  - port: 443 # <-\n  ${route}`);
breaks(
  "virtual-service/sni-host",
  "VirtualService",
  "spec.tls[0].match[0].sniHosts[0]",
  `hosts: [a.com]\ntls:\n- match:\n  - sniHosts:\n    - b.com # <-\n  ${route}`,
);
breaks(
  "virtual-service/sni-host",
  "VirtualService",
  "spec.tls[0].match[0].sniHosts[0]",
  `hosts: ['*.foo.com']\ntls:\n- match:\n  - sniHosts:\n    - '*x.foo.com' # <-\n  ${route}`,
);
breaks(
  "virtual-service/sni-ip",
  "VirtualService",
  "spec.tls[0].match[0].sniHosts[0]",
  `hosts: [a.com]\ntls:\n- match:\n  - sniHosts:\n    - 10.0.0.1 # <-\n  ${route}`,
);
breaks("virtual-service/route-required", "VirtualService", "spec.tcp[0]", "hosts: [a]\ntcp:\n- match: # <-\n  - port: 80");
breaks(
  "virtual-service/unreachable-rule",
  "VirtualService",
  "spec.http[1]",
  `hosts: [a]\nhttp:\n- ${route}\n- name: late # <-\n  ${route}`,
);
breaks(
  "virtual-service/unreachable-rule",
  "VirtualService",
  "spec.tcp[1]",
  `hosts: [a]\ntcp:\n- match: [{ port: 80 }]\n  ${route}\n- match: # <-\n  - port: 80\n  ${route}`,
);
breaks(
  "virtual-service/ineffective-match",
  "VirtualService",
  "spec.http[1].match[0]",
  `hosts: [a]\nhttp:\n- match:\n  - uri: { prefix: /a }\n  ${route}\n- match:\n  - uri: { exact: /ab } # <-\n  ${route}`,
);

breaks("destination-rule/subset-name", "DestinationRule", "spec.subsets[0].name", "host: a\nsubsets:\n- name: v_1 # <-");
breaks("destination-rule/duplicate-subset", "DestinationRule", "spec.subsets[1].name", "host: a\nsubsets:\n- name: v1\n- name: v1 # <-");
breaks("destination-rule/empty-policy", "DestinationRule", "spec.trafficPolicy", "host: a\ntrafficPolicy: {} # <-");
breaks(
  "destination-rule/empty-policy",
  "DestinationRule",
  "spec.trafficPolicy.portLevelSettings[0]",
  "host: a\ntrafficPolicy:\n  portLevelSettings:\n  - port: # <-\n      number: 80",
);
breaks(
  "destination-rule/empty-policy",
  "DestinationRule",
  "spec.trafficPolicy.connectionPool",
  "host: a\ntrafficPolicy:\n  connectionPool: {} # <-",
);
breaks(
  "destination-rule/duplicate-port",
  "DestinationRule",
  "spec.trafficPolicy.portLevelSettings[1].port",
  "host: a\ntrafficPolicy:\n  portLevelSettings:\n  - { port: { number: 80 }, tls: {} }\n  - { port: { number: 80 }, tls: {} } # <-",
);
const balancer = "spec.trafficPolicy.loadBalancer";
breaks(
  "destination-rule/consistent-hash",
  "DestinationRule",
  `${balancer}.consistentHash`,
  "host: a\ntrafficPolicy:\n  loadBalancer:\n    consistentHash: # <-\n      httpHeaderName: a\n      useSourceIp: true",
);
breaks(
  "destination-rule/hash-algorithm",
  "DestinationRule",
  `${balancer}.consistentHash`,
  "host: a\ntrafficPolicy:\n  loadBalancer:\n    consistentHash: # <-\n      useSourceIp: true\n      ringHash: {}\n      maglev: {}",
);
breaks(
  "destination-rule/maglev-table",
  "DestinationRule",
  `${balancer}.consistentHash.maglev.tableSize`,
  "host: a\ntrafficPolicy:\n  loadBalancer:\n    consistentHash:\n      useSourceIp: true\n      maglev:\n        tableSize: 65535 # <-",
);
breaks(
  "destination-rule/load-balancer",
  "DestinationRule",
  `${balancer}.consistentHash`,
  "host: a\ntrafficPolicy:\n  loadBalancer:\n    simple: RANDOM\n    consistentHash: # <-\n      useSourceIp: true",
);
breaks(
  "destination-rule/warmup",
  "DestinationRule",
  `${balancer}.warmup.aggression`,
  "host: a\ntrafficPolicy:\n  loadBalancer:\n    warmup:\n      duration: 10s\n      aggression: 0.5 # <-",
);
breaks(
  "destination-rule/warmup",
  "DestinationRule",
  `${balancer}.warmup`,
  "host: a\ntrafficPolicy:\n  loadBalancer:\n    simple: RANDOM\n    warmup: # <-\n      duration: 10s",
);
breaks(
  "destination-rule/local-origin",
  "DestinationRule",
  "spec.trafficPolicy.outlierDetection.consecutiveLocalOriginFailures",
  "host: a\ntrafficPolicy:\n  outlierDetection:\n    consecutiveLocalOriginFailures: 3 # <-",
);
breaks(
  "destination-rule/h2-upgrade",
  "DestinationRule",
  "spec.trafficPolicy.connectionPool.http.useClientProtocol",
  "host: a\ntrafficPolicy:\n  connectionPool:\n    http:\n      h2UpgradePolicy: UPGRADE\n      useClientProtocol: true # <-",
);
breaks(
  "destination-rule/tls-files",
  "DestinationRule",
  "spec.trafficPolicy.tls",
  "host: a\ntrafficPolicy:\n  tls: # <-\n    mode: MUTUAL\n    privateKey: /k",
);
breaks(
  "destination-rule/tls-verification",
  "DestinationRule",
  "spec.trafficPolicy.tls.caCertificates",
  "host: a\ntrafficPolicy:\n  tls:\n    mode: SIMPLE\n    insecureSkipVerify: true\n    caCertificates: /ca # <-",
);
breaks(
  "destination-rule/selector-export",
  "DestinationRule",
  "spec.exportTo",
  "host: a\nworkloadSelector: { matchLabels: { app: a } }\nexportTo: # <-\n- shop",
);

breaks("service-entry/host", "ServiceEntry", "spec", "location: MESH_INTERNAL", "{ name: a }\n# the spec is the next line");
breaks("service-entry/host", "ServiceEntry", "spec.hosts[0]", "hosts:\n- '*' # <-");
breaks(
  "service-entry/endpoints-and-selector",
  "ServiceEntry",
  "spec.endpoints",
  "hosts: [a.b]\nresolution: STATIC\nworkloadSelector: { labels: { app: a } }\nendpoints: # <-\n- address: 10.0.0.1",
);
breaks(
  "service-entry/cidr-resolution",
  "ServiceEntry",
  "spec.addresses[0]",
  "hosts: [a.b]\nresolution: DNS\naddresses:\n- 10.0.0.0/8 # <-",
);
breaks(
  "service-entry/duplicate-port",
  "ServiceEntry",
  "spec.ports[1].number",
  "hosts: [a.b]\nports:\n- { number: 80, name: a }\n- name: b\n  number: 80 # <-",
);
breaks(
  "service-entry/duplicate-port",
  "ServiceEntry",
  "spec.ports[1].name",
  "hosts: [a.b]\nports:\n- { number: 80, name: a }\n- name: a # <-\n  number: 81",
);
breaks("service-entry/none-endpoints", "ServiceEntry", "spec.endpoints", "hosts: [a.b]\nendpoints: # <-\n- address: 10.0.0.1");
breaks(
  "service-entry/none-target-port",
  "ServiceEntry",
  "spec.ports[0].targetPort",
  "hosts: [a.b]\nports:\n- number: 80\n  name: a\n  targetPort: 8080 # <-",
);
breaks(
  "service-entry/selector-resolution",
  "ServiceEntry",
  "spec.workloadSelector",
  "hosts: [a.b]\nresolution: DNS\nworkloadSelector: # <-\n  labels: { app: a }",
);
breaks(
  "service-entry/tls-host",
  "ServiceEntry",
  "spec.hosts[0]",
  "hosts:\n- '*x.foo.com' # <-\nports: [{ number: 443, name: a, protocol: TLS }]",
);
breaks("service-entry/tls-host", "ServiceEntry", "spec.hosts[0]", "hosts:\n- '*x.foo.com' # <-\nports: [{ number: 443, name: https-a }]");
breaks("service-entry/dns-host", "ServiceEntry", "spec.hosts[0]", "hosts:\n- '*.example.com' # <-\nresolution: DNS");
breaks(
  "service-entry/dns-endpoint",
  "ServiceEntry",
  "spec.endpoints[0].address",
  "hosts: [a.b]\nresolution: DNS\nports: [{ number: 80, name: a }]\nendpoints:\n- address: unix:///tmp/a # <-",
);
breaks(
  "service-entry/dns-round-robin",
  "ServiceEntry",
  "spec.endpoints",
  "hosts: [a.b]\nresolution: DNS_ROUND_ROBIN\nendpoints: # <-\n- address: a.com\n- address: b.com",
);
breaks(
  "service-entry/endpoint-port",
  "ServiceEntry",
  "spec.endpoints[0].ports.web",
  "hosts: [a.b]\nresolution: STATIC\nendpoints:\n- address: 10.0.0.1\n  ports:\n    web: 8080 # <-",
);
breaks(
  "service-entry/unix-port",
  "ServiceEntry",
  "spec.ports",
  "hosts: [a.b]\nresolution: STATIC\nports: # <-\n- { number: 80, name: a }\n- { number: 81, name: b }\nendpoints:\n- address: unix:///tmp/a",
);
breaks(
  "service-entry/tcp-hosts",
  "ServiceEntry",
  "spec.ports[0]",
  "hosts: [a.b, c.d]\nresolution: STATIC\nports:\n- number: 80 # <-\n  name: a\n  protocol: TCP",
);
breaks(
  "service-entry/tcp-addresses",
  "ServiceEntry",
  "spec.addresses",
  "hosts: [a.b, c.d]\nresolution: DNS\naddresses: # <-\n- 10.0.0.1\nports: [{ number: 443, name: a, protocol: TLS }]",
);
breaks("workload-entry/address", "WorkloadEntry", "spec.address", "address: a_b # <-");
breaks("workload-entry/address", "WorkloadEntry", "spec", "labels: { app: a }", "{ name: a }\n# the spec is the next line");
breaks("workload-entry/no-address", "WorkloadEntry", "spec", "network: a", "{ name: a }\n# the spec is the next line");

const server = (yaml: string, port = "{ number: 443, name: https, protocol: HTTPS }"): string =>
  `selector: { app: gateway }\nservers:\n- port: ${port}\n  hosts: [a.com]\n${yaml}`;
const serverTls = (yaml: string): string => server(`  tls:\n${yaml}`);
breaks("gateway/name", "Gateway", "metadata.name", server("  tls: { mode: PASSTHROUGH }"), "{ name: a.b } # <-");
breaks("gateway/servers", "Gateway", "spec", "selector: { app: gateway }", "{ name: a }\n# the spec is the next line");
breaks("gateway/servers", "Gateway", "spec.servers[0]", "servers:\n- port: { number: 80, name: http, protocol: HTTP } # <-");
breaks(
  "gateway/host",
  "Gateway",
  "spec.servers[0].hosts[0]",
  "servers:\n- port: { number: 80, name: http, protocol: HTTP }\n  hosts:\n  - shop # <-",
);
breaks(
  "gateway/host",
  "Gateway",
  "spec.servers[0].hosts[0]",
  "servers:\n- port: { number: 80, name: http, protocol: HTTP }\n  hosts:\n  - '*a.com' # <-",
);
breaks(
  "gateway/duplicate-port-name",
  "Gateway",
  "spec.servers[1].port.name",
  "servers:\n- { port: { number: 80, name: a, protocol: HTTP }, hosts: ['*'] }\n- { port: { number: 81, name: a, protocol: HTTP }, hosts: ['*'] } # <-",
);
breaks(
  "gateway/unix-port",
  "Gateway",
  "spec.servers[0].port.number",
  "servers:\n- port: { number: 80, name: a, protocol: HTTP } # <-\n  bind: unix:///tmp/a\n  hosts: ['*']",
);
breaks(
  "gateway/tls-required",
  "Gateway",
  "spec.servers[0]",
  "servers:\n- port: { number: 443, name: a, protocol: HTTPS } # <-\n  hosts: ['*']",
);
breaks(
  "gateway/tls-plain",
  "Gateway",
  "spec.servers[0].tls",
  server("  tls: # <-\n    mode: SIMPLE\n    serverCertificate: /c\n    privateKey: /k", "{ number: 80, name: a, protocol: HTTP }"),
);
breaks(
  "gateway/tls-plain",
  "Gateway",
  "spec.servers[0].tls",
  server("  tls: # <-\n    mode: PASSTHROUGH", "{ number: 80, name: a, protocol: TCP }"),
);
breaks("gateway/tls-files", "Gateway", "spec.servers[0].tls", server("  tls: # <-\n    mode: SIMPLE\n    serverCertificate: /c"));
breaks(
  "gateway/tls-crl",
  "Gateway",
  "spec.servers[0].tls.caCrl",
  serverTls("    mode: SIMPLE\n    serverCertificate: /c\n    privateKey: /k\n    caCrl: /r # <-"),
);
breaks("gateway/tls-unused-files", "Gateway", "spec.servers[0].tls", server("  tls: # <-\n    serverCertificate: /c"));
breaks("gateway/tls-old-version", "Gateway", "spec.servers[0].tls.minProtocolVersion", serverTls("    minProtocolVersion: TLSV1_0 # <-"));
breaks(
  "gateway/tls-version-order",
  "Gateway",
  "spec.servers[0].tls.minProtocolVersion",
  serverTls("    minProtocolVersion: TLSV1_3 # <-\n    maxProtocolVersion: TLSV1_2"),
);
breaks("gateway/https-redirect", "Gateway", "spec.servers[0].tls.httpsRedirect", serverTls("    httpsRedirect: true # <-"));

breaks("sidecar/empty", "Sidecar", "spec", "workloadSelector: { labels: { app: a } }", "{ name: a }\n# the spec is the next line");
breaks(
  "sidecar/duplicate-port",
  "Sidecar",
  "spec.ingress[1].port.number",
  "ingress:\n- port: { number: 80 }\n- port:\n    number: 80 # <-",
);
breaks(
  "sidecar/duplicate-port",
  "Sidecar",
  "spec.egress[1].port",
  "egress:\n- { port: { number: 80 }, hosts: ['./*'] }\n- port: # <-\n    number: 80\n  hosts: ['./*']",
);
breaks(
  "sidecar/default-endpoint",
  "Sidecar",
  "spec.ingress[0].defaultEndpoint",
  "ingress:\n- port: { number: 80 }\n  defaultEndpoint: 10.0.0.1:80 # <-",
);
breaks("sidecar/catch-all", "Sidecar", "spec.egress[0]", "egress:\n- hosts: ['./*'] # <-\n- { port: { number: 80 }, hosts: ['./*'] }");
breaks("sidecar/unix-port", "Sidecar", "spec.egress[0].port.number", "egress:\n- port:\n    number: 0 # <-\n  hosts: ['./*']");
breaks("sidecar/hosts", "Sidecar", "spec.egress[0]", "egress:\n- captureMode: NONE # <-");
breaks("sidecar/host", "Sidecar", "spec.egress[0].hosts[0]", "egress:\n- hosts:\n  - reviews.shop.svc.cluster.local # <-");
breaks("sidecar/host", "Sidecar", "spec.egress[0].hosts[0]", "egress:\n- hosts:\n  - shop/reviews # <-");
breaks("sidecar/duplicate-host", "Sidecar", "spec.egress[0].hosts[1]", "egress:\n- hosts:\n  - shop/*\n  - shop/a.shop # <-");
breaks(
  "sidecar/http-pool",
  "Sidecar",
  "spec.ingress[0].connectionPool.http",
  "ingress:\n- port: { number: 80, protocol: TCP }\n  connectionPool:\n    http: # <-\n      maxRetries: 3",
);
breaks("peer-authentication/ports", "PeerAuthentication", "spec.portLevelMtls", "portLevelMtls: # <-\n  8080: { mode: DISABLE }");
breaks("mesh-config/trust-domain", "MeshConfig", "spec.trustDomain", "trustDomain: a b # <-");
breaks("mesh-config/auto-mtls", "MeshConfig", "spec.enableAutoMtls", "enableAutoMtls: true # <-");
breaks("mesh-config/no-identities", "MeshConfig", "spec.trustDomain", "trustDomain: acme.com # <-");

function textOf({ kind, yaml, metadata }: Case): string {
  return kind === "text" ? yaml : yamlOf(kind, yaml, metadata);
}

/** Where the mark is; cases about a whole spec have none, as its key stands above what the case writes. */
function markedLine(text: string): number {
  const lines = text.split("\n");
  const mark = lines.findIndex((line) => line.includes("# <-"));
  return (mark < 0 ? lines.indexOf("spec:") : mark) + 1;
}

describe("a broken rule is reported with its field and line", () => {
  test.each(cases.map((each, index) => ({ ...each, title: `${index}: ${each.rule} at ${each.field}` })))("$title", (each) => {
    const text = textOf(each);
    const { configs, problems } = parse(text);
    const found = problems.filter(({ rule, field }) => rule === each.rule && field === each.field);
    expect(problems.map(({ rule, field }) => ({ rule, field }))).toContainEqual({ rule: each.rule, field: each.field });
    expect(found.map(({ line }) => line)).toContain(markedLine(text));
    for (const { severity, column, file, message } of problems) {
      expect(column).toBeGreaterThan(0);
      expect(file).toBe("test.yaml");
      expect(message).not.toBe("");
      if (severity === "error" && !each.rule.endsWith("duplicate")) expect(configs).toEqual([]);
    }
  });
});

test("a warning alone leaves the configuration in use", () => {
  for (const each of cases) {
    const { configs, problems } = parse(textOf(each));
    if (problems.every(({ severity }) => severity === "warning")) expect(configs).toHaveLength(1);
  }
});

test("every rule has a case here, save those of files as a whole", () => {
  const covered = new Set<string>(cases.map(({ rule }) => rule));
  expect(rules.filter(({ id }) => !covered.has(id)).map(({ id }) => id)).toEqual(["file/read", "file/utf-8", "file/watch", "file/kept"]);
});
