import { expect, test } from "vitest";
import { describeIstioCompatibility } from "./compatibility.ts";
import { refusedMessages } from "./schema/refused.ts";

const { kinds, refusedKinds } = describeIstioCompatibility();
const messages = kinds.flatMap((kind) => kind.messages);

test("every kind is described, with the messages that it consists of", () => {
  expect(kinds.map(({ kind }) => kind)).toEqual([
    "VirtualService",
    "DestinationRule",
    "ServiceEntry",
    "WorkloadEntry",
    "Gateway",
    "Sidecar",
    "PeerAuthentication",
    "MeshConfig",
  ]);
  expect(messages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["HTTPRoute", "TrafficPolicy", "ServerTLSSettings", "IstioEgressListener"]),
  );
});

test("the table of refused fields is about messages that there are", () => {
  expect(refusedMessages().filter((name) => name !== "L4MatchAttributes" && !messages.some((message) => message.name === name))).toEqual(
    [],
  );
});

test("no field is both supported and refused", () => {
  for (const { name, fields } of messages) {
    const names = fields.map((field) => `${name}.${field.name}`);
    expect(names).toEqual([...new Set(names)]);
  }
});

test("a field tells of values that are refused, and a kind why it is", () => {
  const mode = messages.find(({ name }) => name === "PeerAuthentication.MutualTLS")?.fields.find(({ name }) => name === "mode");
  expect(mode).toEqual({ name: "mode", status: "supported", note: expect.stringContaining("`STRICT` is refused") });
  expect(refusedKinds.map(({ kind }) => kind)).toContain("EnvoyFilter");
});
