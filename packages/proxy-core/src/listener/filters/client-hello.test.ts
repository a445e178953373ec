import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClientHello, readClientHello } from "./client-hello.ts";
import { clientHelloOf, extension, helloMessage, type HelloFields, protocols, records, serverName } from "./client-hello-bytes.ts";

const read = (bytes: Buffer): ClientHello | string => {
  const result = readClientHello(bytes);
  return result.kind === "hello" ? result.hello : result.kind;
};
const made = (fields: HelloFields): ClientHello | string => read(records(helloMessage(fields)));

describe("a ClientHello", () => {
  test("of Node's TLS says which server and protocols it wants, in every version", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const bytes = await clientHelloOf({
        servername: "Shop.Example",
        ALPNProtocols: ["h2", "http/1.1"],
        minVersion: version,
        maxVersion: version,
      });
      expect(read(bytes)).toEqual({ serverName: "shop.example", applicationProtocols: ["h2", "http/1.1"] });
      expect(read(Buffer.concat([bytes, Buffer.from("more")]))).toEqual(read(bytes));
    }
    expect(read(await clientHelloOf({}))).toEqual({ serverName: undefined, applicationProtocols: undefined });
  });

  test("may come without extensions, or with none", () => {
    const nothing = { serverName: undefined, applicationProtocols: undefined };
    expect(made({})).toEqual(nothing);
    expect(made({ extensions: [] })).toEqual(nothing);
    expect(made({ extensions: [extension(43, Buffer.from([2, 3, 4]))] })).toEqual(nothing);
  });

  test("may offer protocols in a way that is the next one's to refuse", () => {
    const offered = (data: Buffer): unknown => made({ extensions: [extension(16, data), serverName("a")] });
    const unreadable = { serverName: "a", applicationProtocols: undefined };
    expect(offered(Buffer.alloc(0))).toEqual(unreadable);
    expect(offered(Buffer.from([0, 0]))).toEqual(unreadable);
    expect(offered(Buffer.from([0, 1, 0]))).toEqual(unreadable);
    expect(offered(Buffer.from([0, 2, 5, 0x61]))).toEqual(unreadable);
    expect(offered(Buffer.from([0, 2, 1, 0x61, 0]))).toEqual(unreadable);
  });
});

describe("no ClientHello", () => {
  test.each([
    ["text", Buffer.from("GET / HTTP/1.1\r\n")],
    ["another kind of record", Buffer.from([23, 3, 3, 0, 1, 0])],
    ["another version of records", Buffer.from([22, 2, 0])],
    ["a record that is too long", Buffer.from([22, 3, 1, 0xff, 0xff])],
    ["another message", Buffer.from([22, 3, 1, 1, 0, 2])],
    ["a message that is too long", Buffer.from([22, 3, 1, 0, 4, 1, 0, 0x40, 1])],
    ["an alert", Buffer.from([21, 3, 1, 0, 2, 2, 40])],
  ])("is %s", (_, bytes) => {
    expect(read(bytes)).toBe("none");
  });

  test.each<[string, HelloFields]>([
    ["of SSL 3.0", { version: 0x0300 }],
    ["of another protocol", { version: 0xfeff }],
    ["whose session is too long", { sessionBytes: 33 }],
    ["without cipher suites", { cipherSuites: Buffer.alloc(0) }],
    ["with half a cipher suite", { cipherSuites: Buffer.alloc(3) }],
    ["without a compression", { compressions: Buffer.alloc(0) }],
    ["with an extension twice", { extensions: [serverName("a"), serverName("b")] }],
    ["with an extension that is cut short", { extensions: [Buffer.from([0, 0, 0, 9, 1])] }],
    ["with a name of another kind", { extensions: [serverName("a", 1)] }],
    ["with an empty name", { extensions: [serverName("")] }],
    ["with a zero in the name", { extensions: [serverName("a\0b")] }],
    ["with a name that is too long", { extensions: [serverName("a".repeat(256))] }],
  ])("is one %s", (_, fields) => {
    expect(made(fields)).toBe("none");
  });
});

const name = fc.stringMatching(/^[a-z0-9.-]{1,255}$/);
const offer = fc.array(fc.stringMatching(/^[a-z0-9/.]{1,20}$/), { minLength: 1, maxLength: 5 });
const other = fc.tuple(fc.integer({ min: 17, max: 65_535 }), fc.uint8Array({ maxLength: 40 }));
/** A ClientHello with what it says. */
const hello = fc
  .record({
    name: fc.option(name, { nil: undefined }),
    offer: fc.option(offer, { nil: undefined }),
    others: fc.uniqueArray(other, { selector: ([type]) => type, maxLength: 6 }),
    sessionBytes: fc.integer({ min: 0, max: 32 }),
  })
  .map(({ name: wanted, offer: offered, others, sessionBytes }) => {
    const extensions = others.map(([type, data]) => extension(type, Buffer.from(data)));
    if (wanted !== undefined) extensions.push(serverName(wanted));
    if (offered !== undefined) extensions.unshift(protocols(...offered));
    return { message: helloMessage({ sessionBytes, extensions }), says: { serverName: wanted, applicationProtocols: offered } };
  });

describe("the reader of ClientHellos", () => {
  test("finds what is said, in records of any length, and knows how many bytes it needs", () => {
    fc.assert(
      fc.property(hello, fc.integer({ min: 1, max: 600 }), ({ message, says }, size) => {
        const bytes = records(message, size);
        let needed = 0;
        let asked = 0;
        for (;;) {
          const result = readClientHello(bytes.subarray(0, needed));
          if (result.kind === "more") {
            expect(result.needed).toBeGreaterThan(needed);
            expect(result.needed).toBeLessThanOrEqual(bytes.length);
            needed = result.needed;
            asked++;
            continue;
          }
          expect(result).toEqual({ kind: "hello", hello: says });
          expect(asked).toBeLessThanOrEqual(5 * Math.ceil(message.length / size));
          return;
        }
      }),
    );
  });

  test("wants more of each beginning, and never changes its mind", () => {
    fc.assert(
      fc.property(hello, fc.integer({ min: 20, max: 600 }), fc.nat(), ({ message }, size, at) => {
        const bytes = records(message, size);
        expect(readClientHello(bytes.subarray(0, at % bytes.length)).kind).toBe("more");
      }),
    );
  });

  test("says the same of the same bytes wherever they are cut, and throws at none", () => {
    const mutated = fc
      .tuple(hello, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }))
      .map(([{ message }, changes]) => {
        const bytes = records(message, 200);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    const anything = fc.oneof(
      mutated,
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from([22, 3, 1, 0, 60, 1, 0, 0, 56, ...bytes])),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const whole = readClientHello(bytes);
        for (let length = 0; length < bytes.length; length++) {
          const result = readClientHello(bytes.subarray(0, length));
          if (result.kind !== "more") expect(result).toEqual(whole);
        }
      }),
      { numRuns: 300 },
    );
  });
});
