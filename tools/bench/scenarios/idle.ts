import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { envoy, envoyHttpProxy, startEnvoy } from "../../../e2e/peers/envoy.ts";
import { freePort } from "../../../e2e/peers/ports.ts";
import type { Peer } from "../../../e2e/peers/process.ts";
import { readUsage } from "../../../e2e/peers/usage.ts";
import { startNginxBackend } from "../../../e2e/peers/nginx.ts";
import { loadCpu, mosnBolt, mosnHttp, proxyCpu, startMosn } from "../proxies.ts";
import type { Fact } from "../report.ts";

const connections = 5000;

/** KiB of resident memory that an idle downstream connection costs. */
export async function benchIdle(): Promise<Fact[]> {
  const backend = await startNginxBackend({ cpu: loadCpu });
  const starts: Readonly<Record<string, (port: number) => Promise<Peer>>> = {
    "mosn, HTTP/1": (port) => startMosn(mosnHttp(port, backend.port), [port]),
    "mosn, Bolt": (port) => startMosn(mosnBolt(port, backend.port), [port]),
    ...(envoy.find() === undefined
      ? {}
      : { "Envoy, HTTP/1": (port: number) => startEnvoy({ bootstrap: envoyHttpProxy(port, backend.port), ports: [port], cpu: proxyCpu }) }),
  };
  try {
    const values: Record<string, string> = {};
    for (const [name, start] of Object.entries(starts)) {
      const port = await freePort();
      const peer = await start(port);
      const before = readUsage(peer.pid).rssKiB;
      const sockets: Socket[] = [];
      for (let i = 0; i < connections; i++) {
        const socket = connect({ port, host: "127.0.0.1" });
        await once(socket, "connect");
        sockets.push(socket);
      }
      // The kernel accepts before the proxy does; a second is plenty for it to catch up.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      values[name] = `${((readUsage(peer.pid).rssKiB - before) / connections).toFixed(1)} KiB`;
      for (const socket of sockets) socket.destroy();
      await peer.stop();
    }
    return [{ title: `Resident memory a connection, with ${connections} idle ones`, values }];
  } finally {
    await backend.stop();
  }
}
