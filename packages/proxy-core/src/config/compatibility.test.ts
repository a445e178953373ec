import { defaultRegistry } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { describeCompatibility } from "./compatibility.ts";
import { ExtensionSet } from "./extensions.ts";
import { defineFields, supported } from "./fields.ts";
import { describeExtension } from "./testing.ts";

const echo = "envoy.extensions.filters.network.echo.v3.Echo";
const router = "envoy.extensions.filters.http.router.v3.Router";
const fault = "envoy.extensions.filters.http.fault.v3.HTTPFault";

test("what a proxy understands is told message by message, with what its extensions bring", () => {
  const ownFault = defineFields(fault, { delay: supported() });
  const extensions = new ExtensionSet(defaultRegistry(), [
    { ...describeExtension("echo", "envoy.filters.network", echo), fields: defineFields(echo, {}) },
    { ...describeExtension("fault", "envoy.filters.http", fault), fields: ownFault },
    describeExtension("router", "envoy.filters.http", router),
  ]);
  const { extensions: listed, groups } = describeCompatibility(extensions);
  expect(listed.map(({ name }) => name)).toEqual(["echo", "fault", "router"]);
  const messages = groups.flatMap((group) => group.messages);
  expect(groups.at(-1)?.messages).toEqual([{ message: echo, fields: [], requiredOneOf: [] }]);
  expect(messages.find(({ message }) => message === fault)?.fields).toEqual([{ name: "delay", deprecated: false, rule: supported() }]);
  expect(messages.find(({ message }) => message === "envoy.config.core.v3.Address")).toMatchObject({
    fields: [{ name: "socket_address" }, { name: "pipe" }, { name: "envoy_internal_address", rule: { status: "rejected" } }],
    requiredOneOf: [["socket_address", "pipe"]],
  });
  expect(messages.length).toBe(new Set(messages.map(({ message }) => message)).size);
});
