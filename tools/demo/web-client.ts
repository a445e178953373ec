import { Agent, request } from "node:http";
import { callTimeoutMs, instanceHeader, webHost } from "./protocols.ts";
import type { Traffic } from "./traffic.ts";

/**
 * Asks for a page at a steady pace; the returned function stops it.
 *
 * @param port of the sidecar
 */
export function startWebClient(port: number, intervalMs: number, traffic: Traffic): () => void {
  const agent = new Agent({ keepAlive: true });
  const ask = (): void => {
    const began = performance.now();
    const call = request(
      { host: "127.0.0.1", port, path: "/hello", agent, headers: { host: webHost }, timeout: callTimeoutMs },
      (response) => {
        response.resume();
        response.on("end", () => {
          if (response.statusCode === 200) traffic.succeeded(performance.now() - began, String(response.headers[instanceHeader]));
          else traffic.failed(`HTTP ${response.statusCode}`);
        });
      },
    );
    call.on("timeout", () => call.destroy(new Error(`no answer in ${callTimeoutMs} ms`)));
    call.on("error", (error) => traffic.failed(error.message));
    call.end();
  };
  const pace = setInterval(ask, intervalMs);
  return () => {
    clearInterval(pace);
    agent.destroy();
  };
}
