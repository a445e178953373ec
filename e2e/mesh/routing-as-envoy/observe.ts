import { connect, type Socket } from "node:net";
import { startTcpOrigin, type Origin } from "../origin.ts";
import { bytesOf, type HttpRequest } from "./requests.ts";

/** What a proxy did with a request, as its caller and the host saw it. */
export type Observation = readonly string[];

/** Fields of every response of a host, for mutations to meet. */
const hostFields: readonly string[] = ["x-a: host", "x-b: 1", "x-b: 2", "X-C:", "x-host-once: 1"];

const seenField = "x-seen: ";
const seenBy = "seen by the host of ";

/** A host that tells in `x-seen` what it was sent: its own name and the head, in JSON. */
export function startEchoHost(name: string): Promise<Origin> {
  return startTcpOrigin((socket: Socket) => {
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const lines = text.slice(0, end).split("\r\n");
        text = text.slice(end + 4);
        const seen = escaped(JSON.stringify([name, ...lines]));
        const head = ["HTTP/1.1 200 OK", "content-length: 2", ...hostFields, seenField + seen, "", ""];
        socket.write(head.join("\r\n") + (lines[0]?.startsWith("HEAD ") === true ? "" : "ok"), "latin1");
      }
    });
  });
}

/** In ASCII. */
const escaped = (json: string): string =>
  json.replaceAll(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** What no two requests have in common, so that it is not compared. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/^(date|x-envoy-upstream-service-time): .*/, "$1: <varies>"],
  [/^(x-request-id): [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "$1: <uuid>"],
];

/** Envoy holds these as one value, joined of those that are not empty; ours stay as they came. To their readers it is the same (RFC 9110 §5.3). */
const joinedByEnvoy: ReadonlySet<string> = new Set(["location", "user-agent", "x-forwarded-host", "x-forwarded-proto"]);

/** A head's lines as they are compared: names in lower case and sorted, because neither case nor order means anything (RFC 9110 §5.3). */
function comparable([first = "", ...fields]: readonly string[]): string[] {
  const settled = fields.map((field) => {
    const lower = field.replace(/^[^:]*/, (name) => name.toLowerCase()).trimEnd();
    return varying.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), lower);
  });
  const nameOf = (field: string): string => field.slice(0, field.indexOf(":"));
  const byName = Map.groupBy(settled, nameOf);
  const lines = [...byName.keys()].sort().flatMap((name) => {
    const same = byName.get(name) ?? [];
    if (!joinedByEnvoy.has(name)) return same;
    const values = same.map((field) => field.slice(name.length + 2)).filter((value) => value !== "");
    return `${name}: ${values.join(",")}`;
  });
  // The reason is for nobody (RFC 9112 §4).
  return [first.replace(/^(HTTP\/1\.1 \d+) .*/, "$1"), ...lines];
}

/**
 * One response. The connection is reset with its last byte: Envoy waits a second for its caller to close, and thousands of connections that
 * were closed properly would keep their ports for a minute.
 *
 * @param isBodiless whether a response to this request has no body, whatever its length
 */
function exchange(port: number, bytes: string, isBodiless: boolean): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      if (isWhole(text, isBodiless)) socket.resetAndDestroy();
    });
    socket.once("error", (error) => (text += `\n${error.message}`));
    socket.once("close", () => resolve(text));
  });
}

function isWhole(text: string, isBodiless: boolean): boolean {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  if (isBodiless || /^HTTP\/1\.1 (204|304) /.test(text)) return true;
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(text)) return text.endsWith("\r\n0\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, headEnd + 2))?.[1];
  return length !== undefined && text.length >= headEnd + 4 + Number(length);
}

/** Sends a request to a proxy. The connection is of this request alone. */
export async function observe(port: number, request: HttpRequest): Promise<Observation> {
  const text = await exchange(port, bytesOf(request), request.method === "HEAD");
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return [`no response: ${JSON.stringify(text)}`];
  const lines = text.slice(0, headEnd).split("\r\n");
  const seen = lines.find((line) => line.startsWith(seenField));
  // RFC 9110 §9.3.2: what a response to HEAD says of its body may be left out.
  const isFraming = (line: string): boolean => request.method === "HEAD" && /^(content-length|transfer-encoding):/i.test(line);
  const response = comparable(lines.filter((line) => line !== seen && !isFraming(line)));
  // A tunnel that is refused: response mutations are compared where there is a response to mutate.
  if (request.method === "CONNECT" && response[0] === "HTTP/1.1 403") return ["HTTP/1.1 403"];
  const body = `body: ${JSON.stringify(text.slice(headEnd + 4))}`;
  if (seen === undefined) return [...response, body, "no host saw it"];
  const [name = "", ...head] = JSON.parse(seen.slice(seenField.length)) as string[];
  return [...response, body, seenBy + name, ...comparable(head).map((line) => `  ${line}`)];
}

/** In a word: the status, or that a host answered. */
export function outcomeOf(observation: Observation): string {
  if (observation.some((line) => line.startsWith(seenBy))) return "forwarded";
  return /^HTTP\/1\.1 (\d+)/.exec(observation[0] ?? "")?.[1] ?? "none";
}
