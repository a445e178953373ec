// What a proxy pays this codec for one exchange. Run: node --conditions=@mesh/source bench/exchange.ts
import { createRequestDecoder, createResponseDecoder } from "../src/index.ts";
import type { RequestHead, ResponseHead } from "../src/index.ts";
import { forwardFloor, scanFloor } from "./floor.ts";
import { measure } from "./measure.ts";

const request = Buffer.from(
  [
    "GET /api/v1/orders/42?expand=lines HTTP/1.1",
    "Host: orders.example.com",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "Accept: application/json, text/plain, */*",
    "Accept-Encoding: gzip, deflate, br",
    "Accept-Language: en-GB,en;q=0.9",
    "Cookie: session=4fd1e0c9b7; theme=dark",
    "Referer: https://shop.example.com/basket",
    "X-B3-TraceId: 463ac35c9f6413ad48485a3953bb6124",
    "X-Forwarded-Proto: https",
    "Connection: keep-alive",
    "",
    "",
  ].join("\r\n"),
);
const responseHead = [
  "HTTP/1.1 200 OK",
  "Server: nginx/1.24.0",
  "Date: Mon, 01 Jan 2024 00:00:00 GMT",
  "Content-Type: application/json",
  "Content-Length: 1024",
  "Connection: keep-alive",
  'ETag: "5f3e1c2a-400"',
  "",
  "",
].join("\r\n");
const response = Buffer.concat([Buffer.from(responseHead), Buffer.alloc(1024, "x")]);
const out = Buffer.allocUnsafeSlow(65_536);

class RequestSink {
  head: RequestHead | undefined = undefined;
  ends: number = 0;
  onHead(head: RequestHead): void {
    this.head = head;
  }
  onBody(): void {}
  onTrailers(): void {}
  onEnd(): void {
    this.ends++;
  }
}

class ResponseSink {
  head: ResponseHead | undefined = undefined;
  bodyStart: number = 0;
  bodyEnd: number = 0;
  onHead(head: ResponseHead): void {
    this.head = head;
  }
  onBody(_chunk: Buffer, start: number, end: number): void {
    this.bodyStart = start;
    this.bodyEnd = end;
  }
  onTrailers(): void {}
  onEnd(): void {}
}

const requests = new RequestSink();
const responses = new ResponseSink();
const requestDecoder = createRequestDecoder(requests);
const responseDecoder = createResponseDecoder(responses);

function decodeRequest(): RequestHead {
  requestDecoder.push(request);
  const { head } = requests;
  if (head === undefined) throw requestDecoder.error ?? new Error("no head");
  return head;
}

function decodeResponse(): ResponseHead {
  responseDecoder.expect("GET");
  responseDecoder.push(response);
  const { head } = responses;
  if (head === undefined) throw responseDecoder.error ?? new Error("no head");
  return head;
}

function forwardRequest(head: RequestHead): number {
  head.removeHopByHop();
  head.headers.set("x-forwarded-proto", "http");
  head.headers.append("x-request-id", "4b1c7e2a-93d5-4f0e-8a6b-0c9d8e7f6a5b");
  head.headers.append("x-envoy-expected-rq-timeout-ms", "15000");
  if (head.encodedLength() > out.length) throw new Error("too long");
  return head.writeTo(out, 0);
}

function forwardResponse(head: ResponseHead): number {
  head.removeHopByHop();
  head.headers.append("x-envoy-upstream-service-time", "1");
  if (head.encodedLength() + 1024 > out.length) throw new Error("too long");
  const offset = head.writeTo(out, 0);
  response.copy(out, offset, responses.bodyStart, responses.bodyEnd);
  return offset + responses.bodyEnd - responses.bodyStart;
}

console.log(`request ${request.length} bytes, response head ${responseHead.length} bytes`);
const dr = measure("decode request", () => decodeRequest().contentLength);
measure("decode request, authority and path", () => {
  const head = decodeRequest();
  return head.authority.length + head.path.length;
});
measure("decode request, authority, path, 5 lookups", () => {
  const head = decodeRequest();
  const { headers } = head;
  let found = head.authority.length + head.path.length;
  if (headers.has("x-request-id")) found++;
  if (headers.has("x-forwarded-for")) found++;
  if (headers.has("x-envoy-upstream-rq-timeout-ms")) found++;
  if (headers.has("x-envoy-retry-on")) found++;
  if (headers.has("x-b3-traceid")) found++;
  return found;
});
const one = measure("decode request, authority, path, 3 edits, write", () => {
  const head = decodeRequest();
  return head.authority.length + head.path.length + forwardRequest(head);
});
const two = measure("decode response", () => decodeResponse().status);
const three = measure("decode response, 1 edit, write, copy body", () => forwardResponse(decodeResponse()));
const floor = { contentLength: 0, hostStart: 0, hostEnd: 0 };
const requestLine = Buffer.from("x-request-id: 4b1c7e2a-93d5-4f0e-8a6b-0c9d8e7f6a5b\r\n\r\n");
const responseLine = Buffer.from("x-envoy-upstream-service-time: 1\r\n\r\n");
const four = measure("floor: request", () => {
  const end = scanFloor(request, floor);
  return request.toString("latin1", floor.hostStart, floor.hostEnd).length + forwardFloor(request, end, requestLine, out);
});
const five = measure("floor: response", () => forwardFloor(response, scanFloor(response, floor), responseLine, out));
const sum = one + three;
console.log(
  `both directions: ${sum.toFixed(0)} ns (${dr.toFixed(0)} + ${two.toFixed(0)} decoding), ${(sum / (four + five)).toFixed(1)} times the floor`,
);
