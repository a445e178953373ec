import { createMessage, decodeMessage, encodeMessage, type Any, type Message, type MessageInit } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { resourceKind, type ResourceKind } from "../resource/kind.ts";
import { clusterType, endpointsType, type ResourceType } from "../resource/types.ts";
import type { MachineAction, MachineEvent } from "./events.ts";
import { StreamMachine } from "./stream-machine.ts";

const kinds = { clusters: resourceKind(clusterType), endpoints: resourceKind(endpointsType) };

function machine(variant: "sotw" | "delta"): { readonly handle: (event: MachineEvent) => string[]; readonly machine: StreamMachine } {
  const node = createMessage("envoy.config.core.v3.Node", { id: "me" });
  const subject = new StreamMachine({ variant, node, setNodeOnFirstMessageOnly: true, backOff: {}, random: () => 0.5, now: () => 0 });
  return { machine: subject, handle: (event) => subject.handle(event).map((action) => describeAction(variant, action)) };
}

/** An action in one line. */
function describeAction(variant: "sotw" | "delta", action: MachineAction): string {
  switch (action.kind) {
    case "send":
      return variant === "sotw" ? describeSotw(action.bytes) : describeDelta(action.bytes);
    case "startTimer":
      return `start ${action.id.split(" ").at(-1)} ${action.ms}`;
    case "stopTimer":
      return `stop ${action.id.split(" ").at(-1)}`;
    case "deliver":
      return `deliver ${action.update.changed.map(({ name }) => name).join(",")} -${[...action.update.removed, ...action.update.missing].join(",")}`;
    case "fail":
      return `fail ${action.error.code}`;
    case "answered":
      return action.response.isAccepted ? "accepted" : "refused";
    case "connect":
    case "disconnect":
      return action.kind;
  }
}

function describeSotw(bytes: Uint8Array): string {
  const { typeUrl, resourceNames, versionInfo, responseNonce } = decodeMessage("envoy.service.discovery.v3.DiscoveryRequest", bytes);
  return `${typeUrl.split(".").at(-1)} [${resourceNames.join(",")}] version=${versionInfo} nonce=${responseNonce}`;
}

function describeDelta(bytes: Uint8Array): string {
  const request = decodeMessage("envoy.service.discovery.v3.DeltaDiscoveryRequest", bytes);
  const { typeUrl, resourceNamesSubscribe, resourceNamesUnsubscribe, responseNonce } = request;
  return `${typeUrl.split(".").at(-1)} +[${resourceNamesSubscribe.join(",")}] -[${resourceNamesUnsubscribe.join(",")}] nonce=${responseNonce}`;
}

const assignment = (clusterName: string): Any => ({
  type_url: endpointsType.typeUrl,
  value: encodeMessage("envoy.config.endpoint.v3.ClusterLoadAssignment", { clusterName, endpoints: [{ priority: 1 }] }),
});

function sotw(type: ResourceType, nonce: string, resources: readonly Any[]): MachineEvent {
  const response = { typeUrl: type.typeUrl, versionInfo: `v${nonce}`, nonce, resources };
  return { kind: "received", bytes: encodeMessage("envoy.service.discovery.v3.DiscoveryResponse", response) };
}

function delta(type: ResourceType, nonce: string, resources: readonly MessageInit<"envoy.service.discovery.v3.Resource">[]): MachineEvent {
  const response: MessageInit<"envoy.service.discovery.v3.DeltaDiscoveryResponse"> = { typeUrl: type.typeUrl, nonce, resources };
  return { kind: "received", bytes: encodeMessage("envoy.service.discovery.v3.DeltaDiscoveryResponse", response) };
}

const subscribe = (name: string, resource: ResourceKind<unknown> = kinds.endpoints): MachineEvent => ({
  kind: "subscribe",
  resource,
  name,
  timeoutMs: 0,
});
const unsubscribe = (name: string, resource: ResourceKind<unknown> = kinds.endpoints): MachineEvent => ({
  kind: "unsubscribe",
  resource,
  name,
});
const flush: MachineEvent = { kind: "flush" };
const opened: MachineEvent = { kind: "opened" };

describe("the machine over state of the world", () => {
  test("lists all names with the last nonce, and the version that was accepted", () => {
    const { handle } = machine("sotw");
    handle(subscribe("b"));
    handle(subscribe("a"));
    expect(handle(flush)).toEqual(["connect"]);
    expect(handle(opened)).toEqual(["ClusterLoadAssignment [a,b] version= nonce="]);
    expect(handle(sotw(endpointsType, "1", [assignment("a")]))).toEqual(["accepted", "deliver a -"]);
    expect(handle(flush)).toEqual(["ClusterLoadAssignment [a,b] version=v1 nonce=1"]);
    handle(sotw(endpointsType, "2", [assignment("a"), { type_url: endpointsType.typeUrl, value: Uint8Array.of(1) }]));
    expect(handle(flush)).toEqual(["ClusterLoadAssignment [a,b] version=v1 nonce=2"]);
    expect(handle(flush)).toEqual([]);
  });

  test("forgets the version with the last resource of a type, or the control plane might send nothing for it", () => {
    const { handle } = machine("sotw");
    handle(subscribe("*", kinds.clusters));
    handle(subscribe("a"));
    handle(flush);
    handle(opened);
    handle(sotw(endpointsType, "1", [assignment("a")]));
    handle(flush);
    handle(unsubscribe("a"));
    handle(flush);
    handle(subscribe("b"));
    expect(handle(flush)).toEqual(["ClusterLoadAssignment [b] version= nonce=1"]);
  });

  test("answers first, and asks then for what the answer led to", () => {
    const { handle } = machine("sotw");
    handle(subscribe("a"));
    handle(subscribe("*", kinds.clusters));
    handle(flush);
    handle(opened);
    handle(sotw(clusterType, "1", []));
    handle(subscribe("b"));
    expect(handle(flush)).toEqual(["Cluster [] version=v1 nonce=1", "ClusterLoadAssignment [a,b] version= nonce="]);
  });

  test("uses again what was sent for a name that was taken back and asked for again in the same stream", () => {
    const { handle } = machine("sotw");
    handle(subscribe("a"));
    handle(subscribe("b"));
    handle(flush);
    handle(opened);
    handle(sotw(endpointsType, "1", [assignment("a"), assignment("b")]));
    handle(unsubscribe("a"));
    expect(handle(flush)).toEqual(["ClusterLoadAssignment [b] version=v1 nonce=1"]);
    // The control plane has sent this before it saw the last request, which it therefore ignores: to it, nothing was taken back.
    handle(sotw(endpointsType, "2", [assignment("a")]));
    expect(handle(subscribe("a"))).toEqual(["deliver a -"]);
    expect(handle(flush)).toEqual(["ClusterLoadAssignment [a,b] version=v2 nonce=2"]);
  });

  test("lists everything by name once it has listed names, since an empty list then means nothing", () => {
    const { handle } = machine("sotw");
    handle(subscribe("*", kinds.clusters));
    handle(flush);
    expect(handle(opened)).toEqual(["Cluster [] version= nonce="]);
    handle(subscribe("a", kinds.clusters));
    expect(handle(flush)).toEqual(["Cluster [*,a] version= nonce="]);
    handle(unsubscribe("a", kinds.clusters));
    expect(handle(flush)).toEqual(["Cluster [*] version= nonce="]);
  });

  test("answers a refused response that is the same again after a wait, so that the two do not chase each other", () => {
    const { handle } = machine("sotw");
    const bad = (nonce: string): MachineEvent => ({
      kind: "received",
      bytes: encodeMessage("envoy.service.discovery.v3.DiscoveryResponse", {
        typeUrl: endpointsType.typeUrl,
        versionInfo: "bad",
        nonce,
        resources: [{ type_url: endpointsType.typeUrl, value: Uint8Array.of(0x0a, 1, 97, 1) }],
      }),
    });
    handle(subscribe("a"));
    handle(flush);
    handle(opened);
    handle(bad("1"));
    expect(handle(flush)).toEqual(["ClusterLoadAssignment [a] version= nonce=1"]);
    expect(handle(bad("2"))).toEqual(["start  50", "refused", "deliver  -"]);
    expect(handle(flush)).toEqual([]);
    expect(handle({ kind: "timer", id: `nack ${endpointsType.typeUrl} ` })).toEqual(["ClusterLoadAssignment [a] version= nonce=2"]);
    expect(handle(bad("3"))[0]).toBe("start  100");
    handle(subscribe("b"));
    expect(handle(flush)).toEqual(["ClusterLoadAssignment [a,b] version= nonce=3"]);
    expect(handle(sotw(endpointsType, "4", [assignment("a")]))).toEqual(["stop ", "accepted", "deliver a -"]);
    expect(handle(flush)).toEqual(["ClusterLoadAssignment [a,b] version=v4 nonce=4"]);
  });

  test("keeps a resource alive with a heartbeat, a wrapper without the resource", () => {
    const { handle } = machine("sotw");
    const wrap = (resource: Any | undefined): Any => ({
      type_url: "type.googleapis.com/envoy.service.discovery.v3.Resource",
      value: encodeMessage("envoy.service.discovery.v3.Resource", { name: "a", resource, ttl: { seconds: 3 } }),
    });
    handle(subscribe("a"));
    handle(flush);
    handle(opened);
    expect(handle(sotw(endpointsType, "1", [wrap(assignment("a"))]))).toEqual(["start a 3000", "accepted", "deliver a -"]);
    expect(handle(sotw(endpointsType, "2", [wrap(undefined)]))).toEqual(["start a 3000", "accepted", "deliver  -"]);
  });
});

describe("the machine over delta", () => {
  test("tells differences only, and answers each response with its nonce", () => {
    const { handle } = machine("delta");
    handle(subscribe("a"));
    handle(subscribe("b"));
    handle(flush);
    expect(handle(opened)).toEqual(["ClusterLoadAssignment +[a,b] -[] nonce="]);
    handle(delta(endpointsType, "1", [{ name: "a", version: "1", resource: assignment("a") }]));
    handle(delta(endpointsType, "2", [{ name: "b", version: "1", resource: assignment("b") }]));
    handle(unsubscribe("a"));
    handle(subscribe("c"));
    expect(handle(flush)).toEqual(["ClusterLoadAssignment +[c] -[a] nonce=1", "ClusterLoadAssignment +[] -[] nonce=2"]);
  });

  test("asks again for a name that was taken back and asked for in one turn", () => {
    const { handle } = machine("delta");
    handle(subscribe("a"));
    handle(flush);
    handle(opened);
    handle(unsubscribe("a"));
    handle(subscribe("a"));
    expect(handle(flush)).toEqual(["ClusterLoadAssignment +[a] -[] nonce="]);
  });

  test("names everything when names join it, and takes everything back by name", () => {
    const { handle } = machine("delta");
    handle(subscribe("*", kinds.clusters));
    handle(flush);
    expect(handle(opened)).toEqual(["Cluster +[] -[] nonce="]);
    handle(subscribe("a", kinds.clusters));
    expect(handle(flush)).toEqual(["Cluster +[*,a] -[] nonce="]);
    handle(unsubscribe("*", kinds.clusters));
    expect(handle(flush)).toEqual(["Cluster +[] -[*] nonce="]);
  });

  test("opens another stream to ask for everything after it was taken back: answers of before may be under way", () => {
    const { handle } = machine("delta");
    handle(subscribe("a"));
    handle(subscribe("*", kinds.clusters));
    handle(flush);
    handle(opened);
    handle(unsubscribe("*", kinds.clusters));
    handle(flush);
    handle(subscribe("*", kinds.clusters));
    expect(handle(flush)).toEqual(["disconnect", "connect"]);
    expect(handle(opened)).toEqual(["ClusterLoadAssignment +[a] -[] nonce=", "Cluster +[] -[] nonce="]);
  });
});

describe.each(["sotw", "delta"] as const)("the machine over %s", (variant) => {
  test("names everything of a type of which no names mean none, alone and beside names, and again in another stream", () => {
    const { handle } = machine(variant);
    const asked = (subscribed: string, unsubscribed: string, all: string): string[] =>
      variant === "delta"
        ? [`ClusterLoadAssignment +[${subscribed}] -[${unsubscribed}] nonce=`]
        : [`ClusterLoadAssignment [${all}] version= nonce=`];
    handle(subscribe("*"));
    handle(flush);
    expect(handle(opened)).toEqual(asked("*", "", "*"));
    handle(subscribe("a"));
    expect(handle(flush)).toEqual(asked("a", "", "*,a"));
    handle({ kind: "closed", status: { code: 14, details: "" } });
    handle({ kind: "timer", id: "retry" });
    expect(handle(opened)).toEqual(asked("*,a", "", "*,a"));
    handle(unsubscribe("a"));
    expect(handle(flush)).toEqual(asked("", "a", "*"));
    handle(subscribe("a"));
    handle(flush);
    handle(unsubscribe("*"));
    expect(handle(flush)).toEqual(asked("", "*", "a"));
  });

  const respond = (nonce: string): MachineEvent =>
    variant === "sotw"
      ? sotw(endpointsType, nonce, [assignment("a")])
      : delta(endpointsType, nonce, [{ name: "a", version: nonce, resource: assignment("a") }]);

  test("says nothing to a stream that takes nothing, and all of it once it does", () => {
    const { handle } = machine(variant);
    handle(subscribe("a"));
    handle(flush);
    handle(opened);
    expect(handle({ kind: "blocked" })).toEqual([]);
    handle(respond("1"));
    handle(subscribe("b"));
    expect(handle(flush)).toEqual([]);
    expect(handle({ kind: "writable" })).toHaveLength(1);
  });

  test("drops a stream that brings what is no response, and opens another one", () => {
    const { handle } = machine(variant);
    handle(subscribe("a"));
    handle(flush);
    handle(opened);
    expect(handle({ kind: "received", bytes: Uint8Array.of(0xff) })).toEqual([
      "disconnect",
      "start retry 250",
      "fail MESH_XDS_UNAVAILABLE",
    ]);
    expect(handle({ kind: "timer", id: "retry" })).toEqual(["connect"]);
  });

  test("takes no notice of a type that it never asked for", () => {
    const { handle } = machine(variant);
    handle(subscribe("*", kinds.clusters));
    handle(flush);
    handle(opened);
    expect(handle(respond("1"))).toEqual([]);
    expect(handle(flush)).toEqual([]);
  });

  test("does nothing after it was stopped, not even what was due", () => {
    const { handle } = machine(variant);
    handle(subscribe("a"));
    handle(flush);
    handle(opened);
    handle({ kind: "closed", status: { code: 14, details: "" } });
    expect(handle({ kind: "stop" })).toEqual(["stop retry"]);
    expect(handle({ kind: "timer", id: "retry" })).toEqual([]);
    expect(handle(subscribe("b"))).toEqual([]);
  });

  test("knows what it has without a stream", () => {
    const { handle, machine: subject } = machine(variant);
    handle(subscribe("a"));
    handle(flush);
    handle(opened);
    handle(respond("1"));
    handle({ kind: "closed", status: { code: 14, details: "" } });
    const resource: unknown = subject.stateOf(endpointsType.typeUrl)?.find("a")?.resource?.value;
    expect((resource as Message<"envoy.config.endpoint.v3.ClusterLoadAssignment">).clusterName).toBe("a");
  });
});
