import { routeTo, rpcListener, startMosn, staticCluster, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import type { RpcFramework } from "./frameworks.ts";

export interface RpcPairOptions {
  /** The consumer's sidecar, whose cluster is `next`. Default: everything to it. */
  readonly near?: Parameters<typeof rpcListener>[1];
  /** The provider's sidecar, whose cluster is `provider`. Default: everything to it. */
  readonly far?: Parameters<typeof rpcListener>[1];
  /** More of the cluster `provider`. */
  readonly cluster?: Parameters<typeof staticCluster>[2];
}

export interface RpcPair {
  /** The consumer's way in. */
  readonly url: string;
  readonly near: MosnPeer;
  readonly far: MosnPeer;
  stop(): Promise<void>;
}

/** Two sidecars in a row: the consumer's and the provider's. */
export async function startRpcPair(
  { codec, url }: Pick<RpcFramework, "codec" | "url">,
  providerPorts: readonly number[],
  options: RpcPairOptions = {},
): Promise<RpcPair> {
  const { near: outbound = { routes: [routeTo("next")] }, far: inbound = { routes: [routeTo("provider")] } } = options;
  const [nearPort, farPort] = [await freePort(), await freePort()];
  const far = await startMosn({
    listeners: [rpcListener(farPort, { codec: codec(), ...inbound })],
    clusters: [staticCluster("provider", providerPorts, options.cluster)],
  });
  const near = await startMosn({
    listeners: [rpcListener(nearPort, { codec: codec(), ...outbound })],
    clusters: [staticCluster("next", [farPort])],
  });
  return {
    url: url(nearPort),
    near,
    far,
    stop: async () => {
      await Promise.all([near.stop(), far.stop()]);
    },
  };
}
