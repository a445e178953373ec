/** A ZooKeeper, a pilot that knows it and a directory of Istio's configuration, and a sidecar that knows the pilot: nothing else is configured anywhere. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dumpOf, until } from "../mesh/xds-mosn.ts";
import type { LoadSummary, RunningLoad } from "../peers/driver.ts";
import { echoInterface, isRecord, readList, readMap, readNumber, readText } from "../peers/echo-service.ts";
import type { MosnPeer } from "../peers/mosn.ts";
import { startPilot, type PilotPeer } from "../peers/pilot.ts";
import { freePort } from "../peers/ports.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { openZookeeperTree, type ZookeeperTree } from "../peers/zookeeper-tree.ts";
import { startZookeeper, type Zookeeper } from "../peers/zookeeper.ts";
import { startConfiguredMosn } from "./configured.ts";

/** Milliseconds that a provider's registration outlives it: the longest that the server grants. */
export const sessionMs = 4000;

/** An endpoint as `/debug/endpointz` says it. */
export interface SeenEndpoint {
  readonly port: number;
  readonly variant: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RpcMesh {
  readonly zookeeper: Zookeeper;
  readonly tree: ZookeeperTree;
  /** The one that runs now. */
  readonly pilot: PilotPeer;
  readonly mosn: MosnPeer;
  /** Where the sidecar takes calls of any RPC protocol. */
  readonly port: number;
  /** Writes a file of configuration, or writes it anew. */
  write(file: string, text: string): void;
  remove(file: string): void;
  /** Resolves once the sidecar has this as the HTTP routes of the interface's VirtualService: a YAML list, indented by two. */
  follow(routes: string): Promise<void>;
  /** Takes the VirtualService away; resolves once the sidecar has none. */
  unfollow(): Promise<void>;
  /** The endpoints of the interface that pilot has now. */
  endpoints(): Promise<readonly SeenEndpoint[]>;
  /** Resolves once pilot has endpoints of these ports, and no others. */
  untilPorts(ports: readonly number[]): Promise<void>;
  /** Resolves once a statistic of the sidecar's cluster of all providers has that value or more. */
  clusterStatReaches(name: string, least: number): Promise<void>;
  /** Starts another pilot at the address that the sidecar knows, which the last one must have left; resolves once it is ready. */
  startPilotAgain(args?: readonly string[]): Promise<PilotPeer>;
  stop(): Promise<void>;
}

/** Of the sidecar and its configuration. */
const namespace = "shop";

const sidecar = (port: number): string => `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: ${namespace}}
spec:
  egress:
  - {port: {number: ${port}, protocol: x-auto, name: rpc}, bind: 127.0.0.1, captureMode: NONE, hosts: ["*/*"]}
`;

const subsets = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo, namespace: ${namespace}}
spec:
  host: ${echoInterface}
  subsets:
  - {name: v1, labels: {release: v1}}
  - {name: v2, labels: {release: v2}}
`;

/** A destination of a route: a subset of the interface's providers. */
export const to = (subset: string): string => `{destination: {host: ${echoInterface}, subset: ${subset}}}`;

/** Resolves once the sidecar listens. */
export async function startRpcMesh(): Promise<RpcMesh> {
  const folder = makeScratch("rpc-mesh");
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  const remove = (file: string): void => rmSync(join(folder, file), { force: true });
  const [zookeeper, port] = await Promise.all([startZookeeper(), freePort()]);
  const tree = await openZookeeperTree(zookeeper.connectString);
  write("sidecar.yaml", sidecar(port));
  write("subsets.yaml", subsets);
  const registries = [`zookeeper://${zookeeper.connectString}`];
  const first = await startPilot({ configDir: folder, registries });
  let pilot = first;
  const mosn = await startConfiguredMosn({ pilot: first.grpcAddress, namespace });
  const endpoints = async (): Promise<readonly SeenEndpoint[]> => readEndpoints(await pilot.debug(`endpointz?host=${echoInterface}`));
  const routeNames = async (): Promise<string> => JSON.stringify(await dumpOf(mosn, "dynamic_route_configs", ".*"));
  let rules = 0;
  return {
    zookeeper,
    tree,
    get pilot() {
      return pilot;
    },
    mosn,
    port,
    write,
    remove,
    follow: async (routes) => {
      const rule = `rule-${++rules}`;
      write("rule.yaml", virtualService(`  - {name: ${rule}, match: [{uri: {exact: /${rule}}}], route: [${to("v1")}]}\n${routes}`));
      await until(async () => (await routeNames()).includes(`"${rule}"`));
    },
    unfollow: async () => {
      remove("rule.yaml");
      await until(async () => !(await routeNames()).includes(`"rule-`));
    },
    endpoints,
    untilPorts: async (ports) => {
      const wanted = inOrder(ports).join();
      await until(async () => portsOf(await endpoints()).join() === wanted);
    },
    clusterStatReaches: async (name, least) => {
      const line = new RegExp(`^cluster\\.outbound\\|\\d+\\|\\|${echoInterface}\\.${name}: (\\d+)$`, "m");
      const value = async (): Promise<number> => Number(line.exec(await (await mosn.admin(`/stats?filter=${name}$`)).text())?.[1] ?? 0);
      await until(async () => (await value()) >= least);
    },
    startPilotAgain: async (args = []) => {
      pilot = await startPilot({ configDir: folder, registries, args: ["--grpc-address", first.grpcAddress, ...args] });
      return pilot;
    },
    stop: async () => {
      tree.close();
      await mosn.stop();
      await pilot.stop();
      await zookeeper.kill();
      removeScratch(folder);
    },
  };
}

const virtualService = (http: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: ${namespace}}
spec:
  hosts: [${echoInterface}]
  http:
${http}`;

const inOrder = (numbers: readonly number[]): number[] => numbers.toSorted((one, other) => one - other);

export const portsOf = (endpoints: readonly SeenEndpoint[]): number[] => inOrder(endpoints.map(({ port }) => port));

const readEndpoint = (value: unknown): SeenEndpoint => {
  if (!isRecord(value)) throw new Error(`not an endpoint: ${JSON.stringify(value)}`);
  return { port: readNumber(value["port"]), variant: readText(value["variant"]), labels: readMap(value["labels"], readText) };
};

/** Of all ports of all services on the page. */
function readEndpoints(page: unknown): readonly SeenEndpoint[] {
  return readList(page, (service) =>
    isRecord(service) ? Object.values(readMap(service["ports"], (list) => readList(list, readEndpoint))).flat() : [],
  ).flat();
}

/** How often each provider has answered a load of `id()`. */
export function answersOf({ results }: LoadSummary): Readonly<Record<string, number>> {
  return Object.fromEntries(results.map(({ value, count }) => [readText(value), count]));
}

/** What came in between two summaries of one load. */
export function answersSince(before: LoadSummary, now: LoadSummary): Readonly<Record<string, number>> {
  const old = answersOf(before);
  const grown = Object.entries(answersOf(now)).map(([id, count]): [string, number] => [id, count - (old[id] ?? 0)]);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}

/** Resolves once that provider has answered calls of a load of `id()`, since a summary if there is one. */
export async function untilAnswers(load: RunningLoad, id: string, since?: LoadSummary): Promise<void> {
  const old = since === undefined ? 0 : (answersOf(since)[id] ?? 0);
  await until(async () => (answersOf(await load.progress())[id] ?? 0) > old);
}
