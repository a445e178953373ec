import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../../config/index.ts";
import { snapshotOf } from "../../runtime/testing.ts";
import { HostHealth } from "../contract.ts";
import { readStaticEndpoints } from "../endpoint.ts";
import type { UpstreamHost } from "../host.ts";
import { anyHost, assignment, passes, RecordingPool, scriptedCheck, settle, testClusters, type TestClusters } from "../testing.ts";

const addresses = (count: number): string[] => Array.from({ length: count }, (_, index) => `10.0.0.1:${index + 1}`);

interface Subject extends TestClusters {
  readonly host: (index: number) => UpstreamHost;
  /** Indices of the hosts that are ejected. */
  readonly ejected: () => number[];
  readonly count: (name: string) => number;
}

/** A cluster of so many hosts, all of which may be ejected unless the fields say otherwise. */
function detecting(hosts: number, fields: object = {}, cluster: object = {}): Subject {
  const clusters = testClusters([
    { load_assignment: assignment(...addresses(hosts)), outlier_detection: { max_ejection_percent: 100, ...fields }, ...cluster },
  ]);
  clusters.manager.start();
  const isEjected = (host: UpstreamHost): boolean => (host.health & HostHealth.Ejected) !== 0;
  const all = (): UpstreamHost[] => clusters.cluster().hosts as UpstreamHost[];
  return {
    ...clusters,
    host: (index) => all()[index]!,
    ejected: () => all().flatMap((host, index) => (isEjected(host) ? [index] : [])),
    count: (name) => clusters.stat(`cluster.c.outlier_detection.ejections_${name}`),
  };
}

function answer(host: UpstreamHost, statuses: readonly number[]): void {
  for (const status of statuses) host.recordResult(status, false);
}

const times = (count: number, status: number): number[] => Array.from({ length: count }, () => status);

describe("failures in a row", () => {
  test("eject a host at the fifth, and take it out of choice", () => {
    const subject = detecting(4);
    const [first] = subject.hosts();
    answer(subject.host(0), times(4, 500));
    expect(subject.ejected()).toEqual([]);
    answer(subject.host(0), [500]);
    expect(subject.ejected()).toEqual([0]);
    expect(subject.count("active")).toBe(1);
    expect(subject.count("enforced_total")).toBe(1);
    expect(subject.count("enforced_consecutive_5xx")).toBe(1);
    expect(subject.count("detected_consecutive_5xx")).toBe(1);
    expect([subject.count("total"), subject.count("consecutive_5xx")]).toEqual([1, 1]);
    const picked = Array.from({ length: 30 }, () => subject.cluster().pickHost(anyHost)?.addressText);
    expect(picked).not.toContain(first);
    expect(subject.runtime.logger.lines.map(({ message }) => message)).toEqual(["cluster c: host 10.0.0.1:1 is ejected: consecutive_5xx"]);
  });

  test("are counted from the last answer that was none", () => {
    const subject = detecting(1);
    answer(subject.host(0), [...times(4, 500), 200, ...times(4, 503), 404, ...times(4, 599)]);
    expect(subject.ejected()).toEqual([]);
  });

  test("of gateways are counted by themselves, and not enforced unless that is asked for", () => {
    const lenient = detecting(2, { consecutive_5xx: 100 });
    answer(lenient.host(0), [...times(4, 502), 500, ...times(4, 503)]);
    expect(lenient.count("detected_consecutive_gateway_failure")).toBe(0);
    answer(lenient.host(0), [504]);
    expect(lenient.count("detected_consecutive_gateway_failure")).toBe(1);
    expect(lenient.ejected()).toEqual([]);

    const strict = detecting(2, { consecutive_5xx: 100, consecutive_gateway_failure: 2, enforcing_consecutive_gateway_failure: 100 });
    answer(strict.host(1), [502, 504]);
    expect(strict.ejected()).toEqual([1]);
    expect(strict.count("enforced_consecutive_gateway_failure")).toBe(1);
  });

  test("that this side saw count as 503 and 504", () => {
    const subject = detecting(1);
    for (const status of [503, 503, 504, 503]) subject.host(0).recordResult(status, true);
    expect(subject.ejected()).toEqual([]);
    subject.host(0).recordConnected();
    subject.host(0).recordResult(504, true);
    expect(subject.ejected()).toEqual([0]);
  });

  test("that this side saw are counted apart where that is asked for: a connection ends the row", () => {
    const subject = detecting(1, { split_external_local_origin_errors: true, consecutive_local_origin_failure: 3 });
    const host = subject.host(0);
    for (const status of [503, 504]) host.recordResult(status, true);
    host.recordConnected();
    answer(host, times(4, 500));
    for (const status of [503, 503]) host.recordResult(status, true);
    expect(subject.ejected()).toEqual([]);
    host.recordResult(503, true);
    expect(subject.ejected()).toEqual([0]);
    expect(subject.count("enforced_consecutive_local_origin_failure")).toBe(1);
    expect(subject.count("detected_consecutive_5xx")).toBe(0);
  });

  test("are counted anew when they have been found and not enforced", () => {
    const subject = detecting(1, { enforcing_consecutive_5xx: 0 });
    answer(subject.host(0), times(14, 500));
    expect(subject.count("detected_consecutive_5xx")).toBe(2);
    expect(subject.count("total")).toBe(2);
    expect(subject.count("enforced_total")).toBe(0);
    expect(subject.ejected()).toEqual([]);
  });

  test("are enforced in the share of cases that is asked for", () => {
    const subject = detecting(200, { consecutive_5xx: 1, enforcing_consecutive_5xx: 30 });
    for (let index = 0; index < 200; index++) answer(subject.host(index), [500]);
    expect(subject.ejected().length).toBeGreaterThan(30);
    expect(subject.ejected().length).toBeLessThan(90);
  });

  test("may be as many as the runtime says", () => {
    const subject = detecting(1, { consecutive_5xx: 9 });
    subject.runtime.flags.current = snapshotOf({ "outlier_detection.consecutive_5xx": 2 });
    answer(subject.host(0), [500, 500]);
    expect(subject.ejected()).toEqual([0]);
  });
});

describe("how many hosts may be ejected", () => {
  test("is a share of all: with the default of 10 %, one of ten and none of nine", () => {
    const nine = detecting(9, { max_ejection_percent: 10 });
    answer(nine.host(0), times(5, 500));
    expect(nine.ejected()).toEqual([]);
    expect(nine.count("overflow")).toBe(1);
    expect(nine.count("total")).toBe(0);
    const ten = detecting(10, { max_ejection_percent: 10 });
    for (const index of [3, 4]) answer(ten.host(index), times(5, 500));
    expect(ten.ejected()).toEqual([3]);
    expect(ten.count("overflow")).toBe(1);
  });

  test("is at least one where that is asked for", () => {
    const subject = detecting(3, { max_ejection_percent: 0, always_eject_one_host: true });
    for (const index of [0, 1]) answer(subject.host(index), times(5, 500));
    expect(subject.ejected()).toEqual([0]);
  });

  test("does not keep the panic threshold from using them all", () => {
    const subject = detecting(2);
    for (const index of [0, 1]) answer(subject.host(index), times(5, 500));
    expect(subject.ejected()).toEqual([0, 1]);
    const picked = new Set(Array.from({ length: 10 }, () => subject.cluster().pickHost(anyHost)?.addressText));
    expect(picked.size).toBe(2);
    expect(subject.stat("cluster.c.lb_healthy_panic")).toBe(10);
  });
});

describe("an ejection", () => {
  const quick = { interval: "1s", base_ejection_time: "3s", max_ejection_time: "8s" };

  /** Seconds until the host is back. */
  const lasts = (subject: Subject): number => {
    let seconds = 0;
    while (subject.ejected().length > 0) {
      subject.runtime.advance(1000);
      seconds++;
    }
    return seconds;
  };

  test("ends at the first interval after its time, with its failures forgiven", () => {
    const subject = detecting(1, quick);
    subject.runtime.advance(500);
    answer(subject.host(0), times(5, 500));
    subject.runtime.advance(3000);
    expect(subject.ejected()).toEqual([0]);
    subject.runtime.advance(1000);
    expect(subject.ejected()).toEqual([]);
    expect(subject.count("active")).toBe(0);
    answer(subject.host(0), times(4, 500));
    expect(subject.ejected()).toEqual([]);
    expect(subject.runtime.logger.lines.at(-1)?.message).toBe("cluster c: host 10.0.0.1:1 is back: its time is over");
  });

  test("grows from one to the next, up to the longest, and shrinks while all is well", () => {
    const subject = detecting(1, quick);
    const measured = Array.from({ length: 4 }, () => {
      answer(subject.host(0), times(5, 500));
      return lasts(subject);
    });
    // Looked at once a second, so up to one more.
    const expected = [3, 6, 8, 8];
    measured.forEach((seconds, index) => expect([expected[index], expected[index]! + 1]).toContain(seconds));
    subject.runtime.advance(10_000);
    answer(subject.host(0), times(5, 500));
    expect(lasts(subject)).toBeLessThanOrEqual(4);
  });

  test("may last up to the jitter longer", () => {
    const subject = detecting(40, { ...quick, max_ejection_time_jitter: "20s" });
    for (let index = 0; index < 40; index++) answer(subject.host(index), times(5, 500));
    subject.runtime.advance(13_000);
    const left = subject.ejected().length;
    expect(left).toBeGreaterThan(8);
    expect(left).toBeLessThan(32);
    subject.runtime.advance(12_000);
    expect(subject.ejected()).toEqual([]);
  });

  test("leaves the host's connections to those that are on them", () => {
    const subject = detecting(2);
    const pool = new RecordingPool();
    subject.host(0).pools.push(pool);
    answer(subject.host(0), times(5, 500));
    expect(pool.calls).toEqual(["drain"]);
  });

  test("outlives an update that keeps the host, and ends with it", () => {
    const subject = detecting(3);
    answer(subject.host(1), times(5, 500));
    const update = (...kept: string[]): void => {
      const message = fromJson("envoy.config.endpoint.v3.ClusterLoadAssignment", assignment(...kept));
      subject.cluster().updateHosts(readStaticEndpoints(message, ConfigPath.root));
    };
    update("10.0.0.1:2", "10.0.0.1:9");
    expect(subject.ejected()).toEqual([0]);
    const gone = subject.host(0);
    update("10.0.0.1:9");
    expect(subject.count("active")).toBe(0);
    update("10.0.0.1:9", "10.0.0.1:2");
    expect(subject.ejected()).toEqual([]);
    // What was under way on the one that is gone.
    answer(gone, times(5, 500));
    expect(subject.count("detected_consecutive_5xx")).toBe(1);
  });

  test("ends with its cluster", () => {
    const subject = detecting(2);
    answer(subject.host(0), times(5, 500));
    expect(subject.count("active")).toBe(1);
    const host = subject.host(1);
    subject.cluster().retire();
    answer(host, times(5, 500));
    expect(subject.count("active")).toBe(0);
  });

  test.each([
    [true, []],
    [false, [0]],
  ])("ends at a passed health check where that is asked for: %s", async (asked, left) => {
    const fields = { successful_active_health_check_uneject_host: asked };
    const subject = detecting(1, fields, { health_checks: [scriptedCheck] });
    await settle();
    await subject.checker.answer("10.0.0.1:1", passes);
    answer(subject.host(0), times(5, 500));
    expect(subject.ejected()).toEqual([0]);
    subject.runtime.advance(61_000);
    // Back by time in any case, were it not for another ejection just now.
    answer(subject.host(0), times(5, 500));
    await subject.checker.answer("10.0.0.1:1", passes);
    expect(subject.ejected()).toEqual(left);
  });
});

describe("rates", () => {
  const fill = (subject: Subject, failuresOf: readonly number[], local = false): void => {
    failuresOf.forEach((failures, index) => {
      for (let request = 0; request < 100; request++) {
        // Never five in a row: failures are spread.
        const fails = Math.floor(((request + 1) * failures) / 100) > Math.floor((request * failures) / 100);
        subject.host(index).recordResult(fails ? 500 : 200, local);
      }
    });
    subject.runtime.advance(10_000);
  };

  test("of success that are far below the average of five hosts eject", () => {
    const subject = detecting(5);
    fill(subject, [50, 0, 0, 0, 0]);
    expect(subject.ejected()).toEqual([0]);
    expect(subject.count("enforced_success_rate")).toBe(1);
    expect([subject.count("total"), subject.count("success_rate")]).toEqual([1, 1]);
    const [status] = subject.manager.describe();
    expect(status?.outliers?.successRates).toEqual({ average: 90, ejectionThreshold: 52 });
    expect(status?.hosts.map(({ successRate }) => successRate)).toEqual([50, 100, 100, 100, 100]);
  });

  test("do not eject where all hosts are alike, too few, or have too few requests", () => {
    const alike = detecting(5);
    fill(alike, [50, 50, 50, 50, 50]);
    const few = detecting(4);
    fill(few, [60, 0, 0, 0]);
    const idle = detecting(5, { success_rate_request_volume: 101 });
    fill(idle, [50, 0, 0, 0, 0]);
    for (const subject of [alike, few, idle]) expect(subject.ejected()).toEqual([]);
    expect(few.manager.describe()[0]?.outliers?.successRates.average).toBe(-1);
  });

  test("of failure at the threshold eject where that is enforced", () => {
    const fields = { failure_percentage_threshold: 60, enforcing_success_rate: 0 };
    const detected = detecting(5, fields);
    fill(detected, [60, 59, 0, 0, 0]);
    expect(detected.ejected()).toEqual([]);
    expect(detected.count("detected_failure_percentage")).toBe(1);
    const enforced = detecting(5, { ...fields, enforcing_failure_percentage: 100 });
    fill(enforced, [60, 59, 60, 0, 0]);
    expect(enforced.ejected()).toEqual([0, 2]);
    expect(enforced.count("enforced_failure_percentage")).toBe(2);
  });

  test("of what this side saw are apart where that is asked for", () => {
    const subject = detecting(5, {
      split_external_local_origin_errors: true,
      failure_percentage_threshold: 40,
      enforcing_failure_percentage_local_origin: 100,
      enforcing_local_origin_success_rate: 0,
    });
    fill(subject, [0, 50, 0, 0, 0], true);
    expect(subject.ejected()).toEqual([1]);
    expect(subject.count("detected_local_origin_success_rate")).toBe(1);
    expect(subject.count("enforced_local_origin_failure_percentage")).toBe(1);
    expect(subject.count("enforced_total")).toBe(1);
    expect(subject.count("detected_success_rate")).toBe(0);
    expect(subject.manager.describe()[0]?.hosts[1]).toMatchObject({ successRate: -1, localSuccessRate: 50 });
  });

  test("are those of one interval: the next begins with nothing", () => {
    const subject = detecting(5);
    fill(subject, [50, 0, 0, 0, 0]);
    subject.runtime.advance(10_000);
    expect(subject.manager.describe()[0]?.hosts.map(({ successRate }) => successRate)).toEqual([-1, -1, -1, -1, -1]);
  });
});

test("a longest ejection that is shorter than the first is refused", () => {
  const fields = { base_ejection_time: "10s", max_ejection_time: "5s" };
  expect(() => detecting(1, fields)).toThrow("outlier_detection.max_ejection_time: must not be shorter than base_ejection_time");
});
