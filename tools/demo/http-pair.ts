import { Agent, createServer, request, type Server } from "node:http";
import { once } from "node:events";
import type { Traffic } from "./traffic.ts";

/** A web service that says who it is. */
export async function startWebService(port: number, id: string): Promise<Server> {
  const server = createServer((_, response) => response.setHeader("x-instance", id).end(`hello from ${id}\n`));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Asks for a page at a steady pace; the returned function stops it. */
export function startWebClient(port: number, intervalMs: number, traffic: Traffic): () => void {
  const agent = new Agent({ keepAlive: true });
  const ask = (): void => {
    const began = performance.now();
    const call = request({ host: "127.0.0.1", port, path: "/hello", agent, headers: { host: "web.demo" }, timeout: 3000 }, (response) => {
      response.resume();
      response.on("end", () => {
        if (response.statusCode === 200) traffic.succeeded(performance.now() - began, String(response.headers["x-instance"]));
        else traffic.failed(`HTTP ${response.statusCode}`);
      });
    });
    call.on("timeout", () => call.destroy(new Error("no answer in 3000 ms")));
    call.on("error", (error) => traffic.failed(error.message));
    call.end();
  };
  const pace = setInterval(ask, intervalMs);
  return () => {
    clearInterval(pace);
    agent.destroy();
  };
}
