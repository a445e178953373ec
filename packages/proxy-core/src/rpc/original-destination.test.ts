import { BoltStatus } from "@mesh/codec-bolt";
import { describe, expect, test } from "vitest";
import { statValue } from "../stats/testing.ts";
import { echo, startHost, startRpc, until } from "./testing.ts";

const passthrough = { type: "ORIGINAL_DST", lb_policy: "CLUSTER_PROVIDED", load_assignment: null };
const byHeader = { ...passthrough, original_dst_lb_config: { use_http_header: true, http_header_name: "where" } };

describe("calls in a cluster of the type ORIGINAL_DST", () => {
  test("go where their connection was going, and share the connection to it", async () => {
    await using host = await startHost(echo);
    const source = process.platform === "linux" ? { source_address: { address: "127.0.0.6", port_value: 0 } } : {};
    await using rpc = await startRpc({ cluster: { ...passthrough, upstream_bind_config: source }, destination: `127.0.0.1:${host.port}` });
    for (const content of ["one", "two"]) {
      const caller = await rpc.connect();
      expect((await caller.call({ content: Buffer.from(content) }))?.body().toString()).toBe(content);
    }
    expect(rpc.cluster.hosts.map(({ addressText }) => addressText)).toEqual([`127.0.0.1:${host.port}`]);
    expect(rpc.clusterStat("upstream_cx_total")).toBe(1);
    if (process.platform === "linux") expect(rpc.logged[0]?.upstreamLocalAddress).toMatch(/^127\.0\.0\.6:/u);
  });

  test("have no host where the connection was not redirected", async () => {
    await using rpc = await startRpc({ cluster: passthrough });
    const caller = await rpc.connect();
    expect((await caller.call())?.status).not.toBe(BoltStatus.Success);
    expect(rpc.clusterStat("upstream_cx_none_healthy")).toBe(1);
  });

  test("go where a header says, and so do their copies", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({
      cluster: byHeader,
      other: ["shadow", 1, byHeader],
      route: { request_mirror_policies: [{ cluster: "shadow" }] },
    });
    const caller = await rpc.connect();
    const headers = [["where", `127.0.0.1:${host.port}`]] as const;
    expect((await caller.call({ headers, content: Buffer.from("hi") }))?.body().toString()).toBe("hi");
    await until(() => statValue(rpc.stats, "cluster.shadow.upstream_rq_completed") === 1);
    expect(rpc.clusterStat("upstream_rq_200")).toBe(1);
  });
});
