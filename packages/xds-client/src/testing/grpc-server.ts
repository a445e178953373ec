import { Server, ServerCredentials, type handleBidiStreamingCall } from "@grpc/grpc-js";
import { describeService } from "@mesh/xds-proto";
import type { FakeStreamInput, FakeStreamOutput } from "./fake-server.ts";

const services: readonly string[] = [
  "envoy.service.discovery.v3.AggregatedDiscoveryService",
  "envoy.service.cluster.v3.ClusterDiscoveryService",
  "envoy.service.endpoint.v3.EndpointDiscoveryService",
  "envoy.service.extension.v3.ExtensionConfigDiscoveryService",
  "envoy.service.listener.v3.ListenerDiscoveryService",
  "envoy.service.load_stats.v3.LoadReportingService",
  "envoy.service.route.v3.RouteDiscoveryService",
  "envoy.service.route.v3.ScopedRoutesDiscoveryService",
  "envoy.service.route.v3.VirtualHostDiscoveryService",
  "envoy.service.runtime.v3.RuntimeDiscoveryService",
  "envoy.service.secret.v3.SecretDiscoveryService",
];

/** A certificate for the server, PEM; with `clientCa` clients must have one too. */
export interface FakeTls {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string;
}

const OK = 0;
const identity = (bytes: Buffer): Buffer => bytes;

export type OpenStream = (path: string, output: FakeStreamOutput, metadata: ReadonlyMap<string, string>) => FakeStreamInput;

/** A gRPC server of all discovery services on a port of its own. */
export async function startGrpcServer(open: OpenStream, tls: FakeTls | undefined): Promise<{ readonly port: number; close(): void }> {
  const server = new Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc-node.max_session_memory": 256,
  });
  for (const service of services) {
    const methods = describeService(service).filter(({ requestStream }) => requestStream);
    server.addService(
      Object.fromEntries(
        methods.map(({ name, path }) => [
          name,
          {
            path,
            requestStream: true,
            responseStream: true,
            requestSerialize: identity,
            requestDeserialize: identity,
            responseSerialize: identity,
            responseDeserialize: identity,
          },
        ]),
      ),
      Object.fromEntries(methods.map(({ name, path }) => [name, handler(path, open)])),
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", serverCredentials(tls), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { port, close: () => server.forceShutdown() };
}

function handler(path: string, open: OpenStream): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    let isOpen = true;
    const metadata = new Map(Object.entries(call.metadata.getMap()).map(([name, value]) => [name, String(value)]));
    metadata.set(":authority", call.getHost());
    const output: FakeStreamOutput = {
      send: (bytes) => {
        if (isOpen) call.write(Buffer.from(bytes));
      },
      end: (code, details) => {
        if (!isOpen) return;
        isOpen = false;
        if (code === OK) call.end();
        else call.emit("error", Object.assign(new Error(details), { code, details }));
      },
    };
    const input = open(path, output, metadata);
    const closed = (): void => {
      if (!isOpen) return;
      isOpen = false;
      input.closed();
    };
    call.on("data", (bytes: Buffer) => input.receive(bytes));
    call.on("error", closed);
    call.on("cancelled", closed);
    call.on("end", () => {
      closed();
      call.end();
    });
  };
}

function serverCredentials(tls: FakeTls | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const { certificate, key, clientCa } = tls;
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
  return ServerCredentials.createSsl(clientCa === undefined ? null : Buffer.from(clientCa), [pair], clientCa !== undefined);
}
