/** Copies of requests, in `mosn` and in Envoy: what the other cluster sees, and what the caller does not. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { envoy, startEnvoy } from "../peers/envoy.ts";
import { httpListener, startMosn, staticCluster, type Json } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import type { Peer } from "../peers/process.ts";
import { requirePeer } from "../peers/tools.ts";
import { ask, startHttpOrigin, type HttpAsk, type Origin } from "./origin.ts";

interface Seen {
  readonly line: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** What no two requests have in common; Envoy appends the machine's address to the copies' `x-forwarded-for`. */
const volatile = new Set(["x-request-id", "x-forwarded-for"]);

/** Keeps what comes, until it is asked for. */
class Listening {
  readonly #seen: Seen[] = [];
  #wake: () => void = () => {};

  start(status: number): Promise<Origin> {
    return startHttpOrigin((request, response) => {
      void this.#take(request).finally(() => response.writeHead(status).end(`answer ${status}`));
    });
  }

  async #take(request: IncomingMessage): Promise<void> {
    const body = await bodyOf(request);
    const fields = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !volatile.has(name)));
    this.#seen.push({ line: `${request.method} ${request.url}`, fields, body });
    this.#wake();
  }

  async next(): Promise<Seen> {
    for (;;) {
      const seen = this.#seen.shift();
      if (seen !== undefined) return seen;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  request.setEncoding("latin1").on("data", (text: string) => (body += text));
  await once(request, "end");
  return body;
}

const mirror = (fields: Json = {}): Json => ({ cluster: "copies", ...fields });
const routes: readonly Json[] = [
  { match: { prefix: "/plain" }, route: { cluster: "web", request_mirror_policies: [mirror()] } },
  {
    match: { prefix: "/rewritten/" },
    route: {
      cluster: "web",
      prefix_rewrite: "/",
      host_rewrite_literal: "inner:81",
      request_mirror_policies: [mirror({ disable_shadow_host_suffix_append: true })],
    },
    request_headers_to_add: [{ header: { key: "x-added", value: "1" } }],
  },
];

const requests: readonly HttpAsk[] = [
  { path: "/plain?a=b", headers: { host: "shop:80", "x-one": "1" } },
  { path: "/plain", headers: { host: "shop" }, method: "DELETE" },
  { path: "/plain", headers: { host: "shop" }, method: "POST", body: "body ".repeat(20_000) },
  { path: "/plain", headers: { host: "shop", "transfer-encoding": "chunked" }, method: "PUT", body: "chunk ".repeat(5000) },
  { path: "/rewritten/x", headers: { host: "shop" } },
];

describe.runIf(requirePeer(envoy))("mosn and Envoy", () => {
  const [web, copies] = [new Listening(), new Listening()];
  const origins: Origin[] = [];
  const peers: Peer[] = [];
  const ports: number[] = [];

  beforeAll(async () => {
    origins.push(await web.start(200), await copies.start(500));
    const [webOrigin, copiesOrigin] = origins as [Origin, Origin];
    const virtualHosts = [{ name: "all", domains: ["*"], routes }];
    const clusters = [staticCluster("web", [webOrigin.port]), staticCluster("copies", [copiesOrigin.port])];
    for (const start of ["mosn", "Envoy"]) {
      const port = await freePort();
      const resources = { listeners: [httpListener(port, { virtualHosts })], clusters };
      ports.push(port);
      peers.push(
        start === "mosn" ? await startMosn(resources) : await startEnvoy({ bootstrap: { static_resources: resources }, ports: [port] }),
      );
    }
  });

  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await Promise.all(origins.map((origin) => origin.close()));
  });

  test.each(requests.map((request) => [`${request.method ?? "GET"} ${request.path}`, request] as const))(
    "copy %s",
    async (_name, request) => {
      const outcomes: object[] = [];
      for (const port of ports) {
        const { status, body } = await ask(port, request);
        outcomes.push({ status, body, original: await web.next(), copy: await copies.next() });
      }
      expect(outcomes[0]).toEqual(outcomes[1]);
    },
  );
});
