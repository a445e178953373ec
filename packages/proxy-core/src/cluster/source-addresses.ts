import { isIP } from "node:net";
import type { Message } from "@mesh/xds-proto";
import { type ConfigPath, fail, numberInRange, required } from "../config/index.ts";
import type { SourceAddress } from "../network/index.ts";

/** `upstream_bind_config`, the first choice first. Throws a `ConfigError`. */
export function readSourceAddresses(config: Message<"envoy.config.core.v3.BindConfig"> | null, path: ConfigPath): readonly SourceAddress[] {
  if (config === null) return [];
  const extra = path.field("extra_source_addresses");
  const { sourceAddress, extraSourceAddresses } = config;
  if (sourceAddress === null) {
    if (extraSourceAddresses.length > 0) fail(extra, "needs a source_address");
    return [];
  }
  if (extraSourceAddresses.length > 1) fail(extra.index(1), "one extra address is the most: of the other family");
  const addresses = [
    readSource(sourceAddress, path.field("source_address")),
    ...extraSourceAddresses.map(({ address }, index) => {
      const at = extra.index(index).field("address");
      return readSource(required(address, at), at);
    }),
  ];
  const [first, second] = addresses.map(({ localAddress }) => isIP(localAddress));
  if (first === second) fail(extra.index(0), "must be of the other family than source_address");
  return addresses;
}

function readSource({ address, portValue }: Message<"envoy.config.core.v3.SocketAddress">, path: ConfigPath): SourceAddress {
  if (isIP(address) === 0) fail(path.field("address"), `not an IP address: ${JSON.stringify(address)}`);
  return { localAddress: address, localPort: numberInRange(portValue, path.field("port_value"), { min: 0, max: 65_535 }) };
}
