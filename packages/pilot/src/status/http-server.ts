import { createServer, type Server, type ServerResponse } from "node:http";
import { pilotError } from "../base/index.ts";
import type { ListenOptions } from "../base/index.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export const textAnswer = (status: number, body: string): Answer => ({ status, type: "text/plain; charset=utf-8", body });

/** What is said to a GET; undefined where there is nothing. */
export type Handler = (path: string, query: URLSearchParams) => Promise<Answer> | Answer;

/** Answers GET and HEAD. */
export class HttpServer {
  readonly #listen: ListenOptions;
  readonly #server: Server;
  #address = "";

  constructor(listen: ListenOptions, handler: Handler) {
    this.#listen = listen;
    this.#server = createServer((request, response) => {
      if (request.method !== "GET" && request.method !== "HEAD") {
        response.setHeader("allow", "GET, HEAD");
        return write(response, textAnswer(405, "only GET\n"));
      }
      void answer(handler, request.url ?? "/").then((found) => write(response, found));
    });
  }

  /** `127.0.0.1:8080`; empty before it listens. */
  get address(): string {
    return this.#address;
  }

  /** @throws MESH_PILOT_LISTEN where the port cannot be had */
  async listen(): Promise<void> {
    const { host = "127.0.0.1", port } = this.#listen;
    const shown = host.includes(":") ? `[${host}]` : host;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) =>
        reject(pilotError("MESH_PILOT_LISTEN", `cannot listen on ${shown}:${port}: ${error.message}`, error)),
      );
      this.#server.listen(port, host, resolve);
    });
    const bound = this.#server.address();
    this.#address = `${shown}:${typeof bound === "object" && bound !== null ? bound.port : port}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(handler: Handler, target: string): Promise<Answer> {
  try {
    const { pathname, searchParams } = new URL(target, "http://pilot");
    return await handler(pathname, searchParams);
  } catch (error) {
    return textAnswer(URL.canParse(target, "http://pilot") ? 500 : 400, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function write(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
