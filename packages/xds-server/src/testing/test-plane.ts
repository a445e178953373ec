import { Server, ServerCredentials, type ServerOptions } from "@grpc/grpc-js";
import type { XdsServerError } from "../errors.ts";
import type { XdsServerObserver, RequestEvent, ResponseEvent } from "../server/observer.ts";
import type { XdsServerOptions } from "../server/options.ts";
import { createXdsServer, type XdsServer } from "../server/server.ts";
import type { ClientInfo } from "../server/source.ts";
import { TestSource } from "./stream-harness.ts";

/** What an observer was told. */
export type PlaneEvent =
  | { readonly kind: "connected"; readonly client: ClientInfo }
  | { readonly kind: "disconnected"; readonly client: ClientInfo; readonly error: XdsServerError | undefined }
  | { readonly kind: "refused"; readonly peer: string; readonly error: XdsServerError }
  | { readonly kind: "request"; readonly client: ClientInfo; readonly request: RequestEvent }
  | { readonly kind: "response"; readonly client: ClientInfo; readonly response: ResponseEvent };

/** A control plane on loopback. */
export class TestPlane {
  readonly source: TestSource = new TestSource();
  readonly server: XdsServer;
  readonly events: PlaneEvent[] = [];
  /** How many clients the source serves. */
  opened = 0;
  readonly #grpc: Server;
  #wake: () => void = () => undefined;
  address = "";

  constructor(options: Partial<XdsServerOptions> = {}, serverOptions: ServerOptions = {}) {
    const tell = (event: PlaneEvent): void => {
      this.events.push(event);
      this.#wake();
    };
    const observer: XdsServerObserver = {
      onConnected: (client) => tell({ kind: "connected", client }),
      onDisconnected: (client, error) => tell({ kind: "disconnected", client, error }),
      onRefused: (peer, error) => tell({ kind: "refused", peer, error }),
      onRequest: (client, request) => tell({ kind: "request", client, request }),
      onResponse: (client, response) => tell({ kind: "response", client, response }),
    };
    this.server = createXdsServer({
      source: {
        open: () => {
          this.opened++;
          return { resources: (typeUrl) => this.source.sets.get(typeUrl), close: () => this.opened-- };
        },
      },
      observer,
      ...options,
    });
    this.#grpc = new Server({ "grpc.max_send_message_length": -1, ...serverOptions });
    this.server.addTo(this.#grpc);
  }

  async listen(credentials: ServerCredentials = ServerCredentials.createInsecure()): Promise<void> {
    const port = await new Promise<number>((resolve, reject) => {
      this.#grpc.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    this.address = `127.0.0.1:${port}`;
  }

  /** The first event, from the beginning on, that the condition is true for; waits for it if need be. */
  async event<Kind extends PlaneEvent["kind"]>(
    kind: Kind,
    condition: (event: Extract<PlaneEvent, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<PlaneEvent, { kind: Kind }>> {
    const isIt = (event: PlaneEvent): event is Extract<PlaneEvent, { kind: Kind }> => event.kind === kind;
    for (;;) {
      const found = this.events.filter(isIt).find(condition);
      if (found) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.server.close();
    this.#grpc.forceShutdown();
  }
}
