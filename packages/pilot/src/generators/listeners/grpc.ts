import { enumValue, packAny } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";
import { isHttp } from "../../model/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { resourceOf } from "../resource.ts";
import { domainWithPort, grpcRouteName } from "../names.ts";

const apiVersion = enumValue("envoy.config.core.v3.ApiVersion", "V3");

/** What a gRPC library asks for by the target of a channel: `xds:///<host>:<port>`. */
export function grpcListenersOf(scope: ProxyScope): readonly Resource[] {
  return scope.services.flatMap((service) =>
    service.ports
      .filter(({ protocol }) => isHttp(protocol) || protocol === "unknown")
      .map(({ number }) => {
        const name = domainWithPort(service.hostname, number);
        return resourceOf(name, "envoy.config.listener.v3.Listener", {
          name,
          apiListener: {
            apiListener: packAny("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
              rds: { configSource: { ads: {}, resourceApiVersion: apiVersion }, routeConfigName: grpcRouteName(service.hostname, number) },
              httpFilters: [
                { name: "envoy.filters.http.fault", typedConfig: packAny("envoy.extensions.filters.http.fault.v3.HTTPFault", {}) },
                { name: "envoy.filters.http.router", typedConfig: packAny("envoy.extensions.filters.http.router.v3.Router", {}) },
              ],
            }),
          },
        });
      }),
  );
}
