/** What the tests of the client share: a client on the fake control plane, without sockets and on a clock that stands still. */
import { setImmediate } from "node:timers/promises";
import { unpackAs } from "@mesh/xds-proto";
import { onTestFinished } from "vitest";
import { resourceKind, type ResourceKind } from "../resource/kind.ts";
import { clusterType, endpointsType } from "../resource/types.ts";
import { createFakeControlPlane, ManualRuntime, type FakeControlPlane } from "../testing.ts";
import type { XdsServerOptions } from "../transport/options.ts";
import { createXdsClient, type XdsClient } from "./client.ts";
import type { XdsClientOptions } from "./options.ts";
import type { CollectionWatcher, ResourceWatcher } from "./watch.ts";

export interface Harness {
  readonly plane: FakeControlPlane;
  readonly runtime: ManualRuntime;
  readonly client: XdsClient;
  readonly server: XdsServerOptions;
}

export async function harness(server: Partial<XdsServerOptions> = {}, options: Partial<XdsClientOptions> = {}): Promise<Harness> {
  const plane = await createFakeControlPlane();
  const runtime = new ManualRuntime();
  const ads = { address: "memory", ...server };
  const client = createXdsClient({ node: { id: "me" }, ads, runtime, connect: () => plane.transport(), ...options });
  onTestFinished(async () => {
    client.close();
    await plane.close();
  });
  return { plane, runtime, client, server: ads };
}

/** Lets all messages that are under way arrive. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

/** Collects what a test throws where nobody can catch it, until its end. */
export function catchThrown(): unknown[] {
  const thrown: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => thrown.push(error));
  onTestFinished(() => {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  });
  return thrown;
}

/** The seconds of `connect_timeout`; 99 and 98 are refused, the latter with two errors. */
export function timeouts(): ResourceKind<number> {
  return resourceKind<number>(clusterType, (_, any) => {
    const seconds = unpackAs("envoy.config.cluster.v3.Cluster", any).connectTimeout?.seconds ?? 0;
    const error = { path: "connect_timeout", message: `${seconds}s is too long` };
    if (seconds === 98) return { errors: [error, { path: "lb_policy", message: "is unknown" }] };
    return seconds === 99 ? { errors: [error] } : { value: seconds };
  });
}

/** The priority of the first endpoints. */
export function priorities(): ResourceKind<number> {
  return resourceKind<number>(endpointsType, (_, any) => ({
    value: unpackAs("envoy.config.endpoint.v3.ClusterLoadAssignment", any).endpoints[0]?.priority ?? -1,
  }));
}

export const cluster = (name: string, seconds: number): { name: string; connectTimeout: { seconds: number } } => ({
  name,
  connectTimeout: { seconds },
});

export const endpoints = (clusterName: string, priority: number): { clusterName: string; endpoints: { priority: number }[] } => ({
  clusterName,
  endpoints: [{ priority }],
});

/** Writes down what a watcher is told. */
export function recorder(log: string[], label = ""): ResourceWatcher<unknown> {
  const prefix = label === "" ? "" : `${label}: `;
  return {
    onChanged: ({ name, value }) => log.push(`${prefix}${name}=${String(value)}`),
    onError: ({ code, message }) => log.push(`${prefix}${code} ${message}`),
    onDoesNotExist: () => log.push(`${prefix}none`),
  };
}

export function collectionRecorder(log: string[]): CollectionWatcher<unknown> {
  return {
    onChanged: ({ changed, removed }) => {
      log.push([...changed.map(({ name, value }) => `${name}=${String(value)}`), ...removed.map((name) => `-${name}`)].join(" "));
    },
    onError: ({ code, message }) => log.push(`${code} ${message}`),
  };
}
