import { describe, test } from "vitest";
import { rpcCodecProperties } from "@mesh/codec/compliance";
import { dubboArbitraries } from "./arbitraries.ts";
import { dubboCodec } from "./codec.ts";
import { DubboSerialization } from "./constants.ts";

describe("Dubbo keeps the contract of codecs, and", () => {
  for (const { name, run } of rpcCodecProperties(dubboCodec(), dubboArbitraries(DubboSerialization.Hessian2))) test(name, run);
});

describe("Dubbo in fastjson2 that sends read-only events", () => {
  const codec = dubboCodec({ readOnly: true });
  for (const { name, run } of rpcCodecProperties(codec, dubboArbitraries(DubboSerialization.Fastjson2), { runs: 50 })) test(name, run);
});
