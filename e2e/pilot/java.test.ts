import { describe, expect, test } from "vitest";
import { java } from "../peers/java.ts";
import { requirePeer } from "../peers/tools.ts";
import { zookeeper } from "../peers/zookeeper.ts";
import { registeringFrameworks } from "./registering.ts";
import { startRpcMesh } from "./rpc-mesh.ts";

describe.runIf(requirePeer(java, zookeeper))("explore", () => {
  test.for(registeringFrameworks)("$name", async (framework) => {
    const mesh = await startRpcMesh();
    const provider = await framework.startProvider({
      registry: { connectString: mesh.zookeeper.connectString, sessionMs: 3000 },
      id: "p1",
      release: "v1",
    });
    const consumer = await framework.startConsumer();
    console.log(JSON.stringify(await mesh.pilot.debug("endpointz"), undefined, 1));
await new Promise(r=>setTimeout(r,500));    console.log(await (await mesh.mosn.admin("/listeners")).text());
    const echo = await consumer.refer({ port: mesh.port });
    try {
      console.log(await echo.call("id", []));
    } catch (e) {
      console.log(e);
  
      
      console.log(mesh.mosn.output());
    }
    console.log(await echo.call("headers", [{}], echo.tagged("x")));
    await consumer.kill();
    await provider.kill();
    await mesh.stop();
  });
});
