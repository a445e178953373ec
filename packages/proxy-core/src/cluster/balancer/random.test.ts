import { describe, test } from "vitest";
import { balancerProperties } from "../balancer-compliance.ts";
import { randomPicker } from "./random.ts";

describe("the random balancer", () => {
  for (const { name, run } of balancerProperties({ followsWeights: true, create: (random) => (hosts) => randomPicker(hosts, random) })) {
    test(name, run);
  }
});
