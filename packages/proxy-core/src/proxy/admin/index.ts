import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { chmodSync } from "node:fs";
import { ConfigPath } from "../../config/index.ts";
import { readAddress, removeStaleSocket, type SocketAddress } from "../../network/index.ts";
import type { Server } from "../server.ts";
import { text, type AdminResponse, type AdminServices } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";

export type { LogLevelControl } from "./endpoint.ts";

/** On loopback, and Envoy's usual port: what `admin: {}` means. */
const defaultAddress: SocketAddress = { kind: "ip", address: "127.0.0.1", port: 9901 };

/**
 * The admin port. It is for operators and their tools on this machine: no authentication, no TLS. Pages that change something want POST,
 * and no request may come from a page of another origin.
 */
export class Admin {
  readonly #services: AdminServices;
  readonly #address: SocketAddress;
  readonly #http: HttpServer;

  private constructor(services: AdminServices, address: SocketAddress) {
    this.#services = services;
    this.#address = address;
    this.#http = createServer((request, response) => this.#serve(request, response));
  }

  /** The port that the bootstrap asks for; undefined where it asks for none. Throws `ConfigError`. */
  static fromBootstrap(server: Server, services: Omit<AdminServices, "server">): Admin | undefined {
    const { admin } = server.bootstrap;
    if (admin === null) return undefined;
    const path = ConfigPath.root.field("admin").field("address");
    return new Admin({ server, ...services }, admin.address === null ? defaultAddress : readAddress(admin.address, path));
  }

  /** After `start`, with the port that the kernel chose if that was left to it. */
  get address(): SocketAddress {
    const bound = this.#http.address();
    if (this.#address.kind === "ip" && bound !== null && typeof bound === "object") return { ...this.#address, port: bound.port };
    return this.#address;
  }

  /** Rejects with the system's error where the address cannot be bound. */
  async start(): Promise<void> {
    const address = this.#address;
    if (address.kind === "pipe") await removeStaleSocket(address.path);
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", reject);
      this.#http.listen(address.kind === "pipe" ? { path: address.path } : { host: address.address, port: address.port }, () => {
        this.#http.off("error", reject);
        resolve();
      });
    });
    if (address.kind === "pipe" && address.mode !== undefined && address.mode > 0) chmodSync(address.path, address.mode);
  }

  async close(): Promise<void> {
    if (!this.#http.listening) return;
    await new Promise((resolve) => {
      this.#http.close(resolve);
      this.#http.closeAllConnections();
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const { status, contentType, body, allow } = this.#respond(request);
    response.writeHead(status, {
      "content-type": contentType,
      "cache-control": "no-cache, max-age=0",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
      "content-length": Buffer.byteLength(body),
      ...(allow === undefined ? {} : { allow }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  #respond(request: IncomingMessage): AdminResponse {
    const { host, origin } = request.headers;
    if (origin !== undefined && origin !== `http://${host}`) return text("requests from pages of another origin are refused\n", 403);
    const url = URL.parse(request.url ?? "/", "http://admin");
    if (url === null) return text("invalid URL\n", 400);
    const endpoint = endpoints.find(({ path }) => path === url.pathname);
    if (endpoint === undefined) return text(`unknown path ${url.pathname}: see /help\n`, 404);
    const { method } = request;
    if (endpoint.mutates ? method !== "POST" : method !== "GET" && method !== "HEAD") {
      const [required, allow] = endpoint.mutates ? ["POST", "POST"] : ["GET", "GET, HEAD"];
      return { ...text(`Method ${method} not allowed, ${required} required.\n`, 405), allow };
    }
    try {
      return endpoint.respond({ query: url.searchParams }, this.#services);
    } catch (error) {
      // Whoever looks must not end what serves.
      const { logger } = this.#services.server.runtime;
      logger.log("error", "admin", `${url.pathname}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return text(`${url.pathname}: ${error instanceof Error ? error.message : String(error)}\n`, 500);
    }
  }
}
