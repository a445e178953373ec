import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecErrorCode } from "@mesh/codec";
import { hessianInt, hessianMessage, hessianString } from "./arbitraries.ts";
import { decodeHessian, encodeHessian } from "./convert.ts";
import { HessianKind } from "./kind.ts";
import { SkippingReader } from "./skipping-reader.ts";
import { HessianDate, HessianDouble, HessianList, HessianMap, HessianObject, HessianRemote, type HessianValue } from "./values.ts";

function readerOf(dialect: "v3" | "v4", values: readonly HessianValue[]): SkippingReader {
  const reader = new SkippingReader(dialect);
  reader.reset(encodeHessian(dialect, values));
  return reader;
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

describe.for(["v3", "v4"] as const)("the skipping reader of %s", (dialect) => {
  test("reads the strings and ints that were written, and goes past the rest", () => {
    const reader = new SkippingReader(dialect);
    const head = fc.array(fc.oneof(hessianString, hessianInt, fc.constant(null)), { maxLength: 6 });
    fc.assert(
      fc.property(head, hessianMessage, hessianString, fc.nat(3), (values, rest, last, before) => {
        const bytes = Buffer.concat([Buffer.alloc(before), encodeHessian(dialect, [...values, ...rest, last])]);
        reader.reset(bytes, before);
        // Texts that were read before are found again.
        for (let time = 0; time < 2; time += 1) {
          reader.reset(bytes, before);
          const read = values.map((value) => (typeof value === "number" ? reader.readInt() : reader.readString()));
          expect(read).toEqual(values);
          for (const _ of rest) expect(reader.skip()).toBe(true);
          expect(reader.readString()).toBe(last);
          expect(reader.done).toBe(true);
        }
      }),
    );
  });

  test("goes past strings, and tells their bytes", () => {
    const long = "a".repeat(0x8001);
    const reader = readerOf(dialect, ["", "plain", "é", "b".repeat(40), long, null]);
    const bytes = encodeHessian(dialect, ["", "plain", "é", "b".repeat(40), long, null]);
    const seen: (string | undefined)[] = [];
    for (let index = 0; index < 5; index += 1) {
      expect(reader.skipString()).toBe(true);
      seen.push(reader.textIsPlain ? bytes.toString("latin1", reader.textStart, reader.textEnd) : undefined);
      expect(reader.offset).toBe(reader.textEnd);
    }
    expect(seen).toEqual(["", "plain", undefined, "b".repeat(40), undefined]);
    expect(reader.skipString()).toBe(false);
    expect(reader.error).toMatchObject({ code: CodecErrorCode.Malformed, message: `Hessian ${dialect}: expected a string, found 0x4e` });
  });

  test("walks through maps, typed and not", () => {
    const attachments = HessianMap.of({ group: "blue", timeout: "3000", none: null });
    const typed = new HessianMap([["k", "v"]], "com.acme.Attachments");
    const reader = readerOf(dialect, [attachments, new HessianMap(), typed, "behind"]);
    const entries: (string | null | undefined)[][] = [];
    for (let map = 0; map < 3; map += 1) {
      expect(reader.kind).toBe(HessianKind.Map);
      expect(reader.enterMap()).toBe(true);
      while (reader.error === undefined && !reader.leaveMap()) entries.push([reader.readString(), reader.readString()]);
    }
    expect(entries).toEqual([
      ["group", "blue"],
      ["timeout", "3000"],
      ["none", null],
      ["k", "v"],
    ]);
    expect(reader.readString()).toBe("behind");
    expect(reader.done).toBe(true);
  });

  test("knows definitions, types and objects of values that it skipped", () => {
    const user = HessianObject.of("com.acme.User", { id: 1n });
    const reader = readerOf(dialect, [new HessianList([user], "com.acme.Users"), user, new HessianObject(user.definition, [2n])]);
    expect([reader.skip(), reader.skip(), reader.skip(), reader.done]).toEqual([true, true, true, true]);
  });

  test("tells the kind of the next value", () => {
    const kinds: readonly [HessianValue, HessianKind][] = [
      [null, HessianKind.Null],
      [true, HessianKind.Boolean],
      [-70_000, HessianKind.Int],
      [2n ** 40n, HessianKind.Long],
      [new HessianDouble(0.1), HessianKind.Double],
      [new HessianDate(1n), HessianKind.Date],
      [Buffer.alloc(20), HessianKind.Binary],
      ["é".repeat(40), HessianKind.String],
      [new HessianList([1], "[int"), HessianKind.List],
      [new HessianMap(), HessianKind.Map],
      [HessianObject.of("com.acme.User", { id: 1n }), HessianKind.Object],
      [HessianObject.of("com.acme.User", { id: 2n }), HessianKind.Object],
    ];
    const first = kinds.map(([value]) => value);
    const shared = first[8] ?? null;
    const reader = readerOf(dialect, [...first, shared]);
    for (const [, kind] of [...kinds, [shared, HessianKind.Reference] as const]) {
      expect(reader.kind).toBe(kind);
      expect(reader.skip()).toBe(true);
    }
    expect(reader.kind).toBe(HessianKind.None);
  });

  test("refuses another value than the one asked for", () => {
    for (const ask of ["readString", "readInt", "enterMap", "skipString"] as const) {
      const reader = readerOf(dialect, [true, "next"]);
      expect(reader[ask]() || undefined).toBeUndefined();
      expect(reader.error).toMatchObject({ code: CodecErrorCode.Malformed, offset: 0 });
      expect([reader.skip(), reader.readString(), reader.readInt(), reader.skipString(), reader.enterMap(), reader.leaveMap()]).toEqual([
        false,
        undefined,
        undefined,
        false,
        false,
        false,
      ]);
      expect(reader.done).toBe(false);
    }
  });

  test("refuses to go on at the end", () => {
    for (const ask of ["readString", "readInt", "enterMap", "skipString", "skip"] as const) {
      const reader = readerOf(dialect, []);
      expect(reader.done).toBe(true);
      expect(reader[ask]() || undefined).toBeUndefined();
      expect(reader.error?.code).toBe(CodecErrorCode.Truncated);
    }
  });

  test("does not read beyond the end it was given", () => {
    const reader = new SkippingReader(dialect);
    const bytes = encodeHessian(dialect, ["com.acme.Echo", "echo"]);
    reader.reset(bytes);
    expect([reader.readString(), reader.readString()]).toEqual(["com.acme.Echo", "echo"]);
    for (let end = 0; end < bytes.length; end += 1) {
      reader.reset(bytes, 0, end);
      expect([reader.readString(), reader.readString()]).toEqual([end < 14 ? undefined : "com.acme.Echo", undefined]);
    }
    reader.reset(bytes, 0, bytes.length + 1);
    expect([reader.readString(), reader.readString(), reader.done]).toEqual(["com.acme.Echo", "echo", true]);
  });

  test("forgets what the last message defined", () => {
    const reader = readerOf(dialect, [HessianObject.of("com.acme.User", {}), new HessianList([], "com.acme.Users")]);
    expect([reader.skip(), reader.skip()]).toEqual([true, true]);
    for (const bytes of dialect === "v3" ? ["6f90", "7690 90", "4a00"] : ["60", "7090", "5190"]) {
      reader.reset(hex(bytes));
      expect(reader.skip()).toBe(false);
      expect(reader.error?.code).toBe(CodecErrorCode.Malformed);
    }
  });
});

test("texts are told apart that differ in any byte", () => {
  const reader = new SkippingReader("v4");
  const text = fc.array(fc.constantFrom("\0", "a", "b", "\x7f", "\x80", "é", "ɐ"), { maxLength: 20 }).map((units) => units.join(""));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
      const bytes = encodeHessian("v4", texts);
      reader.reset(bytes);
      expect(texts.map(() => reader.readString())).toEqual(texts);
      // As many bytes as the text has units, and not the text.
      const broken = Buffer.from(bytes);
      for (let at = 0; at < broken.length; at += 1) if ((broken[at] ?? 0) >= 0x20) broken[at] = (broken[at] ?? 0) ^ 1;
      reader.reset(broken);
      const again = texts.map(() => reader.readString());
      if (reader.error === undefined) expect(again).toEqual(decodeHessian("v4", broken));
    }),
  );
});

test("stubs of remote objects are skipped in v3", () => {
  const reader = readerOf("v3", [new HessianRemote("com.acme.Echo", "http://acme"), new HessianRemote(undefined, ""), 1]);
  expect(reader.kind).toBe(HessianKind.Remote);
  expect([reader.skip(), reader.skip(), reader.readInt(), reader.done]).toEqual([true, true, 1, true]);
});
