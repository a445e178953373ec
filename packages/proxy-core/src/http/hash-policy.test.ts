import { describe, expect, test } from "vitest";
import { call, startHttpBackend, startProxy } from "./testing.ts";

const hashing = (policy: object, more: object = {}): object => ({
  cluster: { lb_policy: "RING_HASH", ...more },
  route: { hash_policy: [policy], retry_policy: { retry_on: "5xx", num_retries: 1 } },
});

async function backends(count: number): Promise<AsyncDisposable & { readonly ports: readonly number[] }> {
  const started: Awaited<ReturnType<typeof startHttpBackend>>[] = [];
  for (let index = 0; index < count; index++) {
    started.push(
      await startHttpBackend((_request, response) => {
        response.setHeader("x-host", index);
        response.end();
      }),
    );
  }
  return {
    ports: started.map(({ port }) => port),
    [Symbol.asyncDispose]: async () => {
      for (const backend of started) await backend[Symbol.asyncDispose]();
    },
  };
}

describe("requests that are alike", () => {
  test("reach the same host, by a header field", async () => {
    await using hosts = await backends(4);
    await using proxy = await startProxy({ hosts: hosts.ports, ...hashing({ header: { header_name: "x-user" } }) });
    const hostOf = async (user: string): Promise<unknown> => (await call(proxy.port, { headers: { "x-user": user } })).headers["x-host"];
    const first = [];
    for (let user = 0; user < 20; user++) first.push(await hostOf(`user ${user}`));
    for (let user = 0; user < 20; user++) expect(await hostOf(`user ${user}`)).toBe(first[user]);
    expect(new Set(first).size).toBeGreaterThan(1);
  });

  test("reach the same host by a cookie that the first of them was answered with", async () => {
    await using hosts = await backends(4);
    await using proxy = await startProxy({ hosts: hosts.ports, ...hashing({ cookie: { name: "affinity", ttl: "60s", path: "/" } }) });
    for (let client = 0; client < 6; client++) {
      const first = await call(proxy.port);
      const [cookie = ""] = first.headers["set-cookie"] ?? [];
      expect(cookie).toMatch(/^affinity="[0-9a-f]{16}"; Max-Age=60; Path=\/; HttpOnly$/u);
      const value = cookie.slice(0, cookie.indexOf(";"));
      for (let count = 0; count < 3; count++) {
        const next = await call(proxy.port, { headers: { cookie: value } });
        expect(next.headers["x-host"]).toBe(first.headers["x-host"]);
        expect(next.headers["set-cookie"]).toBeUndefined();
      }
    }
  });
});
