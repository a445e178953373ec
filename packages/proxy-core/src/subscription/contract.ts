import type { Any, Message, TypeRegistry } from "@mesh/xds-proto";
import type { ConfigPath, ConfigProblem } from "../config/index.ts";
import type { Logger } from "../runtime/index.ts";
import type { StatsScope } from "../stats/index.ts";
import type { Pace } from "./pace.ts";

/** The messages that may come while the proxy runs. */
export type ResourceMessage =
  | "envoy.config.listener.v3.Listener"
  | "envoy.config.route.v3.RouteConfiguration"
  | "envoy.config.cluster.v3.Cluster"
  | "envoy.config.endpoint.v3.ClusterLoadAssignment"
  | "envoy.config.core.v3.TypedExtensionConfig"
  | "envoy.service.runtime.v3.Runtime";

/** A resource as it came: what there is to read, and to show where it is refused. */
export interface IncomingResource {
  readonly name: string;
  readonly any: Any;
  /** The control plane's name for this state. */
  readonly version: string;
}

/** Like `Steps`. A promise that is yielded is waited for; it is never rejected. */
export type ReadSteps<Value> = Generator<Promise<void> | void, Value, void>;

/**
 * What makes a value of a resource. A proxy has one for each message, whatever sources the resources come from: what two watches of a name
 * get is the same value.
 */
export interface ResourceReader<Value> {
  readonly message: ResourceMessage;
  /**
   * Called for each resource whose bytes are new, before anybody is told of it. Throws a `ConfigError` with all that is wrong: the resource is
   * refused then (NACK), and the last good one stays in use.
   */
  read(resource: IncomingResource): Value;
  /**
   * The same, for resources that may be so large that reading one takes longer than requests may wait, or whose reading waits for the system. Sources
   * prefer it to `read`.
   */
  readInSteps?(resource: IncomingResource): ReadSteps<Value>;
  /**
   * An update came, whose resources are read next, in its order.
   *
   * @param removed those that are there and that it takes away, by name
   */
  begin?(removed: readonly string[]): void;
  /**
   * What was refused of that name is over, and nothing was read since: what is in use was sent again, or the resource was taken away, or nobody
   * watches it any more. For those who remember what they refused.
   */
  forget?(name: string): void;
}

/** A resource in use. */
export interface Resource<Value> {
  readonly name: string;
  /** What its reader made. */
  readonly value: Value;
  readonly version: string;
  /** Of the response that it came with: where each resource has a version (delta), the control plane's name for the state of all of them. */
  readonly responseVersion: string;
}

/** Why there is no news. What was there before stays in use, and the watch goes on. */
export interface SubscriptionFailure {
  /**
   * - `refused`: an update came, and its reader threw.
   * - `timeout`: nothing came within the source's `initial_fetch_timeout`.
   * - `unavailable`: the source cannot be reached. It will be tried again.
   */
  readonly kind: "refused" | "timeout" | "unavailable";
  /** For people. */
  readonly message: string;
  /** With `refused`: what is wrong, the paths beginning at the resource. */
  readonly problems: readonly ConfigProblem[];
}

/** Who watches one resource. */
export interface ResourceWatcher<Value> {
  /** It is there, or another took its place. */
  onChanged(resource: Resource<Value>): void;
  /** There is none, or it was removed. It may come later. */
  onMissing(): void;
  onFailed(failure: SubscriptionFailure): void;
}

/** Who watches all resources of a kind. */
export interface CollectionWatcher<Value> {
  /**
   * A response came, which may change nothing. What it changes is told next.
   *
   * @param isAccepted whether nothing of it was refused
   */
  onResponse(version: string, isAccepted: boolean): void;
  /**
   * Called for the first answer, even an empty one, and for each that changes something.
   *
   * @param pace how much may be done in one turn
   * @returns a promise where it takes more than one: nothing else comes from the source before it is fulfilled
   */
  onChanged(changed: readonly Resource<Value>[], removed: readonly string[], pace: Pace): Promise<void> | undefined;
  onFailed(failure: SubscriptionFailure): void;
}

/** A watch that goes on until it is closed. Its watcher is called never while `watch` runs, and never after `close`. */
export interface Subscription {
  close(): void;
}

/** Where resources come from: what a ConfigSource message names. */
export interface ConfigSource {
  /**
   * Milliseconds that a first answer may take (`initial_fetch_timeout`); 0: as long as it likes. Watchers are told when it is over. Who was told
   * that something does not exist may wait as long for it: a control plane that speaks delta says so of what it is about to make.
   */
  readonly firstAnswerMs: number;
  /** Of one resource. */
  watch<Value>(reader: ResourceReader<Value>, name: string, watcher: ResourceWatcher<Value>): Subscription;
  /** Of all that there are, or of those of a collection (`xdstp://authority/type/…/*`) where that is not empty. */
  watchAll<Value>(reader: ResourceReader<Value>, watcher: CollectionWatcher<Value>, collection: string): Subscription;
}

export type ConfigSourceMessage = Message<"envoy.config.core.v3.ConfigSource">;

/** The sources that a proxy is composed with: xDS over gRPC, say. */
export interface ConfigSources {
  /** The same source for equal messages. Throws a `ConfigError` where there can be none. Nothing is asked for before the first watch. */
  open(message: ConfigSourceMessage, path: ConfigPath): ConfigSource;
  close(): void;
}

/** Counts what sources send to a control plane that is one of the proxy's clusters, in that cluster's statistics. */
export interface ControlPlaneTraffic {
  /** A connection is being made. */
  connect(): ControlPlaneConnection;
  /** A stream is to be opened. */
  open(): ControlPlaneStream;
}

/** One connection: it fails, or is made and ends. */
export interface ControlPlaneConnection {
  /**
   * The other side has taken it.
   *
   * @param address its, as in `127.0.0.1:15010`; undefined where it has none
   * @param ms how long that took
   */
  onConnected(address: string | undefined, ms: number): void;
  /**
   * It was not made.
   *
   * @param isLocal whether nobody wanted it any more
   */
  onFailed(isLocal: boolean): void;
  onEnded(end: ControlPlaneConnectionEnd): void;
}

export interface ControlPlaneConnectionEnd {
  /** Milliseconds since it was made. */
  readonly ms: number;
  /** This side has ended it. */
  readonly isLocal: boolean;
  /** Nothing ever came from the other side. */
  readonly wasSilent: boolean;
  /** So nobody waited for it any longer. */
  readonly wasTooLate: boolean;
}

/** One stream: it ends, or this side cancels it. */
export interface ControlPlaneStream {
  /** It is on its way: there is a connection. */
  onSent(): void;
  /** Something came; told of once or more often. */
  onAnswered(): void;
  /** @param isOk whether the control plane says so (status 0 of gRPC) */
  onEnded(isOk: boolean): void;
  onCancelled(): void;
}

/** What sources are made with. */
export interface ConfigSourcesContext {
  readonly bootstrap: Message<"envoy.config.bootstrap.v3.Bootstrap">;
  /** Who asks. */
  readonly node: Message<"envoy.config.core.v3.Node">;
  readonly registry: TypeRegistry;
  readonly logger: Logger;
  /** The root of all statistics. */
  readonly stats: StatsScope;
  /** For the cluster of that name; undefined where there is none. Not to be asked for before the first watch. */
  readonly controlPlaneTraffic: (clusterName: string) => ControlPlaneTraffic | undefined;
}

/** Makes the sources of a proxy, once its bootstrap has been read. Throws a `ConfigError` where the bootstrap asks for what they cannot do. */
export type ConfigSourcesFactory = (context: ConfigSourcesContext) => ConfigSources;
