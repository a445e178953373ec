import { typeUrl, type Any } from "@mesh/xds-proto";
import { compileAccessLogs, type AccessLogger } from "../access-log/index.ts";
import { ExtensionFactories, type ConfigPath, type ExtensionDescriptor } from "../config/index.ts";
import type { StatsScope } from "../stats/index.ts";
import { compilePredicate } from "./filter-predicate.ts";
import type { ListenerContext, ListenerMessage } from "./listener.ts";
import type { ListenerFilter, ListenerFilterExtension } from "./listener-filter.ts";
import { SometimesFilter } from "./sometimes-filter.ts";
import { ListenerStats } from "./listener-stats.ts";

/** It has no fields. */
const originalDestination: Any = {
  type_url: typeUrl("envoy.extensions.filters.listener.original_dst.v3.OriginalDst"),
  value: new Uint8Array(),
};

const isListenerFilter = (descriptor: ExtensionDescriptor): descriptor is ListenerFilterExtension =>
  descriptor.category === "envoy.filters.listener" && "create" in descriptor;

/** All of a listener but its filter chains. Listeners that differ in these only share it; it goes with the last of them. */
export class ListenerFrame {
  /** The message without its filter chains. */
  readonly bytes: Buffer;
  /** `listener.<address>`. */
  readonly scope: StatsScope;
  readonly stats: ListenerStats;
  readonly filters: readonly ListenerFilter[];
  readonly accessLogs: readonly AccessLogger[];
  /** What listener filters count beside the listener's own, by names that begin at the root. */
  readonly #rootScope: StatsScope;
  #users = 1;

  /** Throws a `ConfigError`. */
  constructor(message: ListenerMessage, path: ConfigPath, context: ListenerContext, bytes: Buffer, statName: string) {
    const { stats, runtime, extensions } = context;
    this.bytes = bytes;
    this.scope = stats.scope(`listener.${statName}`, "listener", { "envoy.listener_address": statName });
    this.#rootScope = stats.scope("");
    try {
      this.stats = new ListenerStats(this.scope);
      const descriptors = extensions.list("envoy.filters.listener").filter(isListenerFilter);
      const factories = new ExtensionFactories(extensions, "envoy.filters.listener", descriptors);
      const filterContext = { runtime, extensions, stats: this.scope, rootStats: this.#rootScope };
      const configured = message.listenerFilters.map((filter, index) => {
        const at = path.field("listener_filters").index(index).field("typed_config");
        const { factory, extension } = factories.resolve(filter.typedConfig, at);
        const made = factory.create(extension, filterContext);
        if (filter.filterDisabled === null) return made;
        const place = path.field("listener_filters").index(index).field("filter_disabled");
        return new SometimesFilter(made, compilePredicate(filter.filterDisabled, place));
      });
      const restoresAddress = message.listenerFilters.some(({ typedConfig }) => typedConfig?.type_url === originalDestination.type_url);
      if (message.useOriginalDst?.value === true && !restoresAddress) {
        // As Envoy has it: who asks for the listener of the original destination asks for the destination.
        const { factory, extension } = factories.resolve(originalDestination, path.field("use_original_dst"));
        configured.push(factory.create(extension, filterContext));
      }
      this.filters = configured;
      this.accessLogs = compileAccessLogs(message.accessLog, path.field("access_log"), context);
    } catch (error) {
      this.#dispose();
      throw error;
    }
  }

  /** One more listener has it. */
  share(): this {
    this.#users++;
    return this;
  }

  /** One listener less has it. */
  release(): void {
    this.#users--;
    if (this.#users === 0) this.#dispose();
  }

  #dispose(): void {
    this.scope.dispose();
    this.#rootScope.dispose();
  }
}
