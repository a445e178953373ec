import { expect, test } from "vitest";
import { parameterCount } from "./parameters.ts";

test.for<[string, number]>([
  ["", 0],
  ["I", 1],
  ["ZBCDFIJS", 8],
  ["Ljava/lang/String;", 1],
  ["Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;", 3],
  ["[[I[JLa;", 3],
  ["L;", 1],
  ["V", -1],
  ["[", -1],
  ["La", -1],
  ["I?", -1],
  ["java.lang.String", -1],
])("the descriptors %s are of %i parameters", ([descriptors, count]) => {
  expect(parameterCount(descriptors)).toBe(count);
});
