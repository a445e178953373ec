/**
 * What Istio's API has and this control plane does not do yet: the one table behind both the refusal, with its reason, and the page
 * docs/reference/istio-compatibility.md. A field leaves this table when a generator reads it.
 */

export interface Refused {
  /** Field to reason. */
  readonly fields: Readonly<Record<string, string>>;
  /** Field to value to reason, where only some values of a field are refused. */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const certificates = "it needs certificates, which citadel will issue";
const secrets = "there is no secret store yet; name files instead";
const kubernetes = "it is for Kubernetes";
const telemetry = "telemetry is not configured by the mesh yet";

const replacedByHeaders = "Istio replaced it by headers";

const nothing: Refused = { fields: {}, values: {} };

const table: Readonly<Record<string, Partial<Refused>>> = {
  HTTPRoute: {
    fields: {
      appendHeaders: replacedByHeaders,
      appendRequestHeaders: replacedByHeaders,
      appendResponseHeaders: replacedByHeaders,
      removeRequestHeaders: replacedByHeaders,
      removeResponseHeaders: replacedByHeaders,
      websocketUpgrade: "Istio removed it; upgrades are always allowed",
    },
  },
  "HTTPFaultInjection.Delay": { fields: { exponentialDelay: "Istio itself does not implement it" } },
  "HTTPFaultInjection.Abort": { fields: { http2Error: "Istio itself does not implement it" } },
  L4MatchAttributes: { fields: { sourceSubnet: "Istio itself does not implement it" } },
  PortSelector: { fields: { name: "Istio removed it; give the number" } },
  TrafficPolicy: {
    fields: { tunnel: "the proxies open no tunnels yet", retryBudget: "the proxies keep no retry budget of their own yet" },
  },
  LoadBalancerSettings: {
    fields: {
      zoneAwareLbSetting: "the proxies do not balance by zone yet",
      backendUtilization: "the proxies do not balance by load reports yet",
    },
  },
  "ConnectionPoolSettings.HTTPSettings": { fields: { http2KeepAlive: "the generators do not set HTTP/2 pings yet" } },
  OutlierDetection: { fields: { consecutiveErrors: "Istio replaced it by consecutiveGatewayErrors and consecutive5xxErrors" } },
  ClientTLSSettings: { fields: { credentialName: secrets }, values: { mode: { ISTIO_MUTUAL: certificates } } },
  ServiceEntry: { values: { resolution: { DYNAMIC_DNS: "the proxies have no dynamic forward proxy yet" } } },
  Server: { fields: { defaultEndpoint: "Istio itself does not implement it" } },
  ServerTLSSettings: {
    fields: {
      credentialName: secrets,
      credentialNames: secrets,
      caCertCredentialName: secrets,
      tlsCertificates: "name one certificate by serverCertificate",
      ecdhCurves: "the generators do not set curves yet",
    },
    values: {
      mode: {
        ISTIO_MUTUAL: certificates,
        AUTO_PASSTHROUGH: "it is for several clusters",
        OPTIONAL_MUTUAL: "the generators do not ask for optional certificates yet",
      },
    },
  },
  IstioIngressListener: { fields: { tls: "sidecars do not end foreign TLS yet" } },
  OutboundTrafficPolicy: { fields: { egressProxy: "there is no egress proxy yet" } },
  "PeerAuthentication.MutualTLS": { values: { mode: { STRICT: certificates } } },
  MeshConfig: {
    fields: {
      ingressService: kubernetes,
      ingressControllerMode: kubernetes,
      ingressClass: kubernetes,
      ingressSelector: kubernetes,
      enableTracing: telemetry,
      accessLogProviders: telemetry,
      defaultProviders: telemetry,
      extensionProviders: telemetry,
      enableEnvoyAccessLogService: telemetry,
      disableEnvoyListenerLog: "listener logs are always off",
      configSources: "configuration comes from the directory that the control plane is given",
      caCertificates: certificates,
      certificates,
      meshMTLS: certificates,
      tlsDefaults: certificates,
      ca: certificates,
      inboundClusterStatName: "statistics keep their names",
      outboundClusterStatName: "statistics keep their names",
      inboundTrafficPolicy: "inbound traffic is always passed to the application",
      serviceSettings: "there is one cluster",
      pathNormalization: "the proxies normalise paths by their own default",
      verifyCertificateAtClient: certificates,
      discoverySelectors: kubernetes,
      hboneIdleTimeout: "there is no ambient mode",
      serviceScopeConfigs: "there is no ambient mode",
      enablePrometheusMerge: kubernetes,
      thriftConfig: "the proxies do not speak Thrift",
      proxyHttpPort: "sidecars are no forward proxies yet",
      defaultConfig: "proxies are told by their own flags and environment",
    },
  },
};

const complete = new Map(Object.entries(table).map(([name, { fields = {}, values = {} }]) => [name, { fields, values }]));

/** What is refused of a message. */
export function refusedIn(name: string): Refused {
  return complete.get(name) ?? nothing;
}

/** The messages that the table is about. */
export function refusedMessages(): readonly string[] {
  return [...complete.keys()];
}

/** Kinds of Istio's API and of its neighbours that are refused as a whole. */
export const refusedKinds: Readonly<Record<string, string>> = {
  WorkloadGroup: "the registries know the workloads; there is no registration by xDS yet",
  EnvoyFilter: "the generated configuration cannot be patched yet",
  ProxyConfig: "proxies are told by their own flags and environment",
  AuthorizationPolicy: "the sidecars do not authorise calls yet",
  RequestAuthentication: "the sidecars do not check tokens yet",
  Telemetry: telemetry,
  WasmPlugin: "the proxies run no Wasm plugins yet",
  TrafficExtension: "the proxies run no such extensions yet",
  IstioOperator: "it installs Istio; give its meshConfig as a document of its own",
};
