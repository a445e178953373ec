import { expect, test } from "vitest";
import type { StreamDetail, StreamInfo } from "../access-log/index.ts";
import { connectRaw, startProxy, startRawBackend, until } from "./testing.ts";

/** What a log can tell of one exchange: it keeps nothing of the stream. */
interface Seen {
  readonly detail: StreamDetail | undefined;
  readonly connection: readonly unknown[];
  readonly headers: readonly number[];
}

function record(): { seen: Seen[]; onLog: (info: StreamInfo) => void } {
  const seen: Seen[] = [];
  const onLog = (info: StreamInfo): void => {
    const { detail, upstreamConnectionId, upstreamProtocol, filterChainName, downstreamDirectLocalAddress } = info;
    seen.push({
      detail: detail === undefined ? undefined : Object.assign(Object.create(null), detail),
      connection: [upstreamConnectionId !== 0, upstreamProtocol, filterChainName, downstreamDirectLocalAddress],
      headers: [info.requestHeadersBytes, info.responseHeadersBytes, info.responseTrailersBytes],
    });
  };
  return { seen, onLog };
}

test("a log that asks for it is told the bytes on the wire, of each exchange its own", async () => {
  const { seen, onLog } = record();
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port], onLog });
  const client = await connectRaw(proxy.port);
  const host = backend.accept();
  for (const body of ["hello", "hello again"]) {
    const request = `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const response = "HTTP/1.1 200 OK\r\nX-From: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    client.write(request);
    const sent = await (await host).readTo(body);
    (await host).write(response);
    const received = await client.readTo("0\r\n\r\n");
    await until(() => seen.length === (body === "hello" ? 1 : 2));
    const { detail, connection, headers } = seen.at(-1) ?? {};
    expect(detail).toMatchObject({
      downstreamBytesReceived: request.length,
      downstreamBytesSent: received.length,
      upstreamBytesSent: sent.length,
      upstreamBytesReceived: response.length,
      // Name, colon, value and line end; where it is written here, the space as well.
      downstreamHeaderBytesReceived: "Host:a\r\nContent-Length:5\r\n".length + String(body.length).length - 1,
      upstreamHeaderBytesReceived: "X-From:b\r\nTransfer-Encoding:chunked\r\n".length,
      upstreamHeaderBytesSent: sent.length - "POST /a HTTP/1.1\r\n\r\n".length - body.length,
      downstreamHeaderBytesSent: received.length - "HTTP/1.1 200 OK\r\n\r\n2\r\nok\r\n0\r\n\r\n".length,
    });
    expect(connection).toEqual([true, "HTTP/1.1", "chain", "127.0.0.1:15001"]);
    const fields = sent.slice(sent.indexOf("\r\n") + 2, sent.indexOf("\r\n\r\n"));
    const named = fields.split("\r\n").reduce((bytes, field) => bytes + field.length - ": ".length, 0);
    expect(headers?.[0]).toBe(":authority:path:method:schemea/aPOSThttp".length + named - "Hosta".length);
  }
});

test("it is told when what happened, and of what did not happen that it did not", async () => {
  const { seen, onLog } = record();
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port], onLog });
  const client = await connectRaw(proxy.port);
  proxy.runtime.advance(10);
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const host = await backend.accept();
  await host.readHead();
  proxy.runtime.advance(20);
  host.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  await client.readHead();
  proxy.runtime.advance(30);
  host.write("half");
  await client.readTo("half");
  await until(() => seen.length === 1);
  const { startedAt = Number.NaN, ...detail } = seen[0]?.detail ?? {};
  expect(detail).toMatchObject({
    downstreamConnectedAt: startedAt - 10,
    requestReceivedAt: startedAt,
    upstreamConnectStartedAt: startedAt,
    upstreamConnectedAt: startedAt,
    requestSendingAt: startedAt,
    requestSentAt: startedAt,
    responseReceivingAt: startedAt + 20,
    responseSendingAt: startedAt + 20,
    responseBodyReceivingAt: startedAt + 50,
    responseReceivedAt: startedAt + 50,
    responseSentAt: startedAt + 50,
  });
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await host.readHead();
  client.socket.destroy();
  await until(() => seen.length === 2);
  expect(seen[1]?.detail).toMatchObject({ responseReceivingAt: -1, responseReceivedAt: -1, responseSendingAt: -1, responseSentAt: -1 });
});

test("of a request that cannot be read it is told what came of it", async () => {
  const { seen, onLog } = record();
  await using proxy = await startProxy({ onLog });
  const client = await connectRaw(proxy.port);
  const request = "GET / HTTP/1.1\r\nHost : a\r\n\r\n";
  client.write(request);
  const response = await client.readAll();
  expect(response).toMatch(/^HTTP\/1\.1 400 /u);
  expect(seen[0]?.detail).toMatchObject({
    downstreamBytesReceived: request.length,
    downstreamBytesSent: response.length,
    upstreamBytesSent: 0,
  });
  expect(seen[0]?.connection).toEqual([false, undefined, "chain", "127.0.0.1:15001"]);
});
