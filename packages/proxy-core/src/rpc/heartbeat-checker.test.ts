import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RpcFrameKind } from "@mesh/codec";
import { defaultRegistry, fromJson, packAny } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import type { HealthChecker, HealthProbe } from "../cluster/index.ts";
import { assignment, looseHost, testClusters } from "../cluster/testing.ts";
import { ConfigPath, ExtensionSet } from "../config/index.ts";
import type { SocketAddress } from "../network/index.ts";
import { boltProtocol } from "../extensions/bolt/index.ts";
import { rpcHeartbeatChecker } from "./heartbeat-checker.ts";
import { rpcExtensions } from "./index.ts";
import { boltConfig, deadPort, RpcPeer, startHost, testExtensions } from "./testing.ts";

const messageName = "mesh.extensions.health_checkers.rpc.v3.RpcHeartbeat";
const passed = { healthy: true, degraded: false };

function checker(config: object = { codec: boltConfig() }, extensions: ExtensionSet = testExtensions()): HealthChecker {
  const { cluster, runtime } = testClusters([{ load_assignment: assignment() }]);
  const any = packAny(messageName, fromJson(messageName, config));
  const decoded = extensions.decode("envoy.health_checkers", any, ConfigPath.of("check"));
  return rpcHeartbeatChecker.create(decoded, { cluster: cluster(), runtime, extensions });
}

const probeOf = (address: SocketAddress): HealthProbe => checker().probe({ host: looseHost(1), address, hostname: "" });
const ip = (port: number): SocketAddress => ({ kind: "ip", address: "127.0.0.1", port });
const never = new AbortController().signal;

const acknowledging = (frame: { readonly kind: number }, peer: RpcPeer): void => {
  if (frame.kind === RpcFrameKind.Heartbeat) peer.send(peer.session.heartbeatAck(frame as Parameters<typeof peer.session.heartbeatAck>[0]));
};

describe("a heartbeat as a health check", () => {
  test("passes when it is acknowledged, and the next one goes over the same connection", async () => {
    await using host = await startHost(acknowledging);
    const probe = probeOf(ip(host.port));
    for (let count = 0; count < 3; count++) expect(await probe.check(never)).toEqual(passed);
    expect(host.connections).toHaveLength(1);
    probe.close();
    await host.connections[0]?.waitForEnd();
  });

  test("is not passed by another frame, nor by an acknowledgement of another", async () => {
    await using host = await startHost();
    const probe = probeOf(ip(host.port));
    const abort = new AbortController();
    const result = probe.check(abort.signal);
    const peer = await host.accept();
    const heartbeat = await peer.next();
    peer.answer(heartbeat);
    const otherAck = peer.session.heartbeatAck(heartbeat);
    otherAck.writeInt32BE(heartbeat.idLow + 1, 5);
    peer.send(otherAck, peer.session.heartbeat(0, 99));
    expect(await peer.next()).toMatchObject({ kind: RpcFrameKind.HeartbeatAck, idLow: 99 });
    abort.abort();
    expect(await result).toMatchObject({ healthy: false, failure: "network", reason: "no heartbeat came back in time" });
    await peer.waitForEnd();
  });

  test("fails where nobody listens, and passes once someone does", async () => {
    const port = await deadPort();
    const probe = probeOf(ip(port));
    expect(await probe.check(never)).toMatchObject({ healthy: false, failure: "network", reason: expect.stringContaining("ECONNREFUSED") });
    await using host = await startHost(acknowledging, port);
    expect(await probe.check(never)).toEqual(passed);
    expect(host.connections).toHaveLength(1);
    probe.close();
  });

  test("fails when the host closes the connection, and the next check makes another one", async () => {
    await using host = await startHost();
    const probe = probeOf(ip(host.port));
    const result = probe.check(never);
    const first = await host.accept();
    await first.next();
    first.socket.end();
    expect(await result).toMatchObject({ healthy: false, reason: "the connection was closed" });
    const again = probe.check(never);
    const second = await host.accept();
    second.send(second.session.heartbeatAck(await second.next()));
    expect(await again).toEqual(passed);
    probe.close();
  });

  test("notices between two checks that the host closed the connection", async () => {
    await using host = await startHost(acknowledging);
    const probe = probeOf(ip(host.port));
    expect(await probe.check(never)).toEqual(passed);
    const first = host.connections[0];
    first?.socket.destroy();
    await first?.waitForClose();
    // The probe has seen it when its own side is closed.
    let result = await probe.check(never);
    if (!result.healthy) result = await probe.check(never);
    expect(result).toEqual(passed);
    expect(host.connections).toHaveLength(2);
    probe.close();
  });

  test("fails at something else than the protocol", async () => {
    await using host = await startHost((_frame, peer) => peer.send(Buffer.from("HTTP/1.1 400\r\n\r\n")));
    const probe = probeOf(ip(host.port));
    expect(await probe.check(never)).toMatchObject({ healthy: false, reason: expect.stringContaining("no Bolt frame") });
  });

  test("a time that runs out after the answer does not end the connection", async () => {
    await using host = await startHost(acknowledging);
    const probe = probeOf(ip(host.port));
    const first = new AbortController();
    expect(await probe.check(first.signal)).toEqual(passed);
    const second = probe.check(never);
    first.abort();
    expect(await second).toEqual(passed);
    expect(host.connections).toHaveLength(1);
    probe.close();
  });

  test.for([
    ["a path", (directory: string) => join(directory, "s.sock")],
    ["an abstract name", (directory: string) => `@${directory}`],
  ] as const)("works over a unix socket of %s", async ([, pathIn]) => {
    const directory = mkdtempSync(join(tmpdir(), "heartbeat-"));
    const path = pathIn(directory);
    const sockets: Socket[] = [];
    const server: Server = createServer((socket) => {
      sockets.push(socket);
      new RpcPeer(socket).onFrame = acknowledging;
    });
    server.listen(path.startsWith("@") ? `\0${path.slice(1)}` : path);
    await once(server, "listening");
    const probe = probeOf({ kind: "pipe", path });
    expect(await probe.check(never)).toEqual(passed);
    probe.close();
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
    rmSync(directory, { recursive: true });
  });
});

describe("its codec", () => {
  test("is the only one there is unless it is named", () => {
    expect(() => checker({})).not.toThrow();
    const none = new ExtensionSet(defaultRegistry(), rpcExtensions);
    expect(() => checker({}, none)).toThrow("check.codec: is required");
    const second = { ...boltProtocol, name: "test.other", messageName: "google.protobuf.Empty", fields: undefined };
    expect(() => checker({}, testExtensions([second]))).toThrow("check.codec: is required");
  });

  test("cannot be a choice", () => {
    expect(() =>
      checker({ codec: { name: "auto", typed_config: { "@type": "type.googleapis.com/mesh.extensions.codecs.auto.v3.Auto" } } }),
    ).toThrow("check.codec.typed_config");
  });
});
