import type { XdsError } from "../errors.ts";
import type { XdsResource } from "../resource/kind.ts";
import type { Pace } from "../source/pace.ts";

/** Who watches one resource. */
export interface ResourceWatcher<Value> {
  /** It is there, or another took its place. */
  onChanged(resource: XdsResource<Value>): void;
  /** Something is wrong, and what was there stays in use. The watch goes on. */
  onError(error: XdsError): void;
  /**
   * There is none, or it was removed. It may come later.
   *
   * @param isTimedOut whether that is only taken to be so, since nobody answered in time
   */
  onDoesNotExist(isTimedOut: boolean): void;
}

/** A response, or the content of a file, of a type. */
export interface ResponseInfo {
  /** `version_info`, or in delta `system_version_info`. */
  readonly version: string;
  /** Whether nothing of it was refused (ACK). */
  readonly isAccepted: boolean;
}

/** Who watches a collection: all resources of a type, say. */
export interface CollectionWatcher<Value> {
  /**
   * Called for the first response, even one without resources, and for each that changes something. Who needs long for many resources may
   * stop when `pace.isSpent` and go on in the turn that `pace.next()` gives.
   *
   * @returns a promise where it does: the answer to the response, and all that comes after it on the stream, waits for it
   */
  onChanged(update: CollectionUpdate<Value>, pace: Pace): Promise<void> | void;
  onError(error: XdsError): void;
  /**
   * Each response of the type, even one that changes nothing; where a watch joins others, the last one that was accepted. Called before what came with
   * it is told. Default: nothing.
   */
  onResponse?(response: ResponseInfo): void;
}

/** What one response changed. */
export interface CollectionUpdate<Value> {
  /** New ones, and those that take the place of others. In the order of the response. */
  readonly changed: readonly XdsResource<Value>[];
  /** The names of those that are gone. */
  readonly removed: readonly string[];
}

/** Who watches the virtual hosts of a route configuration. */
export interface VirtualHostWatcher<Value> extends CollectionWatcher<Value> {
  /** No virtual host serves a host that was requested. It may come later. */
  onDoesNotExist(host: string): void;
}

/** A watch that goes on until it is closed. */
export interface XdsWatch {
  /** Nothing is called afterwards. */
  close(): void;
}

export interface VirtualHostWatch extends XdsWatch {
  /** Asks for the virtual host that serves a host, as a request for it has come. Asking twice is asking once. */
  request(host: string): void;
}
