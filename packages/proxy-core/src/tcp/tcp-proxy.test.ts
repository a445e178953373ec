import { afterEach, describe, expect, test } from "vitest";
import { testHosts, testTcpProxy } from "./testing.ts";

const hosts = testHosts();
afterEach(() => hosts.close());

describe("weighted clusters", () => {
  test("share connections by their weights", async () => {
    const [first, second] = [await hosts.make(), await hosts.make()];
    const weighted = { clusters: [1, 3].map((weight, index) => ({ name: `c${index}`, weight })) };
    await using proxy = testTcpProxy({
      clusters: { c0: [first.address], c1: [second.address] },
      config: { weighted_clusters: weighted },
    });
    const connections = 60;
    for (let index = 0; index < connections; index++) {
      const accepted = Promise.race([first.accept(), second.accept()]);
      await proxy.connect();
      await accepted;
    }
    expect(first.sockets.length + second.sockets.length).toBe(connections);
    // The numbers follow from the seed; 15 is the mean, and three standard deviations are 10.
    expect(first.sockets.length).toBeGreaterThan(5);
    expect(first.sockets.length).toBeLessThan(25);
  });

  test("of weight 0 get none", async () => {
    const host = await hosts.make();
    const weighted = {
      clusters: [
        { name: "none", weight: 0 },
        { name: "all", weight: 1 },
      ],
    };
    await using proxy = testTcpProxy({ clusters: { none: [], all: [host.address] }, config: { weighted_clusters: weighted } });
    for (let index = 0; index < 10; index++) {
      const accepting = host.accept();
      await proxy.connect();
      await accepting;
    }
    expect(host.sockets).toHaveLength(10);
  });
});

describe("a configuration is refused", () => {
  const refused = (config: object): (() => unknown) => {
    return () => testTcpProxy({ clusters: { c: [] }, config });
  };

  test("without a statistics prefix, and without a cluster", () => {
    expect(refused({ stat_prefix: "", cluster: "c" })).toThrow("config.stat_prefix: is required");
    expect(refused({})).toThrow("config: cluster or weighted_clusters is required");
  });

  test("with a cluster that is not there, or weights that are all 0", () => {
    expect(refused({ cluster: "d" })).toThrow('config.cluster: there is no cluster "d"');
    const weighted = (name: string, weight: number): object => ({ weighted_clusters: { clusters: [{ name, weight }] } });
    expect(refused(weighted("d", 1))).toThrow('config.weighted_clusters.clusters[0].name: there is no cluster "d"');
    expect(refused(weighted("c", 0))).toThrow("config.weighted_clusters.clusters: the weights are all 0");
  });

  test("with numbers and times that cannot be", () => {
    expect(refused({ cluster: "c", max_connect_attempts: 0 })).toThrow("config.max_connect_attempts: must be 1 or more, is 0");
    expect(refused({ cluster: "c", max_downstream_connection_duration: "0s" })).toThrow("config.max_downstream_connection_duration");
    expect(refused({ cluster: "c", idle_timeout: "-1s" })).toThrow("config.idle_timeout");
  });
});
