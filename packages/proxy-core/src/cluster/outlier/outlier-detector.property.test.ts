import fc from "fast-check";
import { expect, test } from "vitest";
import { HostHealth } from "../contract.ts";
import { assignment, testClusters } from "../testing.ts";

type Step =
  | { readonly kind: "answer"; readonly host: number; readonly status: number; readonly local: boolean; readonly count: number }
  | { readonly kind: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("answer" as const),
      host: fc.nat({ max: 5 }),
      status: fc.constantFrom(200, 404, 500, 502, 503, 504),
      local: fc.boolean(),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 20_000 }) }) },
);

const settings = fc.record({
  consecutive_5xx: fc.integer({ min: 0, max: 4 }),
  max_ejection_percent: fc.integer({ min: 0, max: 100 }),
  always_eject_one_host: fc.boolean(),
  split_external_local_origin_errors: fc.boolean(),
  success_rate_request_volume: fc.constant(3),
  failure_percentage_request_volume: fc.constant(2),
  enforcing_failure_percentage: fc.constantFrom(0, 50, 100),
});

test("whatever hosts answer, no more are ejected than may be, the gauge tells how many, and all come back in time", () => {
  fc.assert(
    fc.property(settings, fc.array(step, { maxLength: 60 }), (fields, steps) => {
      const addresses = Array.from({ length: 6 }, (_, index) => `10.0.0.1:${index + 1}`);
      const clusters = testClusters([
        { load_assignment: assignment(...addresses), outlier_detection: { ...fields, base_ejection_time: "5s", max_ejection_time: "20s" } },
      ]);
      clusters.manager.start();
      const { hosts } = clusters.cluster();
      const ejected = (): number => hosts.filter(({ health }) => (health & HostHealth.Ejected) !== 0).length;
      const active = (): number => clusters.stat("cluster.c.outlier_detection.ejections_active");
      const most = Math.max(Math.floor((6 * fields.max_ejection_percent) / 100), fields.always_eject_one_host ? 1 : 0);
      for (const item of steps) {
        if (item.kind === "wait") clusters.runtime.advance(item.ms);
        else for (let i = 0; i < item.count; i++) hosts[item.host]?.recordResult(item.status, item.local);
        expect(ejected()).toBeLessThanOrEqual(most);
        expect(active()).toBe(ejected());
        expect(clusters.stat("cluster.c.membership_healthy")).toBe(6 - ejected());
      }
      clusters.runtime.advance(60_000);
      expect(ejected()).toBe(0);
      clusters.manager.close();
    }),
    { numRuns: 100 },
  );
});
