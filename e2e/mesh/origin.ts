/** Servers of this process that stand where an application would, for what nginx cannot do: hang, answer differently each time, look at bytes. */
import { createServer as createHttpServer, request as httpRequest } from "node:http";
import type { Agent, IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { Server, Socket } from "node:net";

export interface Origin {
  readonly port: number;
  /** Ends it, and every connection. */
  close(): Promise<void>;
}

async function listen(server: Server): Promise<Origin> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** An HTTP server of Node's own. */
export function startHttpOrigin(handle: RequestListener): Promise<Origin> {
  return listen(createHttpServer({ keepAliveTimeout: 0, requestTimeout: 0 }, handle));
}

/** A server of bytes; its connections may be half open. */
export function startTcpOrigin(handle: (socket: Socket) => void): Promise<Origin> {
  return listen(createTcpServer({ allowHalfOpen: true }, handle));
}

/** Answers with the request's body, as it comes, and with what it knows of the request in `x-seen-…`. */
export function echo(request: IncomingMessage, response: ServerResponse): void {
  const { headers, httpVersion, method = "", url = "" } = request;
  response.setHeader("x-seen-line", `${method} ${url} HTTP/${httpVersion}`);
  response.setHeader("x-seen-length", headers["content-length"] ?? "none");
  response.setHeader("x-seen-encoding", headers["transfer-encoding"] ?? "none");
  if (headers["content-length"] !== undefined) response.setHeader("content-length", headers["content-length"]);
  request.pipe(response);
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpAsk {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
}

/** One request to a port of this machine. Rejects where the response does not come whole. */
export function ask(port: number, options: HttpAsk = {}): Promise<HttpAnswer> {
  const { path = "/", method = "GET", headers = {}, body, agent } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, method, headers, agent: agent ?? false }, (response) => {
      let text = "";
      response.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      response.once("error", reject);
    });
    request.once("error", reject);
    request.end(body);
  });
}
