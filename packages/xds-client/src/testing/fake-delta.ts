import { decodeMessage, encodeMessage, type MessageInit } from "@mesh/xds-proto";
import { xdstpCollectionOf } from "../resource/name.ts";
import { virtualHostType } from "../resource/types.ts";
import type { FakeRequest } from "./fake-request.ts";
import { isFullState, wrapped } from "./fake-sotw.ts";
import type { FakeResource } from "./fake-resources.ts";
import type { FakeSession, FakeSessionContext } from "./fake-server.ts";

interface Subscription {
  readonly names: Set<string>;
  isWildcard: boolean;
  /** What the client has, by name, with its version. */
  readonly known: Map<string, string>;
  /** Names that the client was told do not exist. */
  readonly absent: Set<string>;
}

/** Delta, as a control plane sees it. */
export class FakeDelta implements FakeSession {
  readonly #context: FakeSessionContext;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(context: FakeSessionContext) {
    this.#context = context;
  }

  receive(bytes: Uint8Array): FakeRequest {
    const request = decodeMessage("envoy.service.discovery.v3.DeltaDiscoveryRequest", bytes);
    const { typeUrl, resourceNamesSubscribe, resourceNamesUnsubscribe, initialResourceVersions, responseNonce, errorDetail, node } =
      request;
    const { stream, path } = this.#context;
    const kind = errorDetail ? "nack" : responseNonce === "" ? "request" : "ack";
    this.#take(typeUrl, resourceNamesSubscribe, resourceNamesUnsubscribe, initialResourceVersions);
    return {
      stream,
      path,
      protocol: "delta",
      typeUrl,
      kind,
      names: resourceNamesSubscribe,
      unsubscribed: resourceNamesUnsubscribe,
      initialVersions: initialResourceVersions,
      version: "",
      nonce: responseNonce,
      error: errorDetail?.message ?? "",
      nodeId: node?.id,
      node: node ?? undefined,
    };
  }

  push(): void {
    for (const [typeUrl, subscription] of this.#subscriptions) this.#respond(typeUrl, subscription, [], false);
  }

  #take(typeUrl: string, names: readonly string[], unsubscribed: readonly string[], versions: Readonly<Record<string, string>>): void {
    const known = this.#subscriptions.get(typeUrl);
    const subscription = known ?? { names: new Set(), isWildcard: false, known: new Map(Object.entries(versions)), absent: new Set() };
    this.#subscriptions.set(typeUrl, subscription);
    if (!known && names.length === 0 && isFullState(typeUrl)) subscription.isWildcard = true;
    for (const name of unsubscribed) {
      subscription.names.delete(name);
      subscription.absent.delete(name);
      if (name === "*") subscription.isWildcard = false;
    }
    for (const name of names) {
      subscription.absent.delete(name);
      if (name === "*") subscription.isWildcard = true;
      else subscription.names.add(name);
      // Asked for in this stream, it is sent again even if it was sent before.
      if (known) subscription.known.delete(name);
    }
    // One that is not asked for by name any more may be part of everything: the client cannot know which it is.
    for (const name of unsubscribed) subscription.known.delete(name);
    for (const name of subscription.known.keys()) {
      const resource = this.#context.resources.of(typeUrl).get(name);
      if (resource ? !wants(subscription, resource) : !isNamed(subscription, name)) subscription.known.delete(name);
    }
    const isAsked = names.length > 0 || (unsubscribed.length > 0 && subscription.isWildcard) || !known;
    if (isAsked) this.#respond(typeUrl, subscription, names.length > 0 ? names : [], subscription.isWildcard && !known);
  }

  #respond(typeUrl: string, subscription: Subscription, asked: readonly string[], isDue: boolean): void {
    const { resources, isSilent, nextNonce, identifier, send } = this.#context;
    if (isSilent(typeUrl)) return;
    const all = resources.of(typeUrl);
    const wanted = [...all.values()].filter((resource) => wants(subscription, resource));
    const fresh = wanted.filter(({ name, version, aliases }) => {
      return subscription.known.get(name) !== version || aliases.some((alias) => asked.includes(alias));
    });
    const removed = [...subscription.known.keys()].filter((name) => !all.has(name));
    const served = new Set(wanted.flatMap(({ name, aliases }) => [name, ...aliases]));
    const missing = [...subscription.names].filter((name) => !served.has(name) && !name.endsWith("*") && !subscription.absent.has(name));
    const absent = typeUrl === virtualHostType.typeUrl ? missing : [];
    const gone = [...new Set([...removed, ...(absent.length > 0 ? [] : missing)])];
    for (const name of missing) subscription.absent.add(name);
    for (const { name, aliases } of wanted) for (const each of [name, ...aliases]) subscription.absent.delete(each);
    for (const name of removed) subscription.known.delete(name);
    for (const { name, version } of fresh) subscription.known.set(name, version);
    if (!isDue && fresh.length === 0 && gone.length === 0 && absent.length === 0) return;
    send(
      encodeMessage("envoy.service.discovery.v3.DeltaDiscoveryResponse", {
        systemVersionInfo: resources.versionOf(typeUrl),
        // An alias that stands for nothing is answered with a resource of its name, without content (VHDS).
        resources: [
          ...fresh.map(wrapped),
          ...absent.map((name): MessageInit<"envoy.service.discovery.v3.Resource"> => ({ name, aliases: [name] })),
        ],
        typeUrl,
        removedResources: gone,
        nonce: nextNonce(),
        controlPlane: { identifier },
      }),
    );
  }
}

function isNamed({ names, isWildcard }: Subscription, name: string): boolean {
  return isWildcard || names.has(name) || names.has(xdstpCollectionOf(name));
}

function wants(subscription: Subscription, { name, aliases }: FakeResource): boolean {
  return isNamed(subscription, name) || aliases.some((alias) => subscription.names.has(alias));
}
