import { decodeMessage, encodeMessage, unpackAny } from "@mesh/xds-proto";
import { DeltaStream } from "../machine/delta-stream.ts";
import { SotwStream } from "../machine/sotw-stream.ts";
import type { TypeStatus } from "../machine/type-state.ts";
import type { Received, StreamContext } from "../machine/stream.ts";
import { createResourceSet, type DerivableResourceSet } from "../resource/resource-set.ts";
import type { Resource } from "../resource/resource.ts";
import { clusterTypeUrl, endpointsTypeUrl, listenerTypeUrl, routeConfigurationTypeUrl } from "../resource/types.ts";
import { readDeltaRequest, readSotwRequest, type RequestError } from "../wire/requests.ts";
import { FRAME_HEADER } from "../wire/responses.ts";
import { testContext, type TestContextOptions } from "./context.ts";

export type TestType = "cluster" | "endpoints" | "listener" | "route" | "other";

export const typeUrls: Readonly<Record<TestType, string>> = {
  cluster: clusterTypeUrl,
  endpoints: endpointsTypeUrl,
  listener: listenerTypeUrl,
  route: routeConfigurationTypeUrl,
  other: "type.googleapis.com/acme.Other",
};

/** A response as a test looks at it. */
export interface Answer {
  readonly type: string;
  readonly version: string;
  readonly nonce: string;
  /** Sorted. */
  readonly names: readonly string[];
  readonly removed: readonly string[];
  readonly frame: readonly Buffer[];
}

/** What sources of tests have, by type. */
export class TestSource {
  readonly sets: Map<string, DerivableResourceSet> = new Map();

  set(type: TestType, ...resources: readonly Resource[]): void {
    const url = typeUrls[type];
    this.sets.set(url, (this.sets.get(url) ?? createResourceSet()).with({ set: resources }));
  }

  remove(type: TestType, ...names: readonly string[]): void {
    const url = typeUrls[type];
    this.sets.set(url, (this.sets.get(url) ?? createResourceSet()).with({ remove: names }));
  }
}

abstract class Harness {
  readonly source: TestSource;
  protected readonly context: StreamContext;
  now = 0;

  constructor(source: TestSource, options: TestContextOptions | StreamContext) {
    this.source = source;
    this.context = "names" in options ? options : testContext({ now: () => this.now, ...options });
  }

  protected abstract readonly stream: SotwStream | DeltaStream;
  protected abstract decode(message: Buffer): Omit<Answer, "frame">;

  push(...types: readonly TestType[]): Answer[] {
    this.stream.changed(types.length === 0 ? undefined : new Set(types.map((type) => typeUrls[type])));
    return this.take();
  }

  /** All responses that may be sent now. */
  take(): Answer[] {
    const answers: Answer[] = [];
    for (;;) {
      const outgoing = this.stream.next();
      if (!outgoing) return answers;
      const { frame } = outgoing.response;
      answers.push({ ...this.decode(Buffer.concat(frame).subarray(FRAME_HEADER)), frame });
    }
  }

  get wakeAt(): number | undefined {
    return this.stream.wakeAt;
  }

  status(type: TestType): TypeStatus | undefined {
    return this.stream.status.find(({ typeUrl }) => typeUrl === typeUrls[type]);
  }
}

export class SotwHarness extends Harness {
  protected readonly stream: SotwStream;

  constructor(source: TestSource, options: TestContextOptions | StreamContext = {}) {
    super(source, options);
    this.stream = new SotwStream(this.context, (typeUrl) => source.sets.get(typeUrl));
  }

  protected decode(message: Buffer): Omit<Answer, "frame"> {
    const { typeUrl, versionInfo, nonce, resources } = decodeMessage("envoy.service.discovery.v3.DiscoveryResponse", message);
    return {
      type: nameOf(typeUrl),
      version: versionInfo,
      nonce,
      names: resources.map((any) => firstName(unpackAny(any).message)).sort(),
      removed: [],
    };
  }

  request(type: TestType, names: readonly string[], nonce: string = "", error?: RequestError): Received {
    const encoded = encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", {
      typeUrl: typeUrls[type],
      resourceNames: names,
      responseNonce: nonce,
      ...(error ? { errorDetail: error } : {}),
    });
    return this.stream.receive(readSotwRequest(Buffer.from(encoded)));
  }

  ask(type: TestType, names: readonly string[], nonce: string = ""): Answer[] {
    this.request(type, names, nonce);
    return this.take();
  }
}

export interface DeltaInit {
  readonly subscribe?: readonly string[];
  readonly unsubscribe?: readonly string[];
  readonly initial?: Readonly<Record<string, string>>;
  readonly nonce?: string;
  readonly error?: RequestError;
}

export class DeltaHarness extends Harness {
  protected readonly stream: DeltaStream;

  constructor(source: TestSource, options: TestContextOptions | StreamContext = {}) {
    super(source, options);
    this.stream = new DeltaStream(this.context, (typeUrl) => source.sets.get(typeUrl));
  }

  protected decode(message: Buffer): Omit<Answer, "frame"> {
    const response = decodeMessage("envoy.service.discovery.v3.DeltaDiscoveryResponse", message);
    const { typeUrl, systemVersionInfo, nonce, resources, removedResources } = response;
    return {
      type: nameOf(typeUrl),
      version: systemVersionInfo,
      nonce,
      names: resources.map(({ name }) => name).sort(),
      removed: [...removedResources].sort(),
    };
  }

  request(type: TestType, { subscribe = [], unsubscribe = [], initial = {}, nonce = "", error }: DeltaInit): Received {
    const encoded = encodeMessage("envoy.service.discovery.v3.DeltaDiscoveryRequest", {
      typeUrl: typeUrls[type],
      resourceNamesSubscribe: subscribe,
      resourceNamesUnsubscribe: unsubscribe,
      initialResourceVersions: initial,
      responseNonce: nonce,
      ...(error ? { errorDetail: error } : {}),
    });
    return this.stream.receive(readDeltaRequest(Buffer.from(encoded)));
  }

  ask(type: TestType, init: DeltaInit): Answer[] {
    this.request(type, init);
    return this.take();
  }
}

function nameOf(url: string): string {
  return Object.entries(typeUrls).find(([, each]) => each === url)?.[0] ?? url;
}

function firstName(message: object): string {
  return String(Reflect.get(message, "name") ?? Reflect.get(message, "clusterName"));
}
