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

/** The longest that a timer waits: 24 days. */
export const longestTimerMs = 2_147_483_647;

/** Throws MESH_REGISTRY_INVALID_OPTIONS for options that cannot be used, whatever they are. No message has anything of credentials in it. */
export function checkOptions(options: ZookeeperRegistryOptions): void {
  if (!isRecord(options)) throw invalid(`options must be an object with connectString, such as "127.0.0.1:2181"`);
  checkConnectString(options["connectString"]);
  for (const key of ["sofaRpcRoot", "dubboRoot", "servicesRoot"] as const) {
    const root = options[key];
    if (root !== undefined) checkPath(key, root);
  }
  checkLayouts(options["layouts"]);
  const name = options["name"];
  if (name !== undefined && !(typeof name === "string" && /^[\w.-]+$/.test(name)))
    throw invalid(`the name ${shown(name)} has other characters than A-Z a-z 0-9 _ . -`);
  for (const key of ["sessionTimeoutMs", "reconnectDelayMs", "maxRetryMs", "concurrency"] as const) checkNumber(key, options[key], 1);
  checkNumber("resyncIntervalMs", options["resyncIntervalMs"], 0);
  checkAuth(options["auth"]);
  for (const key of ["parseYaml", "createClient"] as const) {
    if (options[key] !== undefined && typeof options[key] !== "function") throw invalid(`${key} must be a function`);
  }
}

function checkConnectString(text: unknown): void {
  if (typeof text !== "string") throw invalid(`connectString must be a text such as "zk1:2181,zk2:2181/shop", not ${shown(text)}`);
  const [servers = "", ...path] = text.split("/");
  // A message with any part of it might show a password.
  if (text.includes("@") && !isServers(servers)) throw invalid("connectString has an @ among its servers: credentials belong into auth");
  for (const [at, server] of servers.split(",").entries()) {
    // The library takes everything up to the first colon for the host.
    if (serverForm.test(server)) continue;
    const hint = "an IPv6 address needs a name, a port is 1 to 65535, credentials belong into auth";
    throw invalid(`server ${at + 1} in connectString is no host:port (${hint})`);
  }
  if (path.length > 0 && path.join("/") !== "") checkPath("the path of connectString", `/${path.join("/")}`);
}

const serverForm = /^[\w.-]+(?::0*(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))?$/;
const isServers = (text: string): boolean => text.split(",").every((server) => serverForm.test(server));

function checkLayouts(chosen: unknown): void {
  if (chosen === undefined) return;
  if (!Array.isArray(chosen) || chosen.length === 0) throw invalid(`layouts must be a list with some of ${[...layouts].join(", ")}`);
  for (const layout of chosen) {
    if (typeof layout !== "string" || !isLayout(layout)) throw unknownLayout(layout);
  }
}

function checkNumber(key: string, value: unknown, least: 0 | 1): void {
  if (value === undefined) return;
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= longestTimerMs) return;
  throw invalid(`${key} must be a whole number from ${least} to ${longestTimerMs}, not ${shown(value)}`);
}

function checkAuth(auth: unknown): void {
  if (auth === undefined) return;
  const isAuth = (value: unknown): boolean =>
    isRecord(value) && typeof value["scheme"] === "string" && typeof value["credentials"] === "string";
  if (!Array.isArray(auth) || !auth.every(isAuth))
    throw invalid(`auth must be a list like [{ scheme: "digest", credentials: "user:password" }]`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function shown(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? (JSON.stringify(value) ?? "") : typeof value;
}

function checkPath(what: string, path: unknown): void {
  if (typeof path !== "string" || !/^(?:\/[^/\s\p{Cc}]+)+$/u.test(path))
    throw invalid(
      `${what} must be a path such as /dubbo, not ${typeof path === "string" && path.includes("@") ? "one with an @" : shown(path)}`,
    );
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
 * @throws MESH_REGISTRY_INVALID_OPTIONS, with nothing of the user and the password in its message
 */
export function parseZookeeperUrl(url: string): ZookeeperRegistryOptions {
  const { credentials, rest } = withoutCredentials(url);
  const match = /^([^/?#]+)(\/[^?#]*)?(?:\?([^#]*))?$/.exec(rest);
  if (match === null) throw invalid(`"zookeeper://${credentials === "" ? "" : "…@"}${rest}" is no zookeeper://host:port`);
  const [, servers = "", path = "", query = ""] = match;
  const parameters = new URLSearchParams(query);
  const options: Partial<Record<(typeof textKeys)[number], string> & Record<(typeof numberKeys)[number], number>> = {};
  let more: readonly string[] = [];
  let chosen: readonly ZookeeperLayout[] | undefined = undefined;
  for (const [key, value] of parameters) {
    const textKey = textKeys.find((name) => name === key);
    const numberKey = numberKeys.find((name) => name === key);
    if (textKey !== undefined) options[textKey] = value;
    else if (numberKey !== undefined) options[numberKey] = numberOf(numberKey, value);
    else if (key === "layouts") chosen = value.split(",").map(layoutOf);
    else if (key === "backup") more = value.split(",");
    else if (key === "group") options.dubboRoot = options.servicesRoot = value.startsWith("/") ? value : `/${value}`;
    else throw invalid(`the parameter "${key}" is not known; ${[...textKeys, ...numberKeys, "layouts", "backup", "group"].join(", ")} are`);
  }
  const result: ZookeeperRegistryOptions = {
    ...options,
    connectString: `${[servers, ...more].join(",")}${path === "/" ? "" : decoded(path, "the path of the URL")}`,
    ...(chosen === undefined ? {} : { layouts: chosen }),
    ...(credentials === "" ? {} : { auth: [{ scheme: "digest", credentials: decoded(credentials, "user:password of the URL") }] }),
  };
  checkOptions(result);
  return result;
}

/** The last @ ends them, whatever is before it: nothing of it must be taken for a server, and shown. */
function withoutCredentials(url: string): { readonly credentials: string; readonly rest: string } {
  const at = url.lastIndexOf("@");
  const shownUrl = at === -1 ? url : `…@${url.slice(at + 1)}`;
  if (!url.startsWith("zookeeper://")) throw invalid(`"${shownUrl}" is no zookeeper://host:port`);
  if (/%(?![0-9A-Fa-f]{2})/.test(url))
    throw invalid(`"${shownUrl}" has a % that is not followed by two hexadecimal digits; a % itself is %25`);
  const from = "zookeeper://".length;
  if (at === -1) return { credentials: "", rest: url.slice(from) };
  const credentials = url.slice(from, at);
  if (/[@/?#]/.test(credentials))
    throw invalid(`"${shownUrl}" has a character before its last @ that must be encoded: @ is %40, / is %2F, ? is %3F, # is %23`);
  return { credentials, rest: url.slice(at + 1) };
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`${what} has a % with digits that are no UTF-8; a % itself is %25`);
  }
}

function numberOf(key: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw invalid(`${key} must be a whole number, not "${text}"`);
}

function layoutOf(text: string): ZookeeperLayout {
  if (isLayout(text)) return text;
  throw unknownLayout(text);
}

function unknownLayout(layout: unknown): Error {
  return invalid(`the layout ${shown(layout)} is not known; ${[...layouts].join(", ")} are`);
}
