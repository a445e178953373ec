import { httpListener, routeTo, startMosn, staticCluster, type Json, type MosnPeer } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";

export interface HttpPairOptions {
  /** The first sidecar's listener. Default: everything goes to the second. Its cluster is `next`. */
  readonly near?: Partial<Parameters<typeof httpListener>[1]>;
  /** The second sidecar's listener. Default: everything goes to `backend`. */
  readonly far?: Partial<Parameters<typeof httpListener>[1]>;
  /** More fields of the cluster `backend`. */
  readonly cluster?: Json;
  /** Other clusters of the second sidecar. */
  readonly clusters?: readonly Json[];
}

export interface HttpPair {
  readonly port: number;
  readonly url: string;
  readonly near: MosnPeer;
  readonly far: MosnPeer;
  stop(): Promise<void>;
}

/** Two sidecars in a row before a back end: the caller's and the application's. */
export async function startHttpPair(backendPorts: readonly number[], options: HttpPairOptions = {}): Promise<HttpPair> {
  const [port, farPort] = [await freePort(), await freePort()];
  const far = await startMosn({
    listeners: [httpListener(farPort, { routes: [routeTo("backend")], ...options.far })],
    clusters: [staticCluster("backend", backendPorts, options.cluster), ...(options.clusters ?? [])],
  });
  const near = await startMosn({
    listeners: [httpListener(port, { routes: [routeTo("next")], ...options.near })],
    clusters: [staticCluster("next", [farPort])],
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    near,
    far,
    stop: async () => {
      await Promise.all([near.stop(), far.stop()]);
    },
  };
}
