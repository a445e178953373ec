import { decodeMessage, encodeMessage, type MessageInit } from "@mesh/xds-proto";
import { xdstpCollectionOf } from "../resource/name.ts";
import { resourceTypes } from "../resource/types.ts";
import type { FakeRequest } from "./fake-request.ts";
import type { FakeResource } from "./fake-resources.ts";
import type { FakeSession, FakeSessionContext } from "./fake-server.ts";

interface Subscription {
  names: ReadonlySet<string>;
  isWildcard: boolean;
  hasListed: boolean;
  nonce: string;
  /** The versions that this stream has been sent, by name. */
  sent: Map<string, string>;
  sentVersion: string;
}

/** State of the world, as a control plane sees it. */
export class FakeSotw implements FakeSession {
  readonly #context: FakeSessionContext;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(context: FakeSessionContext) {
    this.#context = context;
  }

  receive(bytes: Uint8Array): FakeRequest {
    const { versionInfo, node, resourceNames, typeUrl, responseNonce, errorDetail } = decodeMessage(
      "envoy.service.discovery.v3.DiscoveryRequest",
      bytes,
    );
    const { stream, path } = this.#context;
    const kind = errorDetail
      ? "nack"
      : responseNonce !== "" && versionInfo === this.#subscriptions.get(typeUrl)?.sentVersion
        ? "ack"
        : "request";
    this.#take(typeUrl, resourceNames, responseNonce, versionInfo);
    return {
      stream,
      path,
      protocol: "sotw",
      typeUrl,
      kind,
      names: resourceNames,
      unsubscribed: [],
      initialVersions: {},
      version: versionInfo,
      nonce: responseNonce,
      error: errorDetail?.message ?? "",
      nodeId: node?.id,
      node: node ?? undefined,
    };
  }

  push(): void {
    for (const [typeUrl, subscription] of this.#subscriptions) this.#respond(typeUrl, subscription, false);
  }

  #take(typeUrl: string, names: readonly string[], nonce: string, version: string): void {
    const known = this.#subscriptions.get(typeUrl);
    // A request that answers an earlier response than the last one was sent without knowing that one: another will follow.
    if (known && nonce !== known.nonce) return;
    const subscription = known ?? { names: new Set(), isWildcard: false, hasListed: false, nonce: "", sent: new Map(), sentVersion: "" };
    this.#subscriptions.set(typeUrl, subscription);
    subscription.hasListed ||= names.length > 0;
    const isWildcard = names.includes("*") || (!subscription.hasListed && isFullState(typeUrl));
    const isNew = !known || (isWildcard && !subscription.isWildcard) || names.some((name) => !subscription.names.has(name));
    subscription.names = new Set(names);
    subscription.isWildcard = isWildcard;
    for (const name of subscription.sent.keys()) if (!wants(subscription, name)) subscription.sent.delete(name);
    // A client that comes back with the version of now has all that a subscription to everything gives.
    if (!known && isWildcard && names.length === 0 && version === this.#context.resources.versionOf(typeUrl)) {
      subscription.sentVersion = version;
      for (const { name, version: each } of this.#context.resources.of(typeUrl).values()) subscription.sent.set(name, each);
      return;
    }
    if (isNew) this.#respond(typeUrl, subscription, true);
  }

  #respond(typeUrl: string, subscription: Subscription, isAsked: boolean): void {
    const { resources, isSilent, nextNonce, identifier, send } = this.#context;
    if (isSilent(typeUrl)) return;
    const wanted = [...resources.of(typeUrl).values()].filter(({ name }) => wants(subscription, name));
    const fresh = wanted.filter(({ name, version }) => subscription.sent.get(name) !== version);
    const isFull = isFullState(typeUrl);
    const all = resources.of(typeUrl);
    const isGone = [...subscription.sent.keys()].some((name) => !all.has(name));
    const isDue = isFull ? isAsked || fresh.length > 0 || isGone : fresh.length > 0 || (isAsked && subscription.isWildcard);
    if (!isDue) return;
    const version = resources.versionOf(typeUrl);
    subscription.sent = new Map(wanted.map((each) => [each.name, each.version]));
    subscription.nonce = nextNonce();
    subscription.sentVersion = version;
    send(
      encodeMessage("envoy.service.discovery.v3.DiscoveryResponse", {
        versionInfo: version,
        resources: (isFull ? wanted : fresh).map(inSotw),
        typeUrl,
        nonce: subscription.nonce,
        controlPlane: { identifier },
      }),
    );
  }
}

function wants({ names, isWildcard }: Subscription, name: string): boolean {
  return isWildcard || names.has(name) || names.has(xdstpCollectionOf(name));
}

/** Whether responses are the whole state; only of such types does a first request without names mean everything. */
export function isFullState(typeUrl: string): boolean {
  return resourceTypes.some((type) => type.typeUrl === typeUrl && type.isFullState);
}

/** Only a resource with a time to live needs the wrapper. */
function inSotw(resource: FakeResource): FakeResource["any"] {
  if (resource.ttlMs === undefined) return resource.any;
  const value = encodeMessage("envoy.service.discovery.v3.Resource", wrapped(resource));
  return { type_url: "type.googleapis.com/envoy.service.discovery.v3.Resource", value };
}

export function wrapped({ name, any, version, aliases, ttlMs }: FakeResource): MessageInit<"envoy.service.discovery.v3.Resource"> {
  const ttl = ttlMs === undefined ? null : { seconds: Math.floor(ttlMs / 1000), nanos: (ttlMs % 1000) * 1e6 };
  return { name, resource: any, version, aliases, ...(ttl ? { ttl } : {}) };
}
