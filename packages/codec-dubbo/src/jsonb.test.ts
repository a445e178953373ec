import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeJsonbInt, encodeJsonbString, intAt, intEnd, isComplexJsonb, jsonbEnd, jsonbText, stringAt, stringEnd } from "./jsonb.ts";

/** What fastjson2 2.0.52 wrote with the features that Dubbo 3.2 sets; and the text that a header map has for it, if any. */
const written: readonly (readonly [name: string, hex: string, text: string | null | undefined])[] = [
  ["null", "af", null],
  ["true", "b1", "true"],
  ["the int 0", "00", "0"],
  ["the int -16", "f0", "-16"],
  ["the int 47", "2f", "47"],
  ["the int -2048", "3000", "-2048"],
  ["the int 3000", "440bb8", "3000"],
  ["the int 300000", "48000493e0", "300000"],
  ["the int -262144", "400000", "-262144"],
  ["the long 1", "e1", "1"],
  ["the long 2047", "d7ff", "2047"],
  ["the long 300000", "bf000493e0", "300000"],
  ["the long -262144", "c00000", "-262144"],
  ["the long 1099511627776", "be0000010000000000", "1099511627776"],
  ["the byte 4", "bd04", "4"],
  ["the short -32768", "bc8000", "-32768"],
  ["the double 0", "b2", "0"],
  ["the double 1", "b3", "1"],
  ["the double 3", "b4e3", "3"],
  ["the double 0.1", "b53fb999999999999a", "0.1"],
  ["the float 0.5", "b73f000000", "0.5"],
  ["the float 2", "b602", "2"],
  ["a BigDecimal", "b9023cd2", undefined],
  ["a BigDecimal of many digits", "b901bb0d0f951a9fa3a286c94f0e766c39", undefined],
  ["a whole BigDecimal", "b8e7", undefined],
  ["a BigInteger", "bae5", undefined],
  ["a BigInteger of many digits", "bb0d018ee90ff6c373e0ee4e3f0ad2", undefined],
  ["a char", "903841", undefined],
  ["a wide char", "90444f60", undefined],
  ["a Date", "ab0000018bcfe5687b", undefined],
  ["a Date of whole seconds", "ac6553f100", undefined],
  ["another Date", "ac6553f128", undefined],
  ["a LocalDateTime", "a807e8010203040506", undefined],
  ["a LocalDate", "a907e80102", undefined],
  ["a LocalTime", "a7010203483b9ac9ff", undefined],
  ["a ZonedDateTime", "aa07e801020304050656417369612f5368616e67686169", undefined],
  ["an Instant", "aee548000493e0", undefined],
  ["a UUID", "911000112233445566778899aabbccddeeff", undefined],
  ["a byte[]", "924b5b42009103010203", undefined],
  ["an int[]", "924b5b4900970102392c", undefined],
  ["a String[]", "92505b537472696e6700964a614a62", undefined],
  ["a double[]", "924b5b440096b3b54004000000000000", undefined],
  ["a String", "4e68656c6c6f", "hello"],
  ["an empty String", "49", ""],
  ["a String in Latin-1", "4b68e9", "hé"],
  ["a String in UTF-16", "7c04604f7d59", "你好"],
  ["a String in UTF-8", "7a04f09f9880", "😀"],
  ["a String of 48 characters", `793830${"78".repeat(48)}`, "x".repeat(48)],
  ["an ArrayList", "98014a61afe2", undefined],
  ["a list of 20", "a4144a714a714a714a714a714a714a714a714a714a714a714a714a714a714a714a714a714a714a714a71", undefined],
  ["Collections.emptyList()", "92686a6176612e7574696c2e436f6c6c656374696f6e7324456d7074794c6973740094", undefined],
  [
    "an unmodifiable list",
    "927938326a6176612e7574696c2e436f6c6c656374696f6e7324556e6d6f6469666961626c6552616e646f6d4163636573734c697374009501",
    undefined,
  ],
  ["a LinkedHashMap with references", "924b4c4d00a64e67726f75704a674a6e014a6c9601024b6c32934c242e6c4d73656c66934b2e2ea5", undefined],
  [
    "a HashMap of objects",
    "a679383c7878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878784b68e94c6f626a924c4f245000a67f4c61676501037f4a6302007f4a6d03924b4c4d04a6a57f4d6e616d65054c426f627f4d73656c6606afa54d6f626a32934e242e6f626a4e67726f75704a674d6f626a339200a67f01037f02007f039204a6a57f054c426f627f06afa5a5",
    undefined,
  ],
  ["a map with keys that are no strings", "a6af4a6e0102e34a78a5", undefined],
  [
    "an object that refers to itself",
    "924c4f245000a67f4c61676501037f4a6302007f4a6d03924b4c4d04a64a70934a24a57f4d6e616d65054c426f627f4d73656c6606934b2e2ea5",
    undefined,
  ],
  [
    "a list of objects of one class",
    "97924c4f245000a67f4c61676501037f4a6302007f4a6d03924b4c4d04a64a70934d245b305da57f4d6e616d65054c426f627f4d73656c6606934b2e2ea59200a67f01037f02007f039204a6a57f054c426f627f06afa59200a67f01037f02007f039204a6a57f054c426f627f06afa5",
    undefined,
  ],
  ["an enum", "92504f24436f6c6f72004c524544", undefined],
  ["a Class", "92586a6176612e6c616e672e436c61737300596a6176612e6c616e672e537472696e67", undefined],
  ["an Optional", "4a61", "a"],
  ["a Locale", "4e656e5f5553", "en_US"],
  ["a TreeMap", "9250547265654d617000a64a614a62a5", undefined],
  [
    "an exception",
    "925e496c6c6567616c5374617465457863657074696f6e00a67f5664657461696c4d657373616765014d626f6f6d7f53737461636b54726163650295a67f5166696c654e616d65034f4f2e6a6176617f536c696e654e756d62657204157f52636c6173734e616d65054a4f7f536d6574686f644e616d65064d6d61696ea57f5d73757070726573736564457863657074696f6e730792686a6176612e7574696c2e436f6c6c656374696f6e7324456d7074794c6973740894a5",
    undefined,
  ],
  ["an AtomicLong", "925341746f6d69634c6f6e6700e5", undefined],
  ["a BitSet", "910105", undefined],
  [
    "an Object[]",
    "924b5b4f0098903861014a78924c4f245001a67f4c61676502037f4a6303007f4a6d04924b4c4d05a6a57f4d6e616d65064c426f627f4d73656c6607afa5",
    undefined,
  ],
  ["a Duration", "4d50543553", "PT5S"],
];

describe("a value that Java wrote", () => {
  test.for(written)("ends where its bytes end: %s", ([, hex]) => {
    const bytes = Buffer.from(`${hex}00a5`, "hex");
    const end = bytes.length - 2;
    expect(jsonbEnd(bytes, 0, end)).toBe(end);
    expect(jsonbEnd(bytes, 0, bytes.length)).toBe(end);
    for (let cut = 0; cut < end; cut += 1) expect(jsonbEnd(bytes, 0, cut)).toBe(-1);
  });

  test.for(written)("has a text if it is a scalar: %s", ([, hex, text]) => {
    const bytes = Buffer.from(hex, "hex");
    expect(jsonbText(bytes, 0, bytes.length)).toBe(text);
    if (text !== undefined) expect(isComplexJsonb(bytes, 0)).toBe(false);
  });
});

describe("what is written", () => {
  test("is an int in its shortest form, as Java writes it", () => {
    const forms = {
      0: "00",
      [-16]: "f0",
      47: "2f",
      48: "3830",
      [-2048]: "3000",
      3000: "440bb8",
      300_000: "48000493e0",
      [-262_144]: "400000",
    };
    for (const [value, hex] of Object.entries(forms)) expect(encodeJsonbInt(Number(value)).toString("hex")).toBe(hex);
  });

  test("is read again", () => {
    fc.assert(
      fc.property(fc.integer(), fc.string({ unit: "grapheme", maxLength: 60 }), (number, text) => {
        const int = encodeJsonbInt(number);
        expect(intEnd(int, 0, int.length)).toBe(int.length);
        expect(intAt(int, 0)).toBe(number);
        const string = encodeJsonbString(text);
        expect(stringEnd(string, 0, string.length)).toBe(string.length);
        expect(stringAt(string, 0, string.length)).toBe(text);
      }),
    );
  });
});

describe("bytes that are no JSONB", () => {
  test.for<[string, string]>([
    ["the end of an object", "a5"],
    ["a length that is negative", "79f04141"],
    ["a length that is a string", "794a41"],
    ["a length over the end", "7a0541"],
    ["an object without its end", "a64a6101"],
    ["a name without a value", "a64a61a5"],
    ["a type without a value", "924a6100"],
    ["a symbol without a number", "7f4a61"],
    ["an array that promises too much", "a4487fffffff01"],
    ["a negative array", "a4ff"],
    ["a decimal that is none", "b902a6a5"],
  ])("have no end: %s", ([, hex]) => {
    const bytes = Buffer.from(hex, "hex");
    expect(jsonbEnd(bytes, 0, bytes.length)).toBe(-1);
  });

  test("do not overflow the stack, and are refused when nested deeper than fastjson2 reads", () => {
    const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x95), Buffer.from([1])]);
    expect(jsonbEnd(nested(2048), 0, 2049)).toBe(2049);
    expect(jsonbEnd(nested(2049), 0, 2050)).toBe(-1);
    expect(jsonbEnd(Buffer.alloc(1_000_000, 0xa6), 0, 1_000_000)).toBe(-1);
  });

  test("are walked without going beyond the end, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
        const bytes = Buffer.concat([noise, Buffer.alloc(64, 0xa5)]);
        const end = jsonbEnd(bytes, 0, noise.length);
        expect(end).toBeLessThanOrEqual(noise.length);
        expect(jsonbEnd(Buffer.from(noise), 0, noise.length)).toBe(end);
        if (end >= 0) expect(() => jsonbText(Buffer.from(noise), 0, end)).not.toThrow();
      }),
    );
  });

  test("in GB 18030, which Node does not read, have no text", () => {
    const bytes = Buffer.from("7e02c4e3", "hex");
    expect(jsonbEnd(bytes, 0, bytes.length)).toBe(bytes.length);
    expect(jsonbText(bytes, 0, bytes.length)).toBeUndefined();
  });
});
