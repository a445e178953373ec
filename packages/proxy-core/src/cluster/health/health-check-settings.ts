import { enumNames, enumValue, type Message } from "@mesh/xds-proto";
import {
  type ConfigPath,
  durationMs,
  type ExtensionFactories,
  fail,
  numberInRange,
  required,
  requiredString,
  wrappedNumber,
  wrapperValue,
} from "../../config/index.ts";
import type { Runtime } from "../../runtime/index.ts";
import type { ClusterMessage } from "../cluster-message.ts";
import type { Cluster } from "../contract.ts";
import type { HealthChecker, HealthCheckerExtension } from "./health-checker.ts";
import { type HttpCheckOptions, httpChecker, type StatusRange } from "./http-checker.ts";
import { readPayload } from "./payload.ts";
import { tcpChecker } from "./tcp-checker.ts";

/** When hosts are checked, and what follows from it. Times in milliseconds. */
export interface HealthCheckSettings {
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly initialJitterMs: number;
  readonly intervalJitterMs: number;
  readonly intervalJitterPercent: number;
  /** As long as the cluster has had no traffic; `noTrafficHealthyMs` for hosts that pass. */
  readonly noTrafficMs: number;
  readonly noTrafficHealthyMs: number;
  /** After a failure; `unhealthyEdgeMs` where more of them are needed to change the host's state. */
  readonly unhealthyMs: number;
  readonly unhealthyEdgeMs: number;
  /** After a success where more of them are needed to change the host's state. */
  readonly healthyEdgeMs: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  readonly logAllFailures: boolean;
  readonly logAllSuccesses: boolean;
  createChecker(cluster: Cluster): HealthChecker;
}

type HealthCheckMessage = Message<"envoy.config.core.v3.HealthCheck">;

export function readHealthChecks(
  message: ClusterMessage,
  clusterPath: ConfigPath,
  extensions: ExtensionFactories<HealthCheckerExtension>,
  runtime: Runtime,
): HealthCheckSettings | undefined {
  const field = clusterPath.field("health_checks");
  const [check, ...more] = message.healthChecks;
  if (check === undefined) return undefined;
  if (more.length > 0) fail(field.index(1), "a cluster has one health check at most");
  const path = field.index(0);
  const duration = (value: Message<"google.protobuf.Duration"> | null, name: string): number | undefined =>
    durationMs(value, path.field(name), { above: 0 });
  const intervalMs = required(duration(check.interval, "interval"), path.field("interval"));
  const noTrafficMs = duration(check.noTrafficInterval, "no_traffic_interval") ?? 60_000;
  const unhealthyMs = duration(check.unhealthyInterval, "unhealthy_interval") ?? intervalMs;
  return {
    timeoutMs: required(duration(check.timeout, "timeout"), path.field("timeout")),
    intervalMs,
    initialJitterMs: durationMs(check.initialJitter, path.field("initial_jitter")) ?? 0,
    intervalJitterMs: durationMs(check.intervalJitter, path.field("interval_jitter")) ?? 0,
    intervalJitterPercent: check.intervalJitterPercent,
    noTrafficMs,
    noTrafficHealthyMs: duration(check.noTrafficHealthyInterval, "no_traffic_healthy_interval") ?? noTrafficMs,
    unhealthyMs,
    unhealthyEdgeMs: duration(check.unhealthyEdgeInterval, "unhealthy_edge_interval") ?? unhealthyMs,
    healthyEdgeMs: duration(check.healthyEdgeInterval, "healthy_edge_interval") ?? intervalMs,
    unhealthyThreshold: required(
      wrappedNumber(check.unhealthyThreshold, path.field("unhealthy_threshold")),
      path.field("unhealthy_threshold"),
    ),
    healthyThreshold: required(wrappedNumber(check.healthyThreshold, path.field("healthy_threshold")), path.field("healthy_threshold")),
    logAllFailures: check.alwaysLogHealthCheckFailures,
    logAllSuccesses: check.alwaysLogHealthCheckSuccess,
    createChecker: readChecker(check, path, message.name, extensions, runtime),
  };
}

function readChecker(
  check: HealthCheckMessage,
  path: ConfigPath,
  clusterName: string,
  extensions: ExtensionFactories<HealthCheckerExtension>,
  runtime: Runtime,
): (cluster: Cluster) => HealthChecker {
  const reuseConnection = wrapperValue(check.reuseConnection) ?? true;
  if (check.tcpHealthCheck) {
    const tcpPath = path.field("tcp_health_check");
    const { send, receive } = check.tcpHealthCheck;
    const options = {
      send: send ? readPayload(send, tcpPath.field("send")) : Buffer.alloc(0),
      receive: receive.map((payload, index) => readPayload(payload, tcpPath.field("receive").index(index))),
      reuseConnection,
    };
    return () => tcpChecker(options);
  }
  if (check.httpHealthCheck) {
    const options = readHttpCheck(check.httpHealthCheck, path.field("http_health_check"), clusterName, reuseConnection);
    return () => httpChecker(options);
  }
  if (check.customHealthCheck) {
    const configPath = path.field("custom_health_check").field("typed_config");
    const { factory, extension } = extensions.resolve(check.customHealthCheck.typedConfig, configPath);
    return (cluster) => factory.create(extension, { cluster, runtime, extensions: extensions.extensions });
  }
  return fail(path, "one of http_health_check, tcp_health_check, custom_health_check is required");
}

type HttpCheckMessage = Message<"envoy.config.core.v3.HealthCheck.HttpHealthCheck">;

function readHttpCheck(message: HttpCheckMessage, path: ConfigPath, clusterName: string, reuseConnection: boolean): HttpCheckOptions {
  const unspecified = enumValue("envoy.config.core.v3.RequestMethod", "METHOD_UNSPECIFIED");
  const method = message.method === unspecified ? "GET" : enumNames("envoy.config.core.v3.RequestMethod").get(message.method);
  const expected = message.expectedStatuses.map((range, index) => readRange(range, path.field("expected_statuses").index(index)));
  return {
    method: required(method, path.field("method")),
    path: requiredString(message.path, path.field("path")),
    hostname: message.host === "" ? clusterName : message.host,
    headers: readHeaders(message, path),
    expected: expected.length === 0 ? [{ start: 200, end: 201 }] : expected,
    retriable: message.retriableStatuses.map((range, index) => readRange(range, path.field("retriable_statuses").index(index))),
    receive: message.receive.map((payload, index) => readPayload(payload, path.field("receive").index(index))),
    responseBufferSize: wrappedNumber(message.responseBufferSize, path.field("response_buffer_size")) ?? 1024,
    reuseConnection,
  };
}

function readRange({ start, end }: Message<"envoy.type.v3.Int64Range">, path: ConfigPath): StatusRange {
  numberInRange(start, path.field("start"), { min: 100, max: 599 });
  numberInRange(end, path.field("end"), { min: 101, max: 600 });
  if (start >= end) fail(path, `an empty range: ${start} up to, and without, ${end}`);
  return { start, end };
}

/** Tokens of RFC 9110 §5.6.2; pseudo headers and the host are not added this way. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u;

function readHeaders(message: HttpCheckMessage, path: ConfigPath): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, readonly string[]>([["user-agent", ["Envoy/HC"]]]);
  message.requestHeadersToAdd.forEach((option, index) => {
    const optionPath = path.field("request_headers_to_add").index(index);
    const header = required(option.header, optionPath.field("header"));
    const name = header.key.toLowerCase();
    if (!headerName.test(name)) fail(optionPath.field("header").field("key"), `not the name of a header: ${JSON.stringify(header.key)}`);
    if (name === "host") fail(optionPath.field("header").field("key"), "is set by `host`");
    const value = readValue(header, optionPath.field("header"));
    if (value === "" && !option.keepEmptyValue) return;
    const present = headers.get(name);
    const values = combine(option, present, value);
    if (values !== undefined) headers.set(name, values);
  });
  for (const name of message.requestHeadersToRemove) headers.delete(name.toLowerCase());
  return headers;
}

/** What stands in a check's headers cannot depend on a request: `%%` is a percent sign, command operators have nothing to tell. */
function readValue(header: Message<"envoy.config.core.v3.HeaderValue">, path: ConfigPath): string {
  const text = header.value === "" ? Buffer.from(header.rawValue).toString("latin1") : header.value;
  if (/[\r\n\0]/u.test(text)) fail(path.field("value"), "has a line break or a zero byte");
  const literal = text.replaceAll("%%", "");
  if (literal.includes("%")) fail(path.field("value"), "command operators are not supported in health checks");
  return text.replaceAll("%%", "%");
}

function combine(
  option: Message<"envoy.config.core.v3.HeaderValueOption">,
  present: readonly string[] | undefined,
  value: string,
): readonly string[] | undefined {
  const action = enumNames("envoy.config.core.v3.HeaderValueOption.HeaderAppendAction").get(option.appendAction);
  switch (action) {
    case "ADD_IF_ABSENT":
      return present ?? [value];
    case "OVERWRITE_IF_EXISTS_OR_ADD":
      return [value];
    case "OVERWRITE_IF_EXISTS":
      return present && [value];
    default:
      return option.append?.value === false ? [value] : [...(present ?? []), value];
  }
}
