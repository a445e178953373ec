import { FakeDelta } from "./fake-delta.ts";
import type { FakeRequest } from "./fake-request.ts";
import { FakeResources } from "./fake-resources.ts";
import { FakeSotw } from "./fake-sotw.ts";

/** What a stream of the fake may do with its client. */
export interface FakeStreamOutput {
  send(bytes: Uint8Array): void;
  end(code: number, details: string): void;
}

/** What a stream of the fake is told. */
export interface FakeStreamInput {
  receive(bytes: Uint8Array): void;
  /** The client has ended it. */
  closed(): void;
}

export interface FakeSession {
  receive(bytes: Uint8Array): FakeRequest;
  /** Sends what the client does not have yet. */
  push(): void;
}

export interface FakeSessionContext {
  readonly stream: number;
  readonly path: string;
  readonly identifier: string;
  readonly resources: FakeResources;
  /** Whether the type is not to be answered. */
  readonly isSilent: (typeUrl: string) => boolean;
  readonly nextNonce: () => string;
  readonly send: (bytes: Uint8Array) => void;
}

interface OpenStream {
  readonly session: FakeSession;
  readonly output: FakeStreamOutput;
}

/** The fake control plane without any I/O: streams are opened on it, bytes go in and come out. */
export class FakeServer {
  readonly resources: FakeResources = new FakeResources();
  readonly requests: FakeRequest[] = [];
  readonly #identifier: string;
  readonly #onRequest: (request: FakeRequest) => void;
  readonly #silent = new Set<string>();
  readonly #streams = new Set<OpenStream>();
  #opened = 0;
  #nonce = 0;
  #noncePrefix = "";
  #refusal: { code: number; details: string; left: number } | undefined = undefined;

  constructor(identifier: string, onRequest: (request: FakeRequest) => void = () => undefined) {
    this.#identifier = identifier;
    this.#onRequest = onRequest;
  }

  /** How many streams were opened, refused ones too. */
  get opened(): number {
    return this.#opened;
  }

  open(path: string, output: FakeStreamOutput): FakeStreamInput {
    const stream = ++this.#opened;
    const refusal = this.#refusal;
    if (refusal) {
      if (--refusal.left <= 0) this.#refusal = undefined;
      output.end(refusal.code, refusal.details);
      return { receive: () => undefined, closed: () => undefined };
    }
    const context: FakeSessionContext = {
      stream,
      path,
      identifier: this.#identifier,
      resources: this.resources,
      isSilent: (typeUrl) => this.#silent.has(typeUrl),
      nextNonce: () => `${this.#noncePrefix}${++this.#nonce}`,
      send: (bytes) => output.send(bytes),
    };
    const session = path.includes("/Delta") ? new FakeDelta(context) : new FakeSotw(context);
    const open = { session, output };
    this.#streams.add(open);
    return {
      receive: (bytes) => {
        if (!this.#streams.has(open)) return;
        const request = session.receive(bytes);
        this.requests.push(request);
        this.#onRequest(request);
      },
      closed: () => this.#streams.delete(open),
    };
  }

  push(): void {
    for (const { session } of this.#streams) session.push();
  }

  setSilent(typeUrl: string, isSilent: boolean): void {
    if (isSilent) this.#silent.add(typeUrl);
    else this.#silent.delete(typeUrl);
  }

  refuse(code: number, details: string, count: number): void {
    this.#refusal = count > 0 ? { code, details, left: count } : undefined;
  }

  breakStreams(code: number, details: string): void {
    for (const open of this.#streams) {
      this.#streams.delete(open);
      open.output.end(code, details);
    }
  }

  /** Nonces begin anew; with a prefix they and the versions are others than before. */
  restart(prefix: string): void {
    this.#nonce = 0;
    this.#noncePrefix = prefix;
    if (prefix !== "") this.resources.renumber(prefix);
  }
}
