import { isIP } from "node:net";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatEndpoint, type Endpoint } from "../accepted.ts";
import { maxProxyHeaderBytes, readProxyHeader, type ProxyHeader, type ProxyHeaderVersion } from "./proxy-header.ts";

const both: ReadonlySet<ProxyHeaderVersion> = new Set<ProxyHeaderVersion>([1, 2]);
const read = (bytes: Buffer | string): ProxyHeader => readProxyHeader(Buffer.from(bytes as string, "latin1"), both);

const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

function v2(versionAndCommand: number, familyAndTransport: number, payload: Buffer, length: number = payload.length): Buffer {
  const head = Buffer.from([versionAndCommand, familyAndTransport, length >> 8, length & 0xff]);
  return Buffer.concat([signature, head, payload]);
}

interface Written {
  readonly bytes: Buffer;
  readonly version: ProxyHeaderVersion;
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
}

const port = fc.integer({ min: 0, max: 0xffff });
const ipv4 = fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), port);
const ipv6 = fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), port);
const tlvs = fc.uint8Array({ maxLength: 40 });

const groupsOf = (bytes: Uint8Array): string[] =>
  Array.from({ length: 8 }, (_, index) => (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16));
/** RFC 5952 by way of the URL standard, whose serializer is another one than the reader's. */
const canonical = (bytes: Uint8Array): string => new URL(`http://[${groupsOf(bytes).join(":")}]`).hostname.slice(1, -1);

function portsOf(from: number, to: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(from, 0);
  bytes.writeUInt16BE(to, 2);
  return bytes;
}

const version1: fc.Arbitrary<Written> = fc.oneof(
  fc.tuple(ipv4, ipv4).map(([[from, fromPort], [to, toPort]]) => {
    const [source, destination] = [from.join("."), to.join(".")];
    return {
      bytes: Buffer.from(`PROXY TCP4 ${source} ${destination} ${fromPort} ${toPort}\r\n`),
      version: 1 as const,
      source: { address: source, port: fromPort },
      destination: { address: destination, port: toPort },
    };
  }),
  fc.tuple(ipv6, ipv6).map(([[from, fromPort], [to, toPort]]) => ({
    bytes: Buffer.from(`PROXY TCP6 ${groupsOf(from).join(":")} ${groupsOf(to).join(":")} ${fromPort} ${toPort}\r\n`),
    version: 1 as const,
    source: { address: canonical(from), port: fromPort },
    destination: { address: canonical(to), port: toPort },
  })),
  fc.constantFrom("PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 whatever 1 2\r\n").map((line) => ({
    bytes: Buffer.from(line),
    version: 1 as const,
    source: undefined,
    destination: undefined,
  })),
);

const version2: fc.Arbitrary<Written> = fc.oneof(
  fc.tuple(ipv4, ipv4, tlvs).map(([[from, fromPort], [to, toPort], rest]) => ({
    bytes: v2(0x21, 0x11, Buffer.concat([from, to, portsOf(fromPort, toPort), rest])),
    version: 2 as const,
    source: { address: from.join("."), port: fromPort },
    destination: { address: to.join("."), port: toPort },
  })),
  fc.tuple(ipv6, ipv6, tlvs).map(([[from, fromPort], [to, toPort], rest]) => ({
    bytes: v2(0x21, 0x21, Buffer.concat([from, to, portsOf(fromPort, toPort), rest])),
    version: 2 as const,
    source: { address: canonical(from), port: fromPort },
    destination: { address: canonical(to), port: toPort },
  })),
  fc.tuple(fc.constantFrom(0x20, 0x21), tlvs).map(([command, rest]) => ({
    bytes: v2(command, 0x00, Buffer.from(rest)),
    version: 2 as const,
    source: undefined,
    destination: undefined,
  })),
);

describe("a header", () => {
  test("is read whole, with its addresses, and what follows is left alone", () => {
    fc.assert(
      fc.property(fc.oneof(version1, version2), fc.uint8Array({ maxLength: 10 }), ({ bytes, version, source, destination }, rest) => {
        const header = read(Buffer.concat([bytes, rest]));
        expect(header).toMatchObject({ kind: "header", version, length: bytes.length });
        if (header.kind !== "header") return;
        expect(header.source && comparable(header.source)).toEqual(source && comparable(source));
        expect(header.destination && comparable(header.destination)).toEqual(destination && comparable(destination));
      }),
    );
  });

  test("asks for more as long as it is not whole, and never for more than it has", () => {
    fc.assert(
      fc.property(fc.oneof(version1, version2), ({ bytes }) => {
        for (let length = 0; length < bytes.length; length++) {
          const header = read(bytes.subarray(0, length));
          expect(header.kind).toBe("more");
          if (header.kind !== "more") continue;
          expect(header.needed).toBeGreaterThan(length);
          expect(header.needed).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("with bytes changed is read, refused or no header, and nothing is thrown", () => {
    const change = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.oneof(version1, version2), fc.array(change, { minLength: 1, maxLength: 4 }), ({ bytes }, changes) => {
        const changed = Buffer.from(bytes);
        for (const { at, value } of changes) changed[at % changed.length] = value;
        const header = read(changed);
        if (header.kind === "more") expect(header.needed).toBeLessThanOrEqual(maxProxyHeaderBytes);
        if (header.kind !== "header") return;
        expect(header.length).toBeLessThanOrEqual(changed.length);
        for (const end of [header.source, header.destination]) {
          if (end !== undefined && header.version === 1) expect(isIP(end.address)).toBeGreaterThan(0);
          if (end !== undefined) expect(formatEndpoint(end)).not.toBe("");
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("of any bytes at all throws nothing", () => {
    const bytes = fc.uint8Array({ maxLength: 60 });
    fc.assert(fc.property(bytes, (random) => void read(Buffer.concat([signature, random]))));
    fc.assert(fc.property(bytes, (random) => void read(Buffer.concat([Buffer.from("PROXY "), random]))));
    fc.assert(fc.property(bytes, (random) => void read(Buffer.from(random))));
  });

  /** An IPv4 address inside an IPv6 one may be written in two ways. */
  function comparable({ address, port }: Endpoint): Endpoint {
    return { address: address.includes(":") ? new URL(`http://[${address}]`).hostname : address, port };
  }
});

describe("version 1", () => {
  test("as in the protocol's own examples", () => {
    expect(read("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\nGET")).toEqual({
      kind: "header",
      version: 1,
      length: 56,
      source: { address: "255.255.255.255", port: 65_535 },
      destination: { address: "255.255.255.255", port: 65_535 },
    });
    const longest = "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    expect(longest).toHaveLength(107);
    expect(read(longest)).toMatchObject({ kind: "header", length: 107, source: undefined });
  });

  test.for([
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", "CR LF"],
    ["PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", "UDP4"],
    ["PROXY UNKNOWNS\r\n", "UNKNOWNS"],
    ["PROXY \r\n", '""'],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", "addresses or ports"],
    ["PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n", "addresses or ports"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "addresses or ports"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "addresses or ports"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "addresses or ports"],
    ["PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n", "addresses or ports"],
    ["PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n", "addresses or ports"],
    ["PROXY TCP4 ::1 ::1 1 2\r\n", "addresses or ports"],
    ["PROXY TCP6 1.2.3.4 ::1 1 2\r\n", "addresses or ports"],
    ["PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", "addresses or ports"],
    [`PROXY UNKNOWN ${"x".repeat(92)}\r\n`, "within 107 bytes"],
    [`PROXY ${"x".repeat(200)}`, "within 107 bytes"],
  ] as const)("is malformed as %j", ([line, reason]) => {
    expect(read(line)).toMatchObject({ kind: "malformed", version: 1, reason: expect.stringContaining(reason) as string });
  });
});

describe("version 2", () => {
  test("of unix sockets has paths; an abstract one begins with @, and one without a name is unknown", () => {
    const name = (text: string): Buffer => Buffer.concat([Buffer.from(text), Buffer.alloc(108)]).subarray(0, 108);
    const header = read(v2(0x21, 0x31, Buffer.concat([name("/run/a.sock"), name("\0abstract")])));
    expect(header).toMatchObject({ source: { address: "/run/a.sock", port: 0 }, destination: { address: "@abstract", port: 0 } });
    const full = "/".padEnd(108, "x");
    expect(read(v2(0x21, 0x31, Buffer.concat([name(""), name(full)])))).toMatchObject({
      source: undefined,
      destination: { address: full },
    });
  });

  test("that speaks for itself has no addresses, whatever stands there", () => {
    expect(read(v2(0x20, 0x11, Buffer.alloc(12, 1)))).toMatchObject({ kind: "header", length: 28, source: undefined });
    expect(read(v2(0x20, 0xff, Buffer.alloc(0)))).toMatchObject({ kind: "header", length: 16, source: undefined });
  });

  test("may be as long as its length can say", () => {
    const long = v2(0x21, 0x11, Buffer.alloc(0xffff));
    expect(read(long.subarray(0, 100))).toEqual({ kind: "more", needed: maxProxyHeaderBytes });
    expect(read(long)).toMatchObject({ kind: "header", length: maxProxyHeaderBytes });
  });

  test.for([
    [v2(0x11, 0x11, Buffer.alloc(12)), "version 1"],
    [v2(0x31, 0x11, Buffer.alloc(12)), "version 3"],
    [v2(0x22, 0x11, Buffer.alloc(12)), "command 2"],
    [v2(0x21, 0x41, Buffer.alloc(12)), "address family 4"],
    [v2(0x21, 0x12, Buffer.alloc(12)), "transport 2"],
    [v2(0x21, 0x11, Buffer.alloc(11)), "11 bytes are too few"],
    [v2(0x21, 0x21, Buffer.alloc(35)), "35 bytes are too few"],
    [v2(0x21, 0x31, Buffer.alloc(215)), "215 bytes are too few"],
    // Known before the rest is there.
    [v2(0x21, 0x11, Buffer.alloc(0), 5), "5 bytes are too few"],
  ] as const)("is malformed: %#", ([bytes, reason]) => {
    expect(read(bytes)).toMatchObject({ kind: "malformed", version: 2, reason: expect.stringContaining(reason) as string });
  });
});

describe("what is no header", () => {
  test.for(["GET / HTTP/1.1\r\n", "PROXy ", "\r\n\r\n\0\r\nQUIX", "\r\nX", "PROXYTCP4"])("is %j", (text) => {
    expect(read(text)).toEqual({ kind: "none" });
  });

  test("is one of a version that is not looked for", () => {
    const line = Buffer.from("PROXY UNKNOWN\r\n");
    expect(readProxyHeader(line, new Set<ProxyHeaderVersion>([2]))).toEqual({ kind: "none" });
    expect(readProxyHeader(signature, new Set<ProxyHeaderVersion>([1]))).toEqual({ kind: "none" });
    expect(readProxyHeader(Buffer.alloc(0), new Set())).toEqual({ kind: "none" });
  });
});
