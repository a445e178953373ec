/**
 * What configures a proxy while it runs: the contract `ConfigSources` of `@mesh/proxy-core`, carried out with `@mesh/xds-client`.
 *
 * ```ts
 * import { createProxy } from "@mesh/proxy-core";
 * import { xdsConfigSources } from "@mesh/proxy-xds";
 *
 * const proxy = createProxy({
 *   bootstrap: {
 *     node: { id: "sidecar~10.0.0.1~orders-1.shop~shop.svc.cluster.local", cluster: "orders.shop" },
 *     dynamic_resources: {
 *       ads_config: {
 *         api_type: "DELTA_GRPC",
 *         transport_api_version: "V3",
 *         grpc_services: [{ google_grpc: { target_uri: "127.0.0.1:15010", stat_prefix: "xds" } }],
 *       },
 *       cds_config: { ads: {}, resource_api_version: "V3" },
 *       lds_config: { ads: {}, resource_api_version: "V3" },
 *     },
 *   },
 *   configSources: xdsConfigSources({ version: "1.0.0" }),
 * });
 * await proxy.stop();
 * ```
 *
 * @module
 */
export { xdsConfigSources } from "./config-sources.ts";
export { fileBasedMetadata } from "./file-based-metadata.ts";
export type { XdsConfigSourcesOptions } from "./options.ts";
