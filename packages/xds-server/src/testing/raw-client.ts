import { Client, credentials, type ClientDuplexStream, type StatusObject } from "@grpc/grpc-js";
import { decodeMessage, encodeMessage, type Message, type MessageInit } from "@mesh/xds-proto";

const identity = (bytes: Buffer): Buffer => bytes;

export type SotwResponse = Message<"envoy.service.discovery.v3.DiscoveryResponse">;

/** A client in state of the world that does what a test says, and nothing of its own accord. */
export class RawClient {
  readonly #client: Client;
  readonly call: ClientDuplexStream<Buffer, Buffer>;
  readonly responses: SotwResponse[] = [];
  /** How the stream has ended. */
  readonly ended: Promise<StatusObject>;
  #wake: () => void = () => undefined;

  constructor(address: string, path: string = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources") {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
    });
    this.call = this.#client.makeBidiStreamRequest(path, identity, identity);
    this.ended = new Promise((resolve) => this.call.on("status", resolve));
    this.call.on("error", () => undefined);
  }

  /** Begins to read. */
  read(): void {
    this.call.on("data", (bytes: Buffer) => {
      this.responses.push(decodeMessage("envoy.service.discovery.v3.DiscoveryResponse", bytes));
      this.#wake();
    });
  }

  send(request: MessageInit<"envoy.service.discovery.v3.DiscoveryRequest">): void {
    this.sendRaw(encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", request));
  }

  sendRaw(bytes: Uint8Array): void {
    this.call.write(Buffer.from(bytes));
  }

  /** The response of that number, from 0. */
  async response(index: number): Promise<SotwResponse> {
    for (;;) {
      const found = this.responses[index];
      if (found) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.call.cancel();
    this.#client.close();
  }
}
