/** Where requests go, and what is changed on their way: routes, redirects, direct responses, headers, weights. */
import { Agent } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { curl, headerOf, runCurl, type CurlOptions } from "../peers/curl.ts";
import { httpListener, startMosn, staticCluster, streamFilter, type Json, type MosnPeer } from "../peers/mosn.ts";
import { nginx, startNginxBackend, type NginxPeer } from "../peers/nginx.ts";
import { freePort } from "../peers/ports.ts";
import { requirePeer } from "../peers/tools.ts";
import { startHttpPair } from "./http-pair.ts";
import { ask } from "./origin.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const answer = (body: string): Json => ({ direct_response: { status: 200, body: { inline_string: body } } });
const header = (name: string, string_match: Json): Json => ({ name, string_match });
const set = (key: string, value: string): Json => ({ header: { key, value }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" });

describe.runIf(requirePeer(nginx, curl))("routes", () => {
  let blue: NginxPeer;
  let green: NginxPeer;
  let mosn: MosnPeer;
  let url: string;
  let port: number;

  beforeAll(async () => {
    [blue, green] = await Promise.all([startNginxBackend({ id: "blue" }), startNginxBackend({ id: "green" })]);
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const virtualHosts: Json[] = [
      { name: "exact", domains: ["shop.example"], routes: [{ match: { prefix: "/" }, ...answer("exact") }] },
      { name: "suffix", domains: ["*.shop.example"], routes: [{ match: { prefix: "/" }, ...answer("suffix") }] },
      { name: "longer-suffix", domains: ["*.eu.shop.example"], routes: [{ match: { prefix: "/" }, ...answer("longer suffix") }] },
      { name: "prefix", domains: ["shop.*"], routes: [{ match: { prefix: "/" }, ...answer("prefix") }] },
      {
        name: "rest",
        domains: ["*"],
        routes: [
          { match: { path: "/exact" }, ...answer("path") },
          { match: { prefix: "/old" }, redirect: { path_redirect: "/new", response_code: "PERMANENT_REDIRECT" } },
          { match: { prefix: "/moved" }, redirect: { host_redirect: "other.example", https_redirect: true, strip_query: true } },
          { match: { prefix: "/teapot" }, direct_response: { status: 418, body: { inline_string: "short and stout\n" } } },
          { match: { safe_regex: { regex: "/item/[0-9]+" } }, ...answer("regex") },
          { match: { prefix: "/api", headers: [header("x-user", { exact: "ann" })] }, ...answer("header exact") },
          { match: { prefix: "/api", headers: [header("x-user", { prefix: "b" })] }, ...answer("header prefix") },
          { match: { prefix: "/api", headers: [{ name: "x-beta", present_match: true }] }, ...answer("header present") },
          { match: { prefix: "/api", headers: [header(":method", { exact: "DELETE" })] }, ...answer("method") },
          { match: { prefix: "/rewritten/" }, route: { cluster: "blue", prefix_rewrite: "/", host_rewrite_literal: "rewritten.example" } },
          {
            match: { prefix: "/weighted/" },
            route: {
              prefix_rewrite: "/",
              weighted_clusters: {
                clusters: [
                  { name: "blue", weight: 80 },
                  { name: "green", weight: 20 },
                ],
              },
            },
          },
          { match: { prefix: "/by-header" }, route: { cluster_header: "x-cluster", prefix_rewrite: "/" } },
          {
            match: { prefix: "/mutated/" },
            route: { cluster: "blue", prefix_rewrite: "/" },
            request_headers_to_add: [set("x-request-id", "from-the-route")],
            response_headers_to_add: [set("x-added", "%REQ(:METHOD)% by %PROTOCOL%")],
            response_headers_to_remove: ["x-backend"],
          },
          { match: { prefix: "/filtered/" }, route: { cluster: "blue", prefix_rewrite: "/" } },
          { match: { prefix: "/only-blue/" }, route: { cluster: "blue", prefix_rewrite: "/" } },
        ],
      },
    ];
    const mutation = streamFilter("envoy.filters.http.header_mutation", "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation", {
      mutations: {
        request_mutations: [{ append: { header: { key: "x-forwarded-for", value: "192.0.2.9" }, append_action: "ADD_IF_ABSENT" } }],
        response_mutations: [{ append: { header: { key: "x-filter", value: "was here" } } }],
      },
    });
    mosn = await startMosn({
      listeners: [httpListener(port, { virtualHosts, filters: [mutation] })],
      clusters: [staticCluster("blue", [blue.port]), staticCluster("green", [green.port])],
    });
  });

  afterAll(async () => {
    await Promise.all([mosn, blue, green].map((peer) => peer?.stop()));
  });

  const bodyOf = async (path: string, options: CurlOptions = {}): Promise<string> => (await runCurl(url + path, options)).body.toString();

  test("choose the virtual host as Envoy does: exact, then the longest suffix, then the prefix, then any", async () => {
    const answers = ["shop.example", "SHOP.example", "a.shop.example", "a.eu.shop.example", "shop.test"].map((host) =>
      bodyOf("/", { headers: { host } }),
    );
    expect(await Promise.all(answers)).toEqual(["exact", "exact", "suffix", "longer suffix", "prefix"]);
  });

  test("match by path, by prefix, by regular expression of the whole path, by header and by method; the first one counts", async () => {
    expect(await bodyOf("/exact?query=1")).toBe("path");
    expect(await bodyOf("/item/42")).toBe("regex");
    expect(await runCurl(`${url}/item/42x`)).toMatchObject({ status: 404 });
    expect(await bodyOf("/api/1", { headers: { "x-user": "ann", "x-beta": "1" } })).toBe("header exact");
    expect(await bodyOf("/api/1", { headers: { "x-user": "bob" } })).toBe("header prefix");
    expect(await bodyOf("/api/1", { headers: { "x-beta": "1" } })).toBe("header present");
    expect(await bodyOf("/api/1", { method: "DELETE" })).toBe("method");
  });

  test("that match nothing answer 404 without a body", async () => {
    const before = await mosn.stat("http.in.no_route");
    const result = await runCurl(`${url}/nowhere`);
    expect(result).toMatchObject({ exitCode: 0, status: 404 });
    expect(result.body.length).toBe(0);
    expect(await mosn.stat("http.in.no_route")).toBe(before + 1);
  });

  test("redirect and answer by themselves", async () => {
    const old = await runCurl(`${url}/old/x?a=1`, { headers: { host: "acme.example" } });
    expect([old.status, headerOf(old, "location")]).toEqual([308, "http://acme.example/new?a=1"]);
    const moved = await runCurl(`${url}/moved/x?a=1`);
    expect([moved.status, headerOf(moved, "location")]).toEqual([301, "https://other.example/moved/x"]);
    const teapot = await runCurl(`${url}/teapot`);
    expect([teapot.status, teapot.body.toString()]).toEqual([418, "short and stout\n"]);
  });

  test("rewrite path and host", async () => {
    const lines = (await bodyOf("/rewritten/head?a=1")).split("\n");
    expect(lines.slice(0, 2)).toEqual(["GET /head?a=1 HTTP/1.1", "rewritten.example"]);
  });

  test("share requests among clusters by weight", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const before = await mosn.stat("cluster.blue.upstream_rq_total");
    await Promise.all(Array.from({ length: 2000 }, () => ask(port, { path: "/weighted/", agent })));
    agent.destroy();
    const share = ((await mosn.stat("cluster.blue.upstream_rq_total")) - before) / 2000;
    // Ten standard deviations to either side: a fair coin of 0.8 does not leave that range.
    expect(share).toBeGreaterThan(0.71);
    expect(share).toBeLessThan(0.89);
  });

  test("take the cluster from a header; one that there is not is a 503", async () => {
    const green_ = await runCurl(`${url}/by-header`, { headers: { "x-cluster": "green" } });
    expect(headerOf(green_, "x-backend")).toBe("green");
    expect(await runCurl(`${url}/by-header`, { headers: { "x-cluster": "red" } })).toMatchObject({ status: 503 });
  });

  test("change headers of requests and responses", async () => {
    const result = await runCurl(`${url}/mutated/head`);
    expect(result.body.toString().split("\n")[2]).toBe("from-the-route");
    expect(headerOf(result, "x-added")).toBe("GET by HTTP/1.1");
    expect(headerOf(result, "x-backend")).toBeUndefined();
  });

  test("the header mutation filter changes them for all routes", async () => {
    const result = await runCurl(`${url}/filtered/head`);
    expect(result.body.toString().split("\n")[3]).toBe("192.0.2.9");
    expect(headerOf(result, "x-filter")).toBe("was here");
    expect(headerOf(result, "x-backend")).toBe("blue");
  });
});

describe.runIf(requirePeer(nginx, curl))("what nginx learns of the caller through two mosn", () => {
  const linesOf = (body: Buffer): string[] => body.toString().split("\n");

  test("by default: the Host, a request id of its own for each request, http as the scheme, and X-Forwarded-For as the caller sent it", async () => {
    const backend = await startNginxBackend();
    const pair = await startHttpPair([backend.port]);
    const [line, host, firstId, forwardedFor, proto] = linesOf(
      (await runCurl(`${pair.url}/head`, { headers: { host: "acme.example" } })).body,
    );
    expect([line, host, forwardedFor, proto]).toEqual(["GET /head HTTP/1.1", "acme.example", "", "http"]);
    expect(firstId).toMatch(uuid);
    const second = linesOf((await runCurl(`${pair.url}/head`, { headers: { "x-forwarded-for": "203.0.113.5" } })).body);
    expect(second[2]).toMatch(uuid);
    expect(second[2]).not.toBe(firstId);
    expect(second[3]).toBe("203.0.113.5");
    const own = linesOf((await runCurl(`${pair.url}/head`, { headers: { "x-request-id": "mine" } })).body);
    expect(own[2]).toBe("mine");
    await pair.stop();
    await backend.stop();
  });

  test("with use_remote_address the first sidecar adds the caller's address", async () => {
    const backend = await startNginxBackend();
    const pair = await startHttpPair([backend.port], { near: { more: { use_remote_address: true } } });
    expect(linesOf((await runCurl(`${pair.url}/head`)).body)[3]).toBe("127.0.0.1");
    const behind = await runCurl(`${pair.url}/head`, { headers: { "x-forwarded-for": "203.0.113.5" } });
    expect(linesOf(behind.body)[3]?.replaceAll(" ", "")).toBe("203.0.113.5,127.0.0.1");
    await pair.stop();
    await backend.stop();
  });
});
