import type { ResourceSet } from "../resource/resource.ts";
import type { RequestError } from "../wire/requests.ts";
import { isFullState, rankOf } from "../resource/types.ts";
import type { NameSet } from "./names.ts";

/** A response that a client has refused. */
export interface Refusal {
  /** Of gRPC, as the client gave it. */
  readonly code: number;
  readonly message: string;
  readonly version: string;
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What is known of one type on one stream. */
export interface TypeStatus {
  readonly typeUrl: string;
  /** How many names are subscribed to. */
  readonly nameCount: number;
  readonly isWildcard: boolean;
  /** Of the last response; empty before the first. */
  readonly sentVersion: string;
  readonly nonce: string;
  /** Milliseconds since 1970; 0 before the first. */
  readonly sentAt: number;
  /** Of the last response that was accepted; empty before the first. */
  readonly ackedVersion: string;
  readonly ackedAt: number;
  /** Whether the last response has neither been accepted nor refused yet. */
  readonly isInFlight: boolean;
  /** Whether the source has nothing of this type for the client. */
  readonly isUnserved: boolean;
  /** Undefined once a response was accepted after it. */
  readonly refusal: Refusal | undefined;
}

/**
 * One type on one stream. What the client has is not listed: it has what the shared set `sent` has of what it subscribes to, save
 * what is in `owed`.
 */
export class TypeState {
  readonly typeUrl: string;
  readonly rank: number;
  readonly isFullState: boolean;
  names: NameSet;
  isWildcard = false;
  /** Whether names were listed in this stream: from then on an empty list means nothing, not everything. */
  hasListed = false;
  sent: ResourceSet | undefined = undefined;
  /** What is to be answered whatever was sent. */
  owed: Set<string> | undefined = undefined;
  /** Delta: the versions that the client has from before `sent`, if it has any. */
  initial: ReadonlyMap<string, string> | undefined = undefined;
  /** Whether there may be something to send. */
  isDirty = false;
  /** Whether the client has asked, and is to be answered. */
  isAsked = false;
  hasAnswered = false;
  isInFlight = false;
  isUnserved = false;
  nonce = "";
  sentVersion = "";
  sentAt = 0;
  ackedVersion = "";
  ackedAt = 0;
  refusal: Refusal | undefined = undefined;

  constructor(typeUrl: string, names: NameSet) {
    this.typeUrl = typeUrl;
    this.rank = rankOf(typeUrl);
    this.isFullState = isFullState(typeUrl);
    this.names = names;
  }

  wants(name: string): boolean {
    return this.isWildcard || this.names.names.has(name);
  }

  owe(name: string): void {
    this.owed ??= new Set();
    this.owed.add(name);
  }

  ask(): void {
    this.isAsked = true;
    this.isDirty = true;
  }

  /** Takes the answer to the response in flight. */
  answered(error: RequestError | undefined, now: number): "ack" | "nack" {
    this.isInFlight = false;
    if (error) {
      this.refuse(error, this.sentVersion, now);
      return "nack";
    }
    this.refusal = undefined;
    this.ackedVersion = this.sentVersion;
    this.ackedAt = now;
    return "ack";
  }

  refuse({ code, message }: RequestError, version: string, now: number): void {
    this.refusal = { code, message, version, nonce: this.nonce, at: now };
  }

  get status(): TypeStatus {
    const { typeUrl, isWildcard, sentVersion, nonce, sentAt, ackedVersion, ackedAt, isInFlight, isUnserved, refusal } = this;
    const nameCount = this.names.names.size - (this.names.names.has("*") ? 1 : 0);
    return { typeUrl, nameCount, isWildcard, sentVersion, nonce, sentAt, ackedVersion, ackedAt, isInFlight, isUnserved, refusal };
  }
}
