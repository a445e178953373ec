import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { compileTimeFormat, isoTimeFormat } from "./time-format.ts";

const path = ConfigPath.of("text_format");
const moment = Date.UTC(2018, 3, 5, 1, 2, 3, 45);
const utc = (pattern: string, ms: number = moment): string => compileTimeFormat(pattern, false, path)(ms);

describe("START_TIME", () => {
  test("without a format is what Date writes", () => {
    const format = isoTimeFormat();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => {
        expect(format(ms)).toBe(new Date(ms).toISOString());
        expect(format(ms + 1)).toBe(new Date(ms + 1).toISOString());
      }),
    );
  });

  test.each([
    ["%Y/%m/%dT%H:%M:%S%z %s", "2018/04/05T01:02:03+0000 1522890123"],
    ["%s.%3f", "1522890123.045"],
    ["%s.%6f|%9f|%f|%1f", "1522890123.045000|045000000|045000000|0"],
    ["%Y-%m-%dT%H:%M:%E3SZ", "2018-04-05T01:02:03.045Z"],
    ["%E0S|%E*S|%E*f|%E6f", "03|03.045|045|045000"],
    ["%F %T %R %D %Ez %Z", "2018-04-05 01:02:03 01:02 04/05/18 +00:00 UTC"],
    ["%a %A %b %B %h %e %j %u %w %y %I %p", "Thu Thursday Apr April Apr  5 095 4 4 18 01 AM"],
    ["100%% sure", "100% sure"],
    ["%ms", "04s"],
  ])("%s is written as %s", (pattern, expected) => {
    expect(utc(pattern)).toBe(expected);
  });

  test("noon and midnight are twelve o'clock, and Sunday is day 7", () => {
    expect(utc("%I %p %u", Date.UTC(2024, 0, 7, 0))).toBe("12 AM 7");
    expect(utc("%I %p %j", Date.UTC(2024, 11, 31, 12))).toBe("12 PM 366");
  });

  test("in local time shows the zone's fields and offset", () => {
    const local = new Date(moment);
    const offset = -local.getTimezoneOffset();
    const text = compileTimeFormat("%H:%M %s %Ez", true, path)(moment);
    const pad = (value: number): string => String(value).padStart(2, "0");
    const sign = offset < 0 ? "-" : "+";
    const hours = pad(Math.floor(Math.abs(offset) / 60));
    expect(text).toBe(`${pad(local.getHours())}:${pad(local.getMinutes())} 1522890123 ${sign}${hours}:${pad(Math.abs(offset) % 60)}`);
  });

  test.each(["%Q", "%", "%E", "a\nb", "%Y%"])("refuses %j", (pattern) => {
    expect(() => utc(pattern)).toThrow("text_format: the time format");
  });
});
