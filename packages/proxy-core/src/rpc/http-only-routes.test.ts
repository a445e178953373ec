import { describe, expect, test } from "vitest";
import { startRpc } from "./testing.ts";

describe("RpcProxy", () => {
  test.each([
    [{ redirect: { https_redirect: true } }, "redirect: is for HTTP only: an RPC client cannot be sent elsewhere"],
    [{ route: { cluster: "echo", prefix_rewrite: "/x" } }, "route.prefix_rewrite: is for HTTP only: an RPC call has no URL"],
    [{ route: { cluster: "echo", host_rewrite_literal: "x" } }, "route.host_rewrite_literal: is for HTTP only"],
    [{ route: { cluster: "echo", idle_timeout: "1s" } }, "route.idle_timeout: is for HTTP only"],
  ])("refuses routes that ask for what only HTTP has: %j", async (action, message) => {
    const routes = [{ match: { prefix: "/" }, ...action }];
    await expect(startRpc({ routes })).rejects.toThrow(`route_config.virtual_hosts[0].routes[0].${message}`);
  });
});
