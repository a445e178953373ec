import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requestWires } from "./arbitraries.ts";
import { http1Detector } from "./index.ts";

const detect = (text: string): string => http1Detector.detect(Buffer.from(text, "latin1"));

describe("the detector of HTTP/1", () => {
  test.each([
    "GET / HTTP/1.1",
    "G",
    "OPTIONS *",
    "CONNECT [::1]:1",
    "CONNECT a",
    "POST http://a/",
    "M-SEARCH *",
    "UPDATEREDIRECTREF /",
    "get /",
  ])("knows %s, and does not decide against it earlier", (text) => {
    for (let length = 0; length < text.length; length++) expect(["more", "match"]).toContain(detect(text.slice(0, length)));
    expect(detect(text)).toBe(text === "G" ? "more" : "match");
  });

  test.each([
    ["the HTTP/2 preface", "PRI * HTTP/2.0\r\n"],
    ["TLS", "\x16\x03\x01"],
    ["Bolt", "\x01\x01\x00\x01"],
    ["Dubbo", "\xda\xbb\xc2"],
    ["a response", "HTTP/1.1 200 OK"],
    ["SMTP", "EHLO example.com"],
    ["SSH", "SSH-2.0-OpenSSH"],
    ["an empty line", "\r\n"],
    ["a long word", "A".repeat(21)],
    ["a lone space", " / HTTP/1.1"],
    ["a fragment of CONNECT", "CONNECT  a"],
  ])("does not take %s for it", (_, text) => {
    expect(detect(text)).toBe("mismatch");
  });

  test("waits where HTTP/2 begins the same", () => {
    expect(["", "P", "PR", "PRI"].map(detect)).toEqual(["more", "more", "more", "more"]);
    expect(detect("PRI ")).toBe("mismatch");
  });

  test("matches every request whose method is made of letters", () => {
    const registered = requestWires.filter(({ message }) => /^[A-Za-z-]{1,20}$/.test(message.start[0]) && message.start[0] !== "PRI");
    fc.assert(
      fc.property(registered, ({ bytes }) => {
        expect(http1Detector.detect(bytes)).toBe("match");
      }),
    );
  });

  test("decides once and for all, and needs no more bytes than it says", () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string({ unit: fc.constantFrom("A", "z", "-", " ", "/", "*", "P", "R", "I"), maxLength: 40 }),
    );
    fc.assert(
      fc.property(noise, (some) => {
        const bytes = typeof some === "string" ? Buffer.from(some) : Buffer.from(some);
        const answers = Array.from({ length: bytes.length + 1 }, (_, length) => http1Detector.detect(bytes.subarray(0, length)));
        const decided = answers.filter((answer) => answer !== "more");
        expect(new Set(decided).size).toBeLessThanOrEqual(1);
        expect(answers.lastIndexOf("more")).toBeLessThan(answers.length - decided.length);
        expect(answers.slice(http1Detector.detectBytes)).not.toContain("more");
      }),
    );
  });
});
