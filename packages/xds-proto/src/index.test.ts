import protobuf from "protobufjs/light.js";
import { expect, it, vi } from "vitest";
import { createMessage, enumValue, fromJson, packAny, toJson, typeUrl, unpackAs } from "./index.ts";

it("does what its documentation shows", () => {
  const cluster = fromJson("envoy.config.cluster.v3.Cluster", { name: "orders", connect_timeout: "0.25s", lb_policy: "MAGLEV" });
  expect(cluster.connectTimeout?.nanos).toBe(250_000_000);
  expect(cluster.lbPolicy === enumValue("envoy.config.cluster.v3.Cluster.LbPolicy", "MAGLEV")).toBe(true);

  const response = createMessage("envoy.service.discovery.v3.DiscoveryResponse", {
    typeUrl: typeUrl("envoy.config.cluster.v3.Cluster"),
    resources: [packAny("envoy.config.cluster.v3.Cluster", cluster)],
  });
  expect(response.resources.map((resource) => unpackAs("envoy.config.cluster.v3.Cluster", resource).name)).toEqual(["orders"]);
  expect(toJson("envoy.service.discovery.v3.DiscoveryResponse", response, { preserveProtoFieldNames: true })).toMatchObject({
    type_url: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    resources: [{ "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", connect_timeout: "0.250s" }],
  });
});

it("loads no descriptor until it is asked for a message", async () => {
  vi.resetModules();
  const load = vi.spyOn(protobuf.Root.prototype, "addJSON");
  const fresh = await import("./index.ts");
  fresh.enumValue("envoy.config.cluster.v3.Cluster.LbPolicy", "MAGLEV");
  expect(load).not.toHaveBeenCalled();
  fresh.decodeMessage("envoy.config.cluster.v3.Cluster", new Uint8Array(0));
  expect(load).toHaveBeenCalledOnce();
});
