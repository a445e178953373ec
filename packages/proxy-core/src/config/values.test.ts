import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMessage, fromJson } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptySnapshot } from "../runtime/index.ts";
import { snapshotOf } from "../runtime/testing.ts";
import { ConfigPath } from "./path.ts";
import {
  durationMs,
  fractionalPercent,
  numberInRange,
  percent,
  readDataSource,
  required,
  requiredString,
  runtimeFraction,
  wrappedNumber,
  wrapperValue,
} from "./values.ts";

const path = ConfigPath.root.field("timeout");
const duration = (text: string) => fromJson("google.protobuf.Duration", text);

describe("a duration", () => {
  test("is read in milliseconds, with fractions", () => {
    expect(durationMs(duration("1.5s"), path)).toBe(1500);
    expect(durationMs(duration("0.0005s"), path)).toBe(0.5);
    expect(durationMs(null, path)).toBeUndefined();
  });

  test("is held against its range", () => {
    expect(() => durationMs(duration("-1s"), path)).toThrow("timeout: must be 0s or longer, is -1s");
    expect(() => durationMs(duration("0s"), path, { above: 0 })).toThrow("timeout: must be longer than 0s, is 0s");
    expect(() => durationMs(duration("1s"), path, { min: 2000 })).toThrow("timeout: must be 2s or longer, is 1s");
    expect(() => durationMs(duration("3s"), path, { max: 2000 })).toThrow("timeout: must be 2s or shorter, is 3s");
    expect(durationMs(duration("-1s"), path, { min: -1000 })).toBe(-1000);
  });

  test("from a binary message may be no duration at all", () => {
    const broken = createMessage("google.protobuf.Duration", { seconds: 1, nanos: -5 });
    expect(() => durationMs(broken, path)).toThrow("timeout: not a duration: 1 seconds and -5 nanoseconds");
    const endless = createMessage("google.protobuf.Duration", { seconds: 2 ** 52 });
    expect(() => durationMs(endless, path)).toThrow("not a duration");
  });
});

describe("a number", () => {
  test("inside its range is given back", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.nat(), (value, below, above) => {
        expect(numberInRange(value, path, { min: value - below, max: value + above })).toBe(value);
      }),
    );
  });

  test("outside its range is refused with the range", () => {
    expect(() => numberInRange(0, path, { min: 1, max: 9 })).toThrow("timeout: must be from 1 to 9, is 0");
    expect(() => numberInRange(0, path, { min: 1 })).toThrow("timeout: must be 1 or more, is 0");
    expect(() => numberInRange(2, path, { max: 1 })).toThrow("timeout: must be 1 or less, is 2");
    expect(() => numberInRange(Number.NaN, path, { min: 0 })).toThrow("is NaN");
  });

  test("in a wrapper may be absent", () => {
    expect(wrapperValue(null)).toBeUndefined();
    expect(wrapperValue({ value: false })).toBe(false);
    expect(wrappedNumber(null, path, { min: 1 })).toBeUndefined();
    expect(() => wrappedNumber({ value: 0 }, path, { min: 1 })).toThrow("must be 1 or more");
  });
});

describe("a percentage", () => {
  const fraction = (json: object) => fromJson("envoy.type.v3.FractionalPercent", json);

  test("is read as a fraction of 1, whatever its denominator, and is never more than that", () => {
    expect(fractionalPercent(fraction({ numerator: 25 }), path)).toBe(0.25);
    expect(fractionalPercent(fraction({ numerator: 25, denominator: "TEN_THOUSAND" }), path)).toBe(0.0025);
    expect(fractionalPercent(fraction({ numerator: 25, denominator: "MILLION" }), path)).toBe(0.000025);
    expect(fractionalPercent(fraction({ numerator: 101 }), path)).toBe(1);
    expect(fractionalPercent(null, path)).toBeUndefined();
    expect(percent(fromJson("envoy.type.v3.Percent", { value: 12.5 }), path)).toBe(0.125);
    expect(percent(null, path)).toBeUndefined();
  });

  test("out of range is refused", () => {
    expect(() => percent({ value: 100.5 }, path)).toThrow("timeout.value: must be from 0 to 100, is 100.5");
  });

  test("of a runtime fraction is its default value, or what its key says", () => {
    const message = fromJson("envoy.config.core.v3.RuntimeFractionalPercent", { default_value: { numerator: 50 }, runtime_key: "a" });
    const fraction = runtimeFraction(message, path);
    expect(fraction?.in(emptySnapshot)).toBe(0.5);
    expect(fraction?.in(snapshotOf({ a: 0.25 }))).toBe(0.25);
    expect(runtimeFraction(null, path)).toBeUndefined();
    expect(() => runtimeFraction(createMessage("envoy.config.core.v3.RuntimeFractionalPercent"), path)).toThrow(
      "timeout.default_value: is required",
    );
  });
});

test("what is required is given back, or refused where it is missing", () => {
  expect(required(0, path)).toBe(0);
  expect(() => required(null, path)).toThrow("timeout: is required");
  expect(requiredString("a", path)).toBe("a");
  expect(() => requiredString("", path)).toThrow("timeout: is required");
});

describe("a data source", () => {
  const source = (json: object) => fromJson("envoy.config.core.v3.DataSource", json);

  test("is text, bytes or a file", () => {
    const file = join(mkdtempSync(join(tmpdir(), "mesh-config-")), "body");
    writeFileSync(file, "from a file");
    expect(readDataSource(source({ inline_string: "ä" }), path)).toEqual(Buffer.from("ä"));
    expect(readDataSource(source({ inline_bytes: "AP8=" }), path)).toEqual(Buffer.from([0, 255]));
    expect(readDataSource(source({ filename: file }), path).toString()).toBe("from a file");
  });

  test("that is not there is refused", () => {
    expect(() => readDataSource(source({}), path)).toThrow("timeout: one of filename, inline_bytes, inline_string is required");
    expect(() => readDataSource(source({ filename: "/nowhere/at/all" }), path)).toThrow("timeout.filename: cannot be read: ENOENT");
  });
});
