/**
 * An application that provides three services: over Bolt, over Dubbo, and on the web. `ID`, `BOLT_PORT`, `DUBBO_PORT` and `HTTP_PORT` come from the
 * environment; what has no port is not provided.
 */
import { createServer as createWebServer } from "node:http";
import { createServer, type Server } from "node:net";
import { RpcFrameKind } from "@mesh/codec";
import { instanceHeader, orders, stock, type RpcDialect } from "./protocols.ts";

const id = process.env["ID"] ?? "application";

function provide(dialect: RpcDialect): Server {
  return createServer({ noDelay: true }, (socket) => {
    const session = dialect.codec.open(
      {
        onFrame: (frame) => {
          if (frame.kind === RpcFrameKind.Heartbeat) socket.write(session.heartbeatAck(frame));
          else if (frame.kind === RpcFrameKind.Request) socket.write(dialect.answer(frame.idLow, id));
        },
      },
      { role: "server" },
    );
    socket.on("data", (chunk: Buffer) => session.push(chunk));
    socket.on("error", () => {});
  });
}

function listen(server: Server, variable: string): Promise<void> | undefined {
  const port = process.env[variable];
  return port === undefined ? undefined : new Promise((resolve) => server.listen(Number(port), "127.0.0.1", resolve));
}

const web = createWebServer((_, response) => response.setHeader(instanceHeader, id).end(`hello from ${id}\n`));

await Promise.all([listen(provide(orders), "BOLT_PORT"), listen(provide(stock), "DUBBO_PORT"), listen(web, "HTTP_PORT")]);
console.log("ready");
