import type { HeaderView } from "@mesh/codec";
import type { RequestHead, ResponseHead } from "../head.ts";
import type { MessageSink } from "../sink.ts";

type Entries = readonly (readonly [name: string, value: string | null])[];

/** All that a decoder reports of one message, as plain values. The text of bodies has one character a byte. */
export interface HttpMessage {
  /** Method and target, or status and reason, and the version. */
  readonly start: readonly [string, string, string];
  readonly fields: Entries;
  readonly keepAlive: boolean;
  readonly upgrade: string | undefined;
  readonly body: string;
  readonly trailers: Entries;
  /** The interim responses before this one. */
  readonly interim: readonly { readonly status: number; readonly fields: Entries }[];
}

/** What a sink hears, as plain values. */
export type MessageEvent =
  | ({ readonly type: "head" } & Pick<HttpMessage, "start" | "fields" | "keepAlive" | "upgrade">)
  | { readonly type: "interim"; readonly status: number; readonly fields: Entries }
  | { readonly type: "body"; readonly text: string }
  | { readonly type: "trailers"; readonly fields: Entries }
  | { readonly type: "end" };

function entriesOf(headers: HeaderView): Entries {
  const entries: [string, string | null][] = [];
  headers.forEach((name, value) => entries.push([name, value]));
  return entries;
}

function recorder<H extends RequestHead | ResponseHead>(report: (event: MessageEvent) => void, onHead: (head: H) => void): MessageSink<H> {
  return {
    onHead,
    onBody: (chunk, start, end) => report({ type: "body", text: chunk.toString("latin1", start, end) }),
    onTrailers: (trailers) => report({ type: "trailers", fields: entriesOf(trailers) }),
    onEnd: () => report({ type: "end" }),
  };
}

/** A sink of requests that reports plain values. */
export function recordRequests(report: (event: MessageEvent) => void): MessageSink<RequestHead> {
  return recorder(report, ({ method, target, version, headers, keepAlive, upgrade }: RequestHead) => {
    report({ type: "head", start: [method, target, version], fields: entriesOf(headers), keepAlive, upgrade });
  });
}

/** A sink of responses that reports plain values. */
export function recordResponses(report: (event: MessageEvent) => void): MessageSink<ResponseHead> {
  return recorder(report, ({ isInterim, status, reason, version, headers, keepAlive, upgrade }: ResponseHead) => {
    const fields = entriesOf(headers);
    if (isInterim) report({ type: "interim", status, fields });
    else report({ type: "head", start: [String(status), reason, version], fields, keepAlive, upgrade });
  });
}

type Mutable = { -readonly [K in keyof HttpMessage]: HttpMessage[K] };

function nothing(): Mutable {
  return { start: ["", "", ""], fields: [], keepAlive: false, upgrade: undefined, body: "", trailers: [], interim: [] };
}

/** Folds events into whole messages; an incomplete one at the end is dropped. */
export function collectMessages(events: readonly MessageEvent[]): readonly HttpMessage[] {
  const messages: HttpMessage[] = [];
  let current = nothing();
  for (const event of events) {
    switch (event.type) {
      case "interim":
        current.interim = current.interim.concat({ status: event.status, fields: event.fields });
        break;
      case "head": {
        const { type: _, ...head } = event;
        Object.assign(current, head);
        break;
      }
      case "body":
        current.body += event.text;
        break;
      case "trailers":
        current.trailers = event.fields;
        break;
      default:
        messages.push(current);
        current = nothing();
    }
  }
  return messages;
}
