import type { RequestHead, ResponseHead } from "@mesh/codec-http1";
import type { HeaderMap, HeaderView } from "@mesh/codec";
import type { HeaderReader } from "../access-log/index.ts";
import type { RequestOrigin } from "../cluster/index.ts";
import type { Metadata } from "../config/index.ts";
import type { CookieRecipe, RoutableRequest, Route } from "../route/index.ts";
import { hashText64 } from "../runtime/index.ts";
import { fieldBytes, Stream, type StreamResponse } from "../stream/index.ts";
import type { DownstreamHttpConnection } from "./downstream-connection.ts";
import { headerValues, HttpResponse, TrailerReader } from "./http-response.ts";

/**
 * What routes, filters and logs see of a request and its response. The stream that carries them is its own view, so that a request allocates one
 * object.
 */
export abstract class HttpExchange extends Stream implements RoutableRequest {
  readonly downstream: DownstreamHttpConnection;
  readonly head: RequestHead;
  /** It comes from our own network, so that it may say how it is to be forwarded. */
  isInternal = false;
  /** Where `x-forwarded-for` says that the request comes from. */
  remoteAddress: string | undefined = undefined;
  responseHead: ResponseHead | undefined = undefined;
  protected trailersOfResponse: HeaderView | undefined = undefined;
  /** Values of `set-cookie` that the response of a host gets. */
  protected newCookies: string[] | undefined = undefined;
  #scheme: string | undefined = undefined;

  constructor(downstream: DownstreamHttpConnection, head: RequestHead) {
    super(downstream.owner);
    this.downstream = downstream;
    this.head = head;
  }

  get request(): RoutableRequest {
    return this;
  }

  get authority(): string {
    return this.head.authority;
  }

  set authority(value: string) {
    this.head.authority = value;
  }

  get path(): string {
    return this.head.path;
  }

  set path(value: string) {
    this.head.path = value;
  }

  get method(): string {
    return this.head.method;
  }

  set method(value: string) {
    this.head.method = value;
  }

  /** As the trusted proxy before this one saw it, else that of this connection. */
  get scheme(): string {
    if (this.#scheme !== undefined) return this.#scheme;
    const forwarded = this.head.headers.get("x-forwarded-proto")?.toLowerCase();
    return (this.#scheme = forwarded === "https" ? forwarded : "http");
  }

  set scheme(value: string) {
    this.#scheme = value;
  }

  get headers(): HeaderMap {
    return this.head.headers;
  }

  header(name: string): string | undefined {
    switch (name) {
      case ":authority":
        return this.head.authority;
      case ":path":
        return this.head.path === "" ? undefined : this.head.path;
      case ":method":
        return this.head.method;
      case ":scheme":
        return this.scheme;
      default:
        return this.head.headers.get(name);
    }
  }

  headerValues(name: string): readonly string[] {
    return headerValues(this.head.headers, name);
  }

  get response(): StreamResponse | undefined {
    return this.responseHead === undefined ? undefined : new HttpResponse(this.responseHead);
  }

  get responseTrailers(): HeaderReader | undefined {
    return this.trailersOfResponse === undefined ? undefined : new TrailerReader(this.trailersOfResponse);
  }

  get protocol(): string {
    return this.downstream.isHttp10 ? "HTTP/1.0" : "HTTP/1.1";
  }

  /** Envoy: the same for all requests of a connection, so that those under way at once get the same. */
  override giveCookie({ name, suffix }: CookieRecipe): string {
    const { remoteAddress, localAddress } = this.downstream.info;
    const value = hashText64(`${remoteAddress}${localAddress}`).hex;
    (this.newCookies ??= []).push(`${name}="${value}"${suffix}`);
    return value;
  }

  selectRoute(): Route | undefined {
    return this.downstream.manager.routes.match(this, this.owner.runtime.random.next());
  }

  // What logs ask of the connection.

  get downstreamRemoteAddress(): string | undefined {
    return this.remoteAddress ?? this.downstream.info.remoteAddress;
  }

  get downstreamDirectRemoteAddress(): string | undefined {
    return this.downstream.info.directRemoteAddress;
  }

  get downstreamLocalAddress(): string | undefined {
    return this.downstream.info.localAddress;
  }

  get originalDestination(): string | undefined {
    const { info } = this.downstream;
    return info.isRedirected === true ? info.localAddress : undefined;
  }

  get downstreamDirectLocalAddress(): string | undefined {
    return this.downstream.info.directLocalAddress;
  }

  get filterChainName(): string | undefined {
    return this.downstream.info.filterChainName;
  }

  get filterChainMetadata(): Metadata | undefined {
    return this.downstream.info.filterChainMetadata;
  }

  get listenerMetadata(): Metadata | undefined {
    return this.downstream.info.listenerMetadata;
  }

  override get origin(): RequestOrigin {
    return this.isInternal ? "internal" : "external";
  }

  override get responseTrailersBytes(): number {
    return this.trailersOfResponse === undefined ? 0 : fieldBytes(this.trailersOfResponse);
  }

  get connectionId(): number {
    return this.downstream.connection.id;
  }

  get requestedServerName(): string | undefined {
    return this.downstream.info.requestedServerName;
  }
}
