import { describe, expect, test } from "vitest";
import type { ControlPlaneTraffic } from "../subscription/index.ts";
import { clustersText } from "./describe.ts";
import { assignment, testClusters, type TestClusters } from "./testing.ts";

function counting(...addresses: string[]): TestClusters & {
  readonly traffic: ControlPlaneTraffic;
  /** Statistics of the cluster that are not 0, without histograms. */
  readonly counts: () => Record<string, number>;
  /** What /clusters tells of a host and is not 0. */
  readonly host: (address: string) => Record<string, number>;
} {
  const clusters = testClusters([{ load_assignment: assignment(...addresses) }]);
  clusters.manager.start();
  const traffic = clusters.manager.controlPlaneTraffic("c");
  if (traffic === undefined) throw new Error("there is no cluster c");
  const counts = (): Record<string, number> => {
    const { counters, gauges } = clusters.store.snapshot();
    const own = [...counters, ...gauges].filter(({ name, value }) => /^cluster\.c\.(.*\.)?upstream_/.test(name) && value > 0);
    return Object.fromEntries(own.map(({ name, value }) => [name.replace("cluster.c.", "").replace("upstream_", ""), value]));
  };
  const host = (address: string): Record<string, number> => {
    const lines = clustersText(clusters.manager.describe()).split("\n");
    const prefix = `c::${address}::`;
    const entries = lines.filter((line) => /::(cx|rq)_/.test(line)).filter((line) => line.startsWith(prefix));
    const numbers = entries.map((line) => line.slice(prefix.length).split("::")).map(([key = "", value]) => [key, Number(value)] as const);
    return Object.fromEntries(numbers.filter(([, value]) => value > 0));
  };
  return { ...clusters, traffic, counts, host };
}

const end = { ms: 10, isLocal: false, wasSilent: false, wasTooLate: false };

describe("what goes to a control plane is counted as Envoy does", () => {
  test("a stream waits for its connection, is sent, answered, and broken when the connection is lost", () => {
    const { traffic, counts, host, stat } = counting("10.0.0.1:80");
    const stream = traffic.open();
    const connection = traffic.connect();
    expect(counts()).toEqual({ cx_total: 1, cx_http2_total: 1, rq_pending_total: 1, rq_pending_active: 1 });
    expect(host("10.0.0.1:80")).toEqual({ cx_total: 1, rq_pending_active: 1 });
    connection.onConnected("10.0.0.1:80", 3);
    stream.onSent();
    expect(counts()).toEqual({ cx_total: 1, cx_http2_total: 1, cx_active: 1, rq_pending_total: 1, rq_total: 1, rq_active: 1 });
    expect(host("10.0.0.1:80")).toEqual({ cx_total: 1, cx_active: 1, rq_total: 1, rq_active: 1 });
    stream.onAnswered();
    stream.onAnswered();
    expect([stat("cluster.c.upstream_rq_200"), stat("cluster.c.internal.upstream_rq_2xx")]).toEqual([1, 1]);
    connection.onEnded(end);
    stream.onEnded(false);
    expect(counts()).toMatchObject({ cx_destroy: 1, cx_destroy_remote: 1, cx_destroy_remote_with_active_rq: 1, rq_total: 1 });
    expect([stat("cluster.c.upstream_cx_active"), stat("cluster.c.upstream_rq_active")]).toEqual([0, 0]);
    expect(host("10.0.0.1:80")).toEqual({ cx_total: 1, rq_total: 1, rq_error: 1 });
    const histograms = ["upstream_cx_connect_ms", "upstream_cx_length_ms", "upstream_rq_per_cx"];
    expect(histograms.map((name) => stat(`cluster.c.${name}`))).toEqual([1, 1, 1]);
  });

  test("a stream without a connection is answered 503 in the control plane's place", () => {
    const { traffic, counts, host } = counting("10.0.0.1:80");
    const stream = traffic.open();
    traffic.connect().onFailed(false);
    stream.onEnded(false);
    expect(counts()).toEqual({
      cx_total: 1,
      cx_http2_total: 1,
      cx_connect_fail: 1,
      cx_destroy: 1,
      cx_destroy_remote: 1,
      rq_pending_total: 1,
      rq_pending_failure_eject: 1,
      rq_503: 1,
      rq_5xx: 1,
      rq_completed: 1,
      "internal.rq_503": 1,
      "internal.rq_5xx": 1,
      "internal.rq_completed": 1,
    });
    expect(host("10.0.0.1:80")).toEqual({ cx_total: 1, cx_connect_fail: 1, rq_error: 1 });
  });

  test("a server that takes the connection and is silent is one that could not be reached in time", () => {
    const { traffic, counts } = counting("10.0.0.1:80");
    const connection = traffic.connect();
    connection.onConnected("10.0.0.1:80", 0);
    connection.onEnded({ ms: 5000, isLocal: true, wasSilent: true, wasTooLate: true });
    const { cx_connect_fail, cx_connect_timeout, cx_destroy_local, cx_active } = counts();
    expect([cx_connect_fail, cx_connect_timeout, cx_destroy_local, cx_active]).toEqual([1, 1, 1, undefined]);
  });

  test("streams on a connection that is there do not wait; a good end is a success, and giving up is told by whether it was sent", () => {
    const { traffic, counts, host } = counting("10.0.0.1:80");
    traffic.connect().onConnected("10.0.0.1:80", 0);
    const [first, second, third] = [traffic.open(), traffic.open(), traffic.open()];
    first.onSent();
    first.onEnded(true);
    second.onSent();
    second.onCancelled();
    third.onCancelled();
    expect(counts()).toEqual({ cx_total: 1, cx_http2_total: 1, cx_active: 1, rq_total: 2, rq_tx_reset: 1, rq_cancelled: 1 });
    expect(host("10.0.0.1:80")).toEqual({ cx_total: 1, cx_active: 1, rq_total: 2, rq_success: 1 });
  });

  test("of several hosts it is the one that the connection has reached", () => {
    const { traffic, counts, host } = counting("10.0.0.1:80", "10.0.0.2:80");
    const stream = traffic.open();
    traffic.connect().onFailed(false);
    const connection = traffic.connect();
    connection.onConnected("10.0.0.2:80", 0);
    stream.onSent();
    expect(counts()).toMatchObject({ cx_total: 2, cx_connect_fail: 1, cx_active: 1, rq_active: 1 });
    expect(host("10.0.0.1:80")).toEqual({});
    expect(host("10.0.0.2:80")).toEqual({ cx_total: 1, cx_active: 1, rq_total: 1, rq_active: 1 });
    connection.onEnded(end);
    stream.onEnded(false);
    expect(host("10.0.0.2:80")).toEqual({ cx_total: 1, rq_total: 1, rq_error: 1 });
  });

  test("a host whose address nobody can tell is not", () => {
    const { traffic, counts } = counting("10.0.0.1:80", "10.0.0.2:80");
    traffic.connect().onConnected(undefined, 0);
    traffic.open().onSent();
    expect(counts()).toMatchObject({ cx_active: 1, rq_active: 1 });
  });
});
