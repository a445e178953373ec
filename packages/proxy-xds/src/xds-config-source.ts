import type {
  CollectionWatcher,
  ConfigSource,
  Resource,
  ResourceReader,
  ResourceWatcher,
  Subscription,
  SubscriptionFailure,
} from "@mesh/proxy-core";
import { isXdsError, type WatchOptions, type XdsClient, type XdsError, type XdsResource } from "@mesh/xds-client";
import type { ReaderKinds } from "./reader-kinds.ts";

export interface XdsConfigSourceOptions {
  readonly client: XdsClient;
  readonly kinds: ReaderKinds;
  /** Milliseconds; 0: no limit. */
  readonly timeoutMs: number;
  /** Where a name or a collection is asked for; with an empty name, everything. */
  readonly route: (name: string) => Pick<WatchOptions, "source">;
}

/** What a ConfigSource message names, over the xDS client. */
export class XdsConfigSource implements ConfigSource {
  readonly #options: XdsConfigSourceOptions;

  constructor(options: XdsConfigSourceOptions) {
    this.#options = options;
  }

  get firstAnswerMs(): number {
    return this.#options.timeoutMs;
  }

  watch<Value>(reader: ResourceReader<Value>, name: string, watcher: ResourceWatcher<Value>): Subscription {
    const { client, kinds, route, timeoutMs } = this.#options;
    const kind = kinds.of(reader);
    return attempt(watcher, () =>
      client.watch(
        kind,
        name,
        {
          onChanged: (resource) => watcher.onChanged(asResource(resource)),
          onError: (error) => watcher.onFailed(asFailure(error)),
          onDoesNotExist: (isTimedOut) => {
            if (isTimedOut) watcher.onFailed(failure("timeout", `${kind.type.label} ${name}: nothing came in time`));
            else watcher.onMissing();
          },
        },
        { ...route(name), timeoutMs },
      ),
    );
  }

  watchAll<Value>(reader: ResourceReader<Value>, watcher: CollectionWatcher<Value>, collection: string): Subscription {
    const { client, kinds, route, timeoutMs } = this.#options;
    const kind = kinds.of(reader);
    return attempt(watcher, () =>
      client.watchAll(
        kind,
        {
          onResponse: ({ version, isAccepted }) => watcher.onResponse(version, isAccepted),
          onChanged: ({ changed, removed }, pace) => watcher.onChanged(changed.map(asResource), removed, pace),
          onError: (error) => watcher.onFailed(asFailure(error)),
        },
        { ...route(collection), timeoutMs, ...(collection === "" ? {} : { collection }) },
      ),
    );
  }
}

function asResource<Value>({ name, value, version, responseVersion }: XdsResource<Value>): Resource<Value> {
  return { name, value, version, responseVersion };
}

const failure = (kind: SubscriptionFailure["kind"], message: string): SubscriptionFailure => ({ kind, message, problems: [] });

function asFailure({ code, message, errors }: XdsError): SubscriptionFailure {
  if (code === "MESH_XDS_REFUSED") return { kind: "refused", message, problems: errors };
  return failure(code === "MESH_XDS_TIMEOUT" ? "timeout" : "unavailable", message);
}

/**
 * A name that cannot be asked for is a failure like others, since it comes from a resource and not from the caller. After the client is
 * closed nothing is watched.
 */
function attempt(watcher: { onFailed(failure: SubscriptionFailure): void }, watch: () => Subscription): Subscription {
  try {
    return watch();
  } catch (error) {
    if (!isXdsError(error)) throw error;
    let isOpen = error.code !== "MESH_XDS_CLOSED";
    queueMicrotask(() => {
      if (isOpen) watcher.onFailed(asFailure(error));
    });
    return {
      close: () => {
        isOpen = false;
      },
    };
  }
}
