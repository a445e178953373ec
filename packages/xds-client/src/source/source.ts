import type { XdsError } from "../errors.ts";
import type { ResponseSummary, StreamStatus } from "../machine/events.ts";
import type { TypeState, TypeUpdate } from "../machine/type-state.ts";
import type { ResourceKind } from "../resource/kind.ts";
import type { Pace } from "./pace.ts";

/** Where resources come from: a stream, or a file. */
export interface Source {
  /** For dumps: the server's address, or the path. */
  readonly label: string;
  subscribe(kind: ResourceKind<unknown>, name: string, timeoutMs: number): void;
  unsubscribe(kind: ResourceKind<unknown>, name: string): void;
  /** The types that were ever subscribed to. */
  states(): Iterable<TypeState>;
  stateOf(typeUrl: string): TypeState | undefined;
  /** The version of the last response that was accepted whole; empty before. */
  versionOf(typeUrl: string): string;
  close(): void;
}

/** Who is told. */
export interface SourceSink {
  /** A response, or the content of a file, was taken. What it changed is delivered next. */
  answered(kind: ResourceKind<unknown>, response: ResponseSummary): void;
  /**
   * Tells those who watch, at that pace.
   *
   * @returns a promise where it takes more than this turn: until it is fulfilled, nothing else is to be applied
   */
  deliver(kind: ResourceKind<unknown>, update: TypeUpdate, isResponse: boolean, pace: Pace): Promise<void> | undefined;
  /** Without a name: to all watches of the kind. */
  fail(kind: ResourceKind<unknown>, name: string | undefined, error: XdsError): void;
}

/** For statistics and logs. Each call comes after what it tells of. */
export interface XdsObserver {
  /** A stream was opened; `path` is its method. */
  onStreamOpen?(server: string, path: string): void;
  onStreamClose?(server: string, path: string, status: StreamStatus): void;
  /** A request was sent, of so many bytes. */
  onRequest?(server: string, size: number): void;
  /** So many requests of a stream wait for its `requestRate`. Called whenever that changes. */
  onRequestsWaiting?(server: string, path: string, count: number): void;
  /** A response, or a file (then without `path`), was taken and accepted or refused. */
  onResponse?(server: string, kind: ResourceKind<unknown>, response: ResponseSummary, path?: string): void;
}
