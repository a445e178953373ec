import { describe, test } from "vitest";
import { rpcCodecProperties } from "@mesh/codec/compliance";
import { boltArbitraries } from "./arbitraries.ts";
import { boltCodec } from "./codec.ts";

describe("Bolt keeps the contract of codecs, and", () => {
  for (const { name, run } of rpcCodecProperties(boltCodec(), boltArbitraries)) test(name, run);
});

describe("Bolt that prefers v2 with checksums and sends GoAway", () => {
  const codec = boltCodec({ version: 2, checksum: true, goAway: true });
  for (const { name, run } of rpcCodecProperties(codec, boltArbitraries, { runs: 20 })) test(name, run);
});
