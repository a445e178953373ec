import fc from "fast-check";
import { expect, test } from "vitest";
import { connectRaw, startProxy, startRawBackend, until, type RawPeer } from "./testing.ts";

/** What a host does with the requests on one of its connections, in turn. */
type HostAct = "answer" | "answer-chunked" | "answer-and-close" | "busy" | "early" | "half" | "reset" | "nonsense" | "silence";

interface Request {
  readonly method: "GET" | "POST" | "HEAD";
  readonly size: number;
  readonly isChunked: boolean;
}

interface Client {
  readonly requests: readonly Request[];
  readonly isPipelined: boolean;
  /** It goes away after so many responses; more than it has requests: it waits for all. */
  readonly patience: number;
}

const request: fc.Arbitrary<Request> = fc.record({
  method: fc.constantFrom("GET", "POST", "HEAD"),
  size: fc.constantFrom(0, 1, 1000, 40_000),
  isChunked: fc.boolean(),
});
const client: fc.Arbitrary<Client> = fc.record({
  requests: fc.array(request, { minLength: 1, maxLength: 4 }),
  isPipelined: fc.boolean(),
  patience: fc.nat({ max: 6 }),
});
const act: fc.Arbitrary<HostAct> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<HostAct>("answer") },
  {
    weight: 4,
    arbitrary: fc.constantFrom<HostAct[]>("answer-chunked", "answer-and-close", "busy", "early", "half", "reset", "nonsense", "silence"),
  },
);

test("whatever clients and hosts do, each request has at most one answer, its own, and all counts come back to nothing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(client, { minLength: 1, maxLength: 3 }),
      fc.infiniteStream(act),
      fc.boolean(),
      async (clients, acts, retries) => {
        await using backend = await startRawBackend();
        const proxy = await startProxy({
          hosts: [backend.port],
          route: { timeout: "5s", ...(retries ? { retry_policy: { retry_on: "5xx,reset", num_retries: 2 } } : {}) },
          cluster: { circuit_breakers: { thresholds: [{ max_connections: 2, max_pending_requests: 2, max_retries: 1 }] } },
        });
        {
          await using _ = proxy;
          let open = true;
          const serving = serve(backend, acts, () => open);
          await Promise.all(clients.map((one, index) => play(one, index, proxy.port, () => proxy.runtime.advance(100))));
          // What hosts never answered is over when its time is.
          await until(() => {
            proxy.runtime.advance(500);
            return proxy.filter.activeConnections === 0;
          });
          expect([
            proxy.stat("downstream_rq_active"),
            proxy.stat("downstream_cx_active"),
            proxy.stat("downstream_cx_http1_active"),
          ]).toEqual([0, 0, 0]);
          expect([proxy.clusterStat("upstream_rq_active"), proxy.clusterStat("upstream_rq_pending_active")]).toEqual([0, 0]);
          expect(proxy.stat("downstream_rq_total")).toBe(proxy.logged.length);
          expect(proxy.limits).toMatchObject({ requests: 0, pendingRequests: 0, retries: 0 });
          open = false;
          await serving;
        }
        await until(() => proxy.limits?.connections === 0);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

/** Sends requests and looks at what comes back: every response must be to the request that it follows. */
async function play(client: Client, index: number, port: number, pass: () => void): Promise<void> {
  const peer = await connectRaw(port);
  const texts = client.requests.map((one, i) => textOf(one, `/${index}/${i}`));
  if (client.isPipelined) peer.write(texts.join(""));
  for (let i = 0; i < texts.length && i < client.patience; i++) {
    if (!client.isPipelined) peer.write(texts[i] ?? "");
    const head = await readFinalHead(peer, pass);
    if (head === undefined) break;
    const named = /^x-path: (.*)$/mu.exec(head)?.[1];
    if (named !== undefined) expect(named).toBe(`/${index}/${i}`);
    if (client.requests[i]?.method !== "HEAD" && !(await readBody(peer, head, pass))) break;
    if (/^connection: close$/mu.test(head)) break;
  }
  peer.socket.destroy();
}

/** Reads a response's head, and those of interim responses before it; `undefined` where it does not come. */
async function readFinalHead(peer: RawPeer, pass: () => void): Promise<string | undefined> {
  for (;;) {
    await until(() => {
      pass();
      return peer.ended || peer.received.includes("\r\n\r\n");
    });
    if (!peer.received.includes("\r\n\r\n")) return undefined;
    const head = await peer.readHead();
    if (!head.startsWith("HTTP/1.1 1")) return head;
  }
}

/** Reads a response's body; false where it breaks off. */
async function readBody(peer: RawPeer, head: string, pass: () => void): Promise<boolean> {
  const length = Number(/^content-length: (\d+)$/imu.exec(head)?.[1] ?? 0);
  const isWhole = (): boolean =>
    /^transfer-encoding: chunked$/imu.test(head) ? peer.received.includes("0\r\n\r\n") : peer.received.length >= length;
  await until(() => {
    pass();
    return peer.ended || isWhole();
  });
  if (!isWhole()) return false;
  if (/^transfer-encoding: chunked$/imu.test(head)) await peer.readTo("0\r\n\r\n");
  else await peer.readBytes(length);
  return true;
}

function textOf({ method, size, isChunked }: Request, path: string): string {
  const head = `${method} ${path} HTTP/1.1\r\nHost: a\r\n`;
  if (method !== "POST") return `${head}\r\n`;
  const body = "b".repeat(size);
  if (!isChunked) return `${head}Content-Length: ${size}\r\n\r\n${body}`;
  return `${head}Transfer-Encoding: chunked\r\n\r\n${size > 0 ? `${size.toString(16)}\r\n${body}\r\n` : ""}0\r\n\r\n`;
}

async function serve(backend: { readonly connections: readonly RawPeer[] }, acts: Iterator<HostAct>, isOpen: () => boolean): Promise<void> {
  const served = new Set<RawPeer>();
  await until(() => {
    for (const peer of backend.connections) {
      if (peer.ended && !peer.closed) peer.socket.destroy();
      if (served.has(peer) && !peer.received.includes("\r\n\r\n")) continue;
      served.add(peer);
      answer(peer, acts);
    }
    return !isOpen();
  });
}

/** Does what comes next with the request at the front, if it is there as far as that needs. */
function answer(peer: RawPeer, acts: Iterator<HostAct>): void {
  const end = peer.received.indexOf("\r\n\r\n");
  if (end < 0) return;
  const head = peer.received.slice(0, end + 4);
  const length = Number(/^content-length: (\d+)$/imu.exec(head)?.[1] ?? 0);
  const rest = peer.received.slice(end + 4);
  const whole = /^transfer-encoding: chunked$/imu.test(head) ? rest.indexOf("0\r\n\r\n") + 5 : length;
  if (rest.length < whole || (whole === 4 && /chunked/iu.test(head))) return;
  peer.received = rest.slice(whole);
  const [, method = "", path = ""] = /^(\S+) (\S+) /u.exec(head) ?? [];
  const named = `x-path: ${path}\r\n`;
  const body = method === "HEAD" ? "" : "r".repeat(3000);
  switch (acts.next().value as HostAct) {
    case "answer":
      peer.write(`HTTP/1.1 200 OK\r\n${named}Content-Length: 3000\r\n\r\n${body}`);
      return;
    case "answer-chunked":
      peer.write(`HTTP/1.1 200 OK\r\n${named}Transfer-Encoding: chunked\r\n\r\n${body === "" ? "" : `bb8\r\n${body}\r\n0\r\n\r\n`}`);
      return;
    case "answer-and-close":
      peer.write(`HTTP/1.1 200 OK\r\n${named}Connection: close\r\n\r\n${body}`);
      peer.socket.end();
      return;
    case "busy":
      peer.write(`HTTP/1.1 503 Service Unavailable\r\n${named}Content-Length: 0\r\n\r\n`);
      return;
    case "early":
      peer.write(`HTTP/1.1 103 Early Hints\r\n${named}\r\nHTTP/1.1 200 OK\r\n${named}Content-Length: 0\r\n\r\n`);
      return;
    case "half":
      peer.write(`HTTP/1.1 200 OK\r\n${named}Content-Length: 6000\r\n\r\n${body}`);
      peer.socket.end();
      return;
    case "reset":
      peer.socket.resetAndDestroy();
      return;
    case "nonsense":
      peer.write("NONSENSE\r\n\r\n");
      return;
    case "silence":
      return;
  }
}
