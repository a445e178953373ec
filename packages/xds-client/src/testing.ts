/**
 * For tests: a control plane in this process, and a clock that stands still.
 *
 * ```ts
 * import { clusterType, createXdsClient, resourceKind } from "@mesh/xds-client";
 * import { createFakeControlPlane } from "@mesh/xds-client/testing";
 *
 * const plane = await createFakeControlPlane();
 * plane.set(clusterType, [{ name: "orders" }]);
 * const client = createXdsClient({ node: { id: "test" }, ads: { address: plane.address } });
 * client.watchAll(resourceKind(clusterType), { onChanged: ({ changed }) => console.log(changed.length), onError: console.error });
 * await plane.waitFor(({ kind }) => kind === "ack");
 * client.close();
 * await plane.close();
 * ```
 *
 * @module
 */
export {
  createFakeControlPlane,
  type FakeControlPlane,
  type FakeControlPlaneOptions,
  type FakeResourceOptions,
} from "./testing/fake-control-plane.ts";
export type { LoadStats } from "./testing/fake-loads.ts";
export type { FakeRequest } from "./testing/fake-request.ts";
export type { FakeTls } from "./testing/grpc-server.ts";
export { ManualRuntime } from "./testing/manual-runtime.ts";
export { testCa, testCertificate, testKey } from "./testing/test-certificates.ts";
