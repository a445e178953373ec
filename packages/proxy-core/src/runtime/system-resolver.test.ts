import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SystemResolver } from "./system-resolver.ts";

const typeA = 1;
const typeAaaa = 28;

/** Records of one name: IPv4 addresses, IPv6 addresses as 16 bytes, time to live. */
interface Zone {
  readonly a: readonly (readonly number[])[];
  readonly aaaa: readonly Buffer[];
  readonly ttl: number;
}

/** A name server on loopback, as much of RFC 1035 as two record types need. */
class NameServer {
  readonly socket: Socket = createSocket("udp4");
  readonly zones = new Map<string, Zone>();
  readonly asked: string[] = [];

  async start(): Promise<string> {
    this.socket.on("message", (query, peer) => this.socket.send(this.#answer(query), peer.port, peer.address));
    this.socket.bind(0, "127.0.0.1");
    await once(this.socket, "listening");
    return `127.0.0.1:${this.socket.address().port}`;
  }

  #answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join(".").toLowerCase();
    const type = query.readUInt16BE(at + 1);
    this.asked.push(`${name}/${type}`);
    const zone = this.zones.get(name);
    const data = zone === undefined ? [] : type === typeA ? zone.a.map((bytes) => Buffer.from(bytes)) : type === typeAaaa ? zone.aaaa : [];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | (zone === undefined ? 3 : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(data.length, 6);
    const records = data.map((bytes) => {
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(zone?.ttl ?? 0, 6);
      record.writeUInt16BE(bytes.length, 10);
      return Buffer.concat([record, bytes]);
    });
    return Buffer.concat([header, query.subarray(12, at + 5), ...records]);
  }
}

describe("system resolver", () => {
  let server: NameServer;
  let address = "";
  let folder = "";
  beforeEach(async () => {
    server = new NameServer();
    address = await server.start();
    folder = await mkdtemp(join(tmpdir(), "resolver-"));
  });
  afterEach(async () => {
    server.socket.close();
    await rm(folder, { recursive: true });
  });
  const resolver = (): SystemResolver => new SystemResolver({ servers: [address], hostsFile: join(folder, "hosts") });

  test("an address needs no name server", async () => {
    await expect(resolver().resolve("192.0.2.7", "v6-only")).resolves.toEqual([{ address: "192.0.2.7", family: 4, ttlSeconds: undefined }]);
    await expect(resolver().resolve("::1", "auto")).resolves.toEqual([{ address: "::1", family: 6, ttlSeconds: undefined }]);
    expect(server.asked).toEqual([]);
  });

  test("answers of name servers come with the seconds that they may be kept", async () => {
    server.zones.set("web.example", {
      a: [
        [192, 0, 2, 1],
        [192, 0, 2, 2],
      ],
      aaaa: [],
      ttl: 17,
    });
    const addresses = await resolver().resolve("web.example", "v4-only");
    expect(addresses.toSorted((left, right) => left.address.localeCompare(right.address))).toEqual([
      { address: "192.0.2.1", family: 4, ttlSeconds: 17 },
      { address: "192.0.2.2", family: 4, ttlSeconds: 17 },
    ]);
  });

  test("the family chosen is Envoy's: auto takes IPv6 and falls back, v4-preferred the other way round, all takes both", async () => {
    const v6 = Buffer.from("20010db8000000000000000000000001", "hex");
    server.zones.set("both.example", { a: [[192, 0, 2, 1]], aaaa: [v6], ttl: 5 });
    server.zones.set("four.example", { a: [[192, 0, 2, 4]], aaaa: [], ttl: 5 });
    const addresses = async (name: string, family: "auto" | "all" | "v4-preferred" | "v6-only"): Promise<string[]> =>
      (await resolver().resolve(name, family)).map((entry) => entry.address);
    expect(await addresses("both.example", "auto")).toEqual(["2001:db8::1"]);
    expect(await addresses("both.example", "v4-preferred")).toEqual(["192.0.2.1"]);
    expect(await addresses("both.example", "all")).toEqual(["192.0.2.1", "2001:db8::1"]);
    expect(await addresses("four.example", "auto")).toEqual(["192.0.2.4"]);
    expect(await addresses("four.example", "v6-only")).toEqual([]);
  });

  test("localhost is the loopback, whatever the name servers say", async () => {
    server.zones.set("localhost", { a: [[192, 0, 2, 66]], aaaa: [], ttl: 5 });
    await expect(resolver().resolve("localhost", "v4-only")).resolves.toEqual([{ address: "127.0.0.1", family: 4, ttlSeconds: undefined }]);
    expect(server.asked).toEqual([]);
  });

  test("a name of the hosts file is left to the system", async () => {
    await writeFile(join(folder, "hosts"), "127.0.0.9 a.localhost.test\n");
    await resolver()
      .resolve("a.localhost.test", "v4-only")
      .catch(() => []);
    expect(server.asked).toEqual([]);
  });
});
