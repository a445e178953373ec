import * as v from "valibot";
import type {
  ClientTlsSettings,
  ConsistentHash,
  ConsistentHashAlgorithm,
  ConsistentHashKey,
  DestinationRuleSpec,
  LoadBalancerSettings,
  OutlierDetection,
  PortLevelSettings,
  Subset,
  TrafficPolicy,
  Warmup,
} from "../kinds/index.ts";
import { exportTo, labels, labelSelector, portSelector } from "./common.ts";
import { connectionPool } from "./connection-pool.ts";
import { isLabel, wildcardHost } from "./hosts.ts";
import { describe, type Report } from "./issues.ts";
import { localityLbSetting } from "./locality.ts";
import { message, normalisedMessage, type MessageSchema } from "./message.ts";
import {
  checked,
  count,
  countSet,
  duration,
  durationOrZero,
  flag,
  flagOrFalse,
  list,
  may,
  oneOf,
  percent,
  text,
  texts,
  type Schema,
} from "./scalars.ts";

const cookie = message("LoadBalancerSettings.ConsistentHashLB.HTTPCookie", {
  name: text,
  path: may(text),
  ttl: may(durationOrZero),
  attributes: list(message("LoadBalancerSettings.ConsistentHashLB.HTTPCookie.Attribute", { name: text, value: v.optional(text, "") })),
});

function isPrime(value: number): boolean {
  if (value < 4) return value > 1;
  if (value % 2 === 0) return false;
  for (let factor = 3; factor * factor <= value; factor += 2) if (value % factor === 0) return false;
  return true;
}

/** Envoy's limit of MaglevLbConfig.table_size. */
const maxMaglevTable = 5_000_011;

const maglev = message("LoadBalancerSettings.ConsistentHashLB.MagLev", {
  tableSize: may(
    checked(count, "destination-rule/maglev-table", (size) =>
      size < maxMaglevTable && isPrime(size) ? undefined : `must be a prime number below ${maxMaglevTable}, but is ${size}`,
    ),
  ),
});

const hashFields = {
  httpHeaderName: may(text),
  httpCookie: may(cookie),
  useSourceIp: may(flag),
  httpQueryParameterName: may(text),
  ringHash: may(message("LoadBalancerSettings.ConsistentHashLB.RingHash", { minimumRingSize: may(count) })),
  maglev: may(maglev),
  minimumRingSize: may(count),
};

type HashFields = v.InferOutput<v.ObjectSchema<typeof hashFields, undefined>>;

function hashKey({ httpHeaderName, httpCookie, httpQueryParameterName }: HashFields): ConsistentHashKey {
  if (httpHeaderName !== undefined) return { kind: "header", name: httpHeaderName };
  if (httpCookie !== undefined) return { kind: "cookie", ...httpCookie };
  return httpQueryParameterName === undefined ? { kind: "sourceIp" } : { kind: "queryParameter", name: httpQueryParameterName };
}

function hashAlgorithm({ ringHash, maglev: table, minimumRingSize }: HashFields): ConsistentHashAlgorithm {
  if (table !== undefined) return { kind: "maglev", ...table };
  if (ringHash !== undefined) return { kind: "ringHash", ...ringHash };
  return minimumRingSize === undefined ? { kind: "ringHash" } : { kind: "ringHash", minimumRingSize };
}

const consistentHash: MessageSchema<ConsistentHash> = normalisedMessage(
  "LoadBalancerSettings.ConsistentHashLB",
  hashFields,
  (value) => ({ key: hashKey(value), algorithm: hashAlgorithm(value) }),
  {
    deprecated: { minimumRingSize: "use ringHash" },
    rules({ httpHeaderName, httpCookie, useSourceIp, httpQueryParameterName, ringHash, maglev: table, minimumRingSize }, report) {
      if (countSet(httpHeaderName, httpCookie, useSourceIp === true ? true : undefined, httpQueryParameterName) !== 1) {
        const words = "must have exactly one of httpHeaderName, httpCookie, useSourceIp (true) and httpQueryParameterName";
        report([], "destination-rule/consistent-hash", words);
      }
      if (countSet(ringHash, table, minimumRingSize) > 1) {
        report([], "destination-rule/hash-algorithm", "must have at most one of ringHash, maglev and minimumRingSize");
      }
    },
  },
);

const warmup: MessageSchema<Warmup> = message("WarmupConfiguration", {
  duration,
  minimumPercent: v.optional(
    checked(v.number(), "schema/percent", (value) =>
      value >= 0 && value <= 100 ? undefined : `must be from 0 to 100, but is ${describe(value)}`,
    ),
    10,
  ),
  aggression: v.optional(
    checked(v.number(), "destination-rule/warmup", (value) => (value >= 1 ? undefined : `must be at least 1, but is ${describe(value)}`)),
    1,
  ),
});

const loadBalancer: MessageSchema<LoadBalancerSettings> = normalisedMessage(
  "LoadBalancerSettings",
  {
    simple: may(oneOf("UNSPECIFIED", "LEAST_CONN", "LEAST_REQUEST", "PASSTHROUGH", "RANDOM", "ROUND_ROBIN")),
    consistentHash: may(consistentHash),
    localityLbSetting: may(localityLbSetting),
    warmup: may(warmup),
    warmupDurationSecs: may(duration),
  },
  ({ simple, warmupDurationSecs, ...others }) => ({
    ...others,
    ...(simple === undefined || simple === "UNSPECIFIED" ? {} : { simple: simple === "LEAST_CONN" ? ("LEAST_REQUEST" as const) : simple }),
    ...(warmupDurationSecs === undefined ? {} : { warmup: { duration: warmupDurationSecs, minimumPercent: 10, aggression: 1 } }),
  }),
  {
    deprecated: { warmupDurationSecs: "use warmup" },
    rules({ simple, consistentHash: hash, warmup: slow, warmupDurationSecs }, report) {
      if (simple === "LEAST_CONN")
        report(["simple"], "schema/deprecated", "LEAST_CONN is deprecated: use LEAST_REQUEST, which it is read as");
      if (countSet(simple, hash) === 2)
        report(["consistentHash"], "destination-rule/load-balancer", "must not be set together with simple");
      if (countSet(slow, warmupDurationSecs) === 2) {
        report(["warmupDurationSecs"], "destination-rule/load-balancer", "must not be set together with warmup");
      }
      if (countSet(slow, warmupDurationSecs) > 0 && (hash !== undefined || simple === "RANDOM" || simple === "PASSTHROUGH")) {
        report([slow === undefined ? "warmupDurationSecs" : "warmup"], "destination-rule/warmup", "needs ROUND_ROBIN or LEAST_REQUEST");
      }
    },
  },
);

const outlierDetection: MessageSchema<OutlierDetection> = message(
  "OutlierDetection",
  {
    consecutiveGatewayErrors: may(count),
    consecutive5xxErrors: may(count),
    splitExternalLocalOriginErrors: flagOrFalse,
    consecutiveLocalOriginFailures: may(count),
    interval: may(duration),
    baseEjectionTime: may(duration),
    maxEjectionPercent: may(percent),
    minHealthPercent: v.optional(percent, 0),
  },
  {
    rules({ splitExternalLocalOriginErrors, consecutiveLocalOriginFailures = 0 }, report) {
      if (!splitExternalLocalOriginErrors && consecutiveLocalOriginFailures > 0) {
        report(["consecutiveLocalOriginFailures"], "destination-rule/local-origin", "needs splitExternalLocalOriginErrors: true");
      }
    },
  },
);

const tls: MessageSchema<ClientTlsSettings> = message(
  "ClientTLSSettings",
  {
    mode: v.optional(oneOf("DISABLE", "SIMPLE", "MUTUAL"), "DISABLE"),
    clientCertificate: may(text),
    privateKey: may(text),
    caCertificates: may(text),
    caCrl: may(text),
    subjectAltNames: texts,
    sni: may(text),
    insecureSkipVerify: may(flag),
  },
  {
    rules({ mode, clientCertificate, privateKey, caCertificates, subjectAltNames, insecureSkipVerify }, report) {
      const files = { clientCertificate, privateKey };
      for (const [field, file] of Object.entries(files)) {
        if (mode === "MUTUAL" && file === undefined) report([], "destination-rule/tls-files", `must have ${field} for MUTUAL`);
        if (mode !== "MUTUAL" && file !== undefined) report([field], "destination-rule/tls-files", `is for MUTUAL, not for ${mode}`);
      }
      if (insecureSkipVerify !== true) return;
      if (caCertificates !== undefined)
        report(["caCertificates"], "destination-rule/tls-verification", "must not be set with insecureSkipVerify");
      if (subjectAltNames.length > 0)
        report(["subjectAltNames"], "destination-rule/tls-verification", "must not be set with insecureSkipVerify");
    },
  },
);

const policyFields = {
  loadBalancer: may(loadBalancer),
  connectionPool: may(connectionPool),
  outlierDetection: may(outlierDetection),
  tls: may(tls),
};

type PolicyFields = v.InferOutput<v.ObjectSchema<typeof policyFields, undefined>>;

function warnFailover({ loadBalancer: balancer, outlierDetection: detection }: PolicyFields, report: Report): void {
  const locality = balancer?.localityLbSetting;
  if (locality === undefined || detection !== undefined) return;
  if (locality.failover.length + locality.failoverPriority.length === 0) return;
  report(["loadBalancer", "localityLbSetting"], "locality/outlier-detection", "needs outlierDetection to find out that a locality fails");
}

function isEmptyPolicy({
  loadBalancer: balancer,
  connectionPool: pool,
  outlierDetection: detection,
  tls: security,
}: PolicyFields): boolean {
  return countSet(balancer, pool, detection, security) === 0;
}

const portLevelSettings: MessageSchema<PortLevelSettings> = message(
  "TrafficPolicy.PortTrafficPolicy",
  { port: portSelector, ...policyFields },
  {
    rules(value, report) {
      if (isEmptyPolicy(value)) report([], "destination-rule/empty-policy", "must set something beside the port");
      warnFailover(value, report);
    },
  },
);

const trafficPolicy: MessageSchema<TrafficPolicy> = message(
  "TrafficPolicy",
  {
    ...policyFields,
    portLevelSettings: list(portLevelSettings),
    proxyProtocol: may(message("TrafficPolicy.ProxyProtocol", { version: v.optional(oneOf("V1", "V2"), "V1") })),
  },
  {
    rules(value, report) {
      if (isEmptyPolicy(value) && value.portLevelSettings.length === 0 && value.proxyProtocol === undefined) {
        report([], "destination-rule/empty-policy", "must set something");
      }
      warnFailover(value, report);
      const ports = value.portLevelSettings.map(({ port }) => port);
      for (const [index, port] of ports.entries()) {
        if (ports.indexOf(port) < index)
          report(["portLevelSettings", index, "port"], "destination-rule/duplicate-port", `${port} must have one entry only`);
      }
    },
  },
);

const subset: MessageSchema<Subset> = message("Subset", {
  name: checked(text, "destination-rule/subset-name", (name) =>
    isLabel(name) ? undefined : `must be a DNS label, but is ${describe(name)}`,
  ),
  labels,
  trafficPolicy: may(trafficPolicy),
});

export const destinationRule: Schema<DestinationRuleSpec> = message(
  "DestinationRule",
  { host: wildcardHost, trafficPolicy: may(trafficPolicy), subsets: list(subset), exportTo, workloadSelector: may(labelSelector) },
  {
    rules({ subsets }, report) {
      const names = subsets.map(({ name }) => name);
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) < index)
          report(["subsets", index, "name"], "destination-rule/duplicate-subset", `${name} must be there once only`);
      }
    },
  },
);
