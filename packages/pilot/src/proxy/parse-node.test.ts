import { createMessage, fromJson, type Message, type MessageInit } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { isPilotError } from "../base/index.ts";
import { parseNode } from "./parse-node.ts";

const type = "envoy.config.core.v3.Node";
const id = "sidecar~10.0.0.1~orders-1.shop~shop.svc.cluster.local";

const node = (init: MessageInit<typeof type>, metadata: object = {}): Message<typeof type> =>
  createMessage(type, { ...init, metadata: fromJson("google.protobuf.Struct", metadata) });

test("a node of istio-proxy says who it is", () => {
  const metadata = {
    NAMESPACE: "shop",
    LABELS: { app: "orders", version: "v1" },
    INSTANCE_IPS: "10.0.0.1,fd00::1,oops",
    INTERCEPTION_MODE: "TPROXY",
    ISTIO_VERSION: "1.27.0",
    CLUSTER_ID: "Kubernetes",
    NETWORK: "n1",
  };
  const locality = { region: "r", zone: "z", subZone: "s" };
  expect(parseNode(node({ id, locality, userAgentName: "envoy" }, metadata))).toEqual({
    id,
    type: "sidecar",
    name: "orders-1",
    namespace: "shop",
    addresses: ["10.0.0.1", "fd00::1"],
    dnsDomain: "shop.svc.cluster.local",
    labels: { app: "orders", version: "v1" },
    locality,
    network: "n1",
    clusterId: "Kubernetes",
    interception: "tproxy",
    dialect: "envoy",
    version: "1.27.0",
  });
});

test("what is not said has Istio's defaults", () => {
  expect(parseNode(node({ id: "router~10.0.0.2~gateway~" }))).toMatchObject({
    type: "router",
    name: "gateway",
    namespace: "default",
    dnsDomain: "default.svc.cluster.local",
    labels: {},
    locality: undefined,
    interception: "redirect",
  });
});

test("mosn, and gRPC libraries, are told by what they say of themselves", () => {
  expect(parseNode(node({ id, userAgentName: "mosn" })).dialect).toBe("mosn");
  expect(parseNode(node({ id }, { GENERATOR: "grpc" })).type).toBe("grpc");
});

test("a label may say where it is", () => {
  expect(parseNode(node({ id }, { LABELS: { "istio-locality": "a.b.c" } })).locality).toEqual({ region: "a", zone: "b", subZone: "c" });
});

describe("a node is refused", () => {
  const refusal = (init: MessageInit<typeof type>, metadata?: object): string => {
    try {
      parseNode(node(init, metadata));
      return "";
    } catch (error) {
      return isPilotError(error) ? `${error.code} ${error.message}` : String(error);
    }
  };

  test.each(["", "envoy", "sidecar~10.0.0.1~a.b", "pod~10.0.0.1~a.b~c", "sidecar~nowhere~a.b~c", "sidecar~10.0.0.1~~c"])(
    "for the id %o",
    (bad) => {
      expect(refusal({ id: bad })).toMatch(/^MESH_PILOT_INVALID_NODE node\.id ".*" must be/);
    },
  );

  test("for a generator that is not there", () => {
    expect(refusal({ id }, { GENERATOR: "api" })).toContain('node.metadata.GENERATOR "api" is not served');
  });
});
