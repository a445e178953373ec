/**
 * ZooKeeper as a service registry, in the layouts of SOFARPC and Dubbo: an adapter of `@mesh/registry`.
 *
 * ```ts
 * import { createZookeeperRegistry, parseZookeeperUrl } from "@mesh/registry-zookeeper";
 *
 * const registry = createZookeeperRegistry(parseZookeeperUrl("zookeeper://127.0.0.1:2181?layouts=sofa-rpc,dubbo"));
 * registry.start({
 *   onChanged: (changes) => {
 *     for (const [name, service] of changes) console.log(name, service?.instances.map(({ address, port }) => `${address}:${port}`) ?? "is gone");
 *   },
 *   onReady: () => console.log("all is known"),
 *   onError: (error) => console.log(error.code, error.message),
 * });
 * ```
 *
 * @packageDocumentation
 */
export { createNodeClient } from "./client/node-client.ts";
export { ZookeeperOperationError } from "./client/zookeeper-client.ts";
export type {
  ZookeeperAuth,
  ZookeeperClient,
  ZookeeperClientEvents,
  ZookeeperClientFactory,
  ZookeeperClientOptions,
  ZookeeperFailure,
  ZookeeperStat,
  ZookeeperWatch,
} from "./client/zookeeper-client.ts";
export type { ParseConfiguration } from "./layouts/dubbo-dynamic-config.ts";
export { parseZookeeperUrl } from "./options.ts";
export type { ZookeeperLayout, ZookeeperRegistryOptions } from "./options.ts";
export { createZookeeperRegistry } from "./registry.ts";
export type { ZookeeperRegistry } from "./registry.ts";
