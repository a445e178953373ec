import { registryError, type RegistryRuntime } from "@mesh/registry";
import type { ZookeeperAuth, ZookeeperClientFactory } from "./client/zookeeper-client.ts";
import type { ParseConfiguration } from "./layouts/dubbo-dynamic-config.ts";

/**
 * How services lie in ZooKeeper:
 *
 * - `sofa-rpc`: SOFARPC, `/sofa-rpc/<interface>/providers`
 * - `dubbo`: Dubbo's interface level, `/dubbo/<interface>/providers`
 * - `dubbo-services`: Dubbo 3's application level, `/services/<application>` with `/dubbo/mapping` and `/dubbo/metadata`
 */
export type ZookeeperLayout = "sofa-rpc" | "dubbo" | "dubbo-services";

export interface ZookeeperRegistryOptions {
  /** What the mesh calls the registry; `zookeeper` by default. Written into what is copied from here into other registries. */
  readonly name?: string;
  /** `host:port`, several separated by commas, and perhaps a path below which everything is: `zk1:2181,zk2:2181/shop`. */
  readonly connectString: string;
  /** All three by default. Of an instance in several of Dubbo's, the interface level's entry counts. */
  readonly layouts?: readonly ZookeeperLayout[];
  /** Where SOFARPC's services are; `/sofa-rpc` by default. */
  readonly sofaRpcRoot?: string;
  /** Where Dubbo's interfaces, mapping, metadata and configuration are: `/` and the `group` of its registry URL; `/dubbo` by default. */
  readonly dubboRoot?: string;
  /** Where Dubbo's applications are: `/` and the `group`, if there is one; `/services` by default. */
  readonly servicesRoot?: string;
  /** Asked for; the server may grant less or more. 15,000 by default. */
  readonly sessionTimeoutMs?: number;
  /** The longest wait before the next server is tried within a session; the wait is random. 1000 by default. */
  readonly reconnectDelayMs?: number;
  /** The longest wait before another session is tried, or a refused write; it grows from 100 and is random. 30,000 by default. */
  readonly maxRetryMs?: number;
  /** Everything is read again after that time, in case a watch was lost; a tenth more or less, at random. 600,000 by default, 0 is never. */
  readonly resyncIntervalMs?: number;
  /** Reads under way at once. 128 by default. */
  readonly concurrency?: number;
  /** What to show the server. Nothing by default. */
  readonly auth?: readonly ZookeeperAuth[];
  /**
   * Reads Dubbo's dynamic configurations, for example `parse` of the package `yaml`. Without it those in JSON are read, and the others
   * reported as malformed.
   */
  readonly parseYaml?: ParseConfiguration;
  /** Clock, timers and randomness. The process's own by default. */
  readonly runtime?: RegistryRuntime;
  /** Makes the client of a session. By default node-zookeeper-client's. */
  readonly createClient?: ZookeeperClientFactory;
}

const layouts: ReadonlySet<string> = new Set(["sofa-rpc", "dubbo", "dubbo-services"] satisfies ZookeeperLayout[]);

export function isLayout(text: string): text is ZookeeperLayout {
  return layouts.has(text);
}

/** Throws MESH_REGISTRY_INVALID_OPTIONS for options that cannot be used. */
export function checkOptions(options: ZookeeperRegistryOptions): void {
  const { connectString } = options;
  const [servers = "", ...path] = connectString.split("/");
  for (const server of servers.split(",")) {
    // The library takes everything up to the first colon for the host.
    if (!/^[^:[\]\s]+(:\d{1,5})?$/.test(server))
      throw invalid(`"${server}" in connectString is no host:port (an IPv6 address needs a name)`);
  }
  if (path.length > 0 && path.join("/") !== "") checkPath("the path of connectString", `/${path.join("/")}`);
  for (const key of ["sofaRpcRoot", "dubboRoot", "servicesRoot"] as const) {
    const root = options[key];
    if (root !== undefined) checkPath(key, root);
  }
  for (const layout of options.layouts ?? []) {
    if (!isLayout(layout)) throw invalid(`the layout "${String(layout)}" is not known; ${[...layouts].join(", ")} are`);
  }
  if (options.layouts?.length === 0) throw invalid("layouts is empty");
  if (options.name !== undefined && !/^[\w.-]+$/.test(options.name))
    throw invalid(`the name "${options.name}" has other characters than A-Z a-z 0-9 _ . -`);
  for (const key of ["sessionTimeoutMs", "reconnectDelayMs", "maxRetryMs", "concurrency"] as const) {
    const value = options[key];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw invalid(`${key} must be a whole number above 0, not ${value}`);
  }
  const { resyncIntervalMs: resync } = options;
  if (resync !== undefined && !(Number.isSafeInteger(resync) && resync >= 0))
    throw invalid(`resyncIntervalMs must be a whole number, not ${resync}`);
}

function checkPath(what: string, path: string): void {
  if (!/^(\/[^/\s]+)+$/.test(path)) throw invalid(`${what} must be a path such as /dubbo, not "${path}"`);
}

function invalid(message: string): Error {
  return registryError("MESH_REGISTRY_INVALID_OPTIONS", `ZooKeeper registry: ${message}`);
}

const textKeys = ["name", "sofaRpcRoot", "dubboRoot", "servicesRoot"] as const;
const numberKeys = ["sessionTimeoutMs", "reconnectDelayMs", "maxRetryMs", "resyncIntervalMs", "concurrency"] as const;

/**
 * Reads `zookeeper://host:port,host2:port/path?layouts=sofa-rpc,dubbo&name=…`. Parameters are options of the same name, and those of Dubbo's
 * registry URLs: `backup` (more servers) and `group` (the root of all that is Dubbo's). `user:password@` becomes the scheme `digest`.
 *
 * @throws MESH_REGISTRY_INVALID_OPTIONS
 */
export function parseZookeeperUrl(url: string): ZookeeperRegistryOptions {
  const match = /^zookeeper:\/\/(?:([^@/?]*)@)?([^@/?]+)(\/[^?]*)?(?:\?(.*))?$/.exec(url);
  if (match === null) throw invalid(`"${withoutPassword(url)}" is no zookeeper://host:port`);
  const [, credentials, servers = "", path = "", query = ""] = match;
  const parameters = new URLSearchParams(query);
  const options: Partial<Record<(typeof textKeys)[number], string> & Record<(typeof numberKeys)[number], number>> = {};
  let more: readonly string[] = [];
  let chosen: readonly ZookeeperLayout[] | undefined = undefined;
  for (const [key, value] of parameters) {
    const textKey = textKeys.find((name) => name === key);
    const numberKey = numberKeys.find((name) => name === key);
    if (textKey !== undefined) options[textKey] = value;
    else if (numberKey !== undefined) options[numberKey] = Number(value || Number.NaN);
    else if (key === "layouts") chosen = value.split(",").map(layoutOf);
    else if (key === "backup") more = value.split(",");
    else if (key === "group") options.dubboRoot = options.servicesRoot = value.startsWith("/") ? value : `/${value}`;
    else throw invalid(`the parameter "${key}" is not known`);
  }
  const result: ZookeeperRegistryOptions = {
    ...options,
    connectString: `${[servers, ...more].join(",")}${path === "/" ? "" : path}`,
    ...(chosen === undefined ? {} : { layouts: chosen }),
    ...(credentials === undefined || credentials === ""
      ? {}
      : { auth: [{ scheme: "digest", credentials: decodeURIComponent(credentials) }] }),
  };
  checkOptions(result);
  return result;
}

function layoutOf(text: string): ZookeeperLayout {
  if (isLayout(text)) return text;
  throw invalid(`the layout "${text}" is not known; ${[...layouts].join(", ")} are`);
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//…@");
}
