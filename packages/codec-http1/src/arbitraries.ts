/**
 * Arbitraries of HTTP/1 messages for fast-check, each with what a decoder should make of it, and bytes that every HTTP/1 implementation must refuse.
 * The messages are put together from strings here, not with this package's encoder, so that the two can be held against each other.
 *
 * @packageDocumentation
 */
export { requestWires, responseWires } from "./arbitraries/messages.ts";
export type { RequestWire, ResponseWire } from "./arbitraries/messages.ts";
export { collectMessages, recordRequests, recordResponses } from "./arbitraries/record.ts";
export type { HttpMessage, MessageEvent } from "./arbitraries/record.ts";
export { fieldNames, fieldValues } from "./arbitraries/fields.ts";
export { refusedRequests, refusedResponses } from "./arbitraries/refused.ts";
export type { RefusedMessage } from "./arbitraries/refused.ts";
