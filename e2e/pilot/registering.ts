/** The RPC frameworks as applications that know a registry and nothing else: what their providers register, and how their consumers call through a sidecar. */
import type { CallOptions, EchoReference } from "../peers/driver.ts";
import {
  dubboReleases,
  echoInterface,
  sofaServiceName,
  startDubboConsumer,
  startDubboProvider,
  startSofaConsumer,
  startSofaProvider,
  type DubboRelease,
  type ZookeeperRegistry,
} from "../peers/java.ts";
import type { Peer } from "../peers/process.ts";

/** One of several services that share an interface, as the frameworks tell them apart. */
export type Variant = "plain" | "blue" | "green";

export interface RegisteringOptions {
  readonly registry: ZookeeperRegistry;
  /** What its `id()` answers. */
  readonly id: string;
  /** A parameter of what it registers, for subsets. Default: none. */
  readonly release?: string;
  /** Default: plain. */
  readonly variant?: Variant;
  /** It carries out one call at a time, and refuses others meanwhile. Default: false. */
  readonly isSmall?: boolean;
}

export interface RegisteredProvider extends Peer {
  readonly port: number;
  readonly id: string;
}

export interface CallerOptions {
  /** Of the sidecar. */
  readonly port: number;
  /** Default: plain. */
  readonly variant?: Variant;
  /** Milliseconds. Default: 20,000, so that no machine is too slow. */
  readonly timeout?: number;
}

export type Caller = EchoReference;

export interface CallingConsumer {
  kill(): Promise<unknown>;
  refer(options: CallerOptions): Promise<Caller>;
}

/** An exception as a Java application sees it; fields of `JavaCallError`. */
export interface ExpectedFailure {
  readonly class: string;
  readonly errorType: number;
}

export interface RegisteringFramework {
  readonly name: string;
  /** The port's name and number in the mesh. */
  readonly protocol: "bolt" | "dubbo";
  /** Where its providers are in ZooKeeper. */
  readonly providers: string;
  /** The service as routes see it in a path. */
  readonly service: string;
  /** Whether its providers come back into a ZooKeeper that was away for longer than their session: those of SOFARPC were not seen to. */
  readonly registersAgain: boolean;
  startProvider(options: RegisteringOptions): Promise<RegisteredProvider>;
  startConsumer(): Promise<CallingConsumer>;
  /** What a caller sees: a provider refused the call because it had too many, or a fault of status 503 was injected, its own time was up, nobody provides the service, the host was lost in the call. */
  readonly failures: Readonly<Record<"busy" | "timeout" | "noRoute" | "lost", ExpectedFailure>>;
}

/** Calls that routes know by the header `tag`: with SOFARPC an entry of the header map, with Dubbo an attachment. */
export const tagged = (tag: string): CallOptions => ({ headers: { tag } });

const sofaFailure = (name: string, errorType: number): ExpectedFailure => ({
  class: `com.alipay.sofa.rpc.core.exception.${name}`,
  errorType,
});

const uniqueIdOf = ({ variant = "plain" }: { readonly variant?: Variant }): { readonly uniqueId?: string } =>
  variant === "plain" ? {} : { uniqueId: variant };

const sofarpc: RegisteringFramework = {
  name: "SOFARPC",
  protocol: "bolt",
  providers: `/sofa-rpc/${echoInterface}/providers`,
  service: sofaServiceName(),
  registersAgain: false,
  startProvider: ({ release, registry, id, isSmall = false, ...variant }) =>
    startSofaProvider({
      registry,
      id,
      stopTimeoutMs: 2000,
      ...uniqueIdOf(variant),
      ...(release === undefined ? {} : { parameters: { release } }),
      ...(isSmall ? { coreThreads: 1, maxThreads: 1, queues: 0 } : {}),
    }),
  startConsumer: async () => {
    const consumer = await startSofaConsumer();
    return {
      kill: () => consumer.kill(),
      refer: async ({ port, timeout = 20_000, ...variant }: CallerOptions) => {
        const url = `bolt://127.0.0.1:${port}`;
        return consumer.refer({ url, timeout, reconnectPeriod: 100, ...uniqueIdOf(variant) });
      },
    };
  },
  failures: {
    busy: sofaFailure("SofaRpcException", 100),
    timeout: sofaFailure("SofaTimeOutException", 200),
    noRoute: sofaFailure("SofaRpcException", 299),
    lost: sofaFailure("SofaRpcException", 250),
  },
};

const dubboVariants = {
  plain: {},
  blue: { version: "1.0.0", group: "shop" },
  green: { version: "2.0.0", group: "shop" },
} as const satisfies Record<Variant, { readonly version?: string; readonly group?: string }>;

const dubboFailure = (errorType: number): ExpectedFailure => ({ class: "org.apache.dubbo.rpc.RpcException", errorType });

const dubbo = (generation: DubboRelease): RegisteringFramework => ({
  name: `Dubbo ${generation}`,
  protocol: "dubbo",
  providers: `/dubbo/${echoInterface}/providers`,
  service: echoInterface,
  registersAgain: true,
  startProvider: ({ registry, id, release: releaseLabel, variant = "plain", isSmall = false }) =>
    startDubboProvider(generation, {
      registry,
      id,
      ...(isSmall ? { threads: 1, queues: 0 } : {}),
      services: [{ id, ...dubboVariants[variant], ...(releaseLabel === undefined ? {} : { parameters: { release: releaseLabel } }) }],
    }),
  startConsumer: async () => {
    const consumer = await startDubboConsumer(generation);
    return {
      kill: () => consumer.kill(),
      refer: async ({ port, timeout = 20_000, variant = "plain" }: CallerOptions) => {
        const url = `dubbo://127.0.0.1:${port}`;
        return consumer.refer({ url, timeout, connections: 1, ...dubboVariants[variant] });
      },
    };
  },
  failures: {
    busy: dubboFailure(1),
    timeout: dubboFailure(2),
    // Dubbo 3's consumers wrap an `RpcException` that they are answered with into another, whose code is 0.
    noRoute: dubboFailure(generation === "2.7" ? 6 : 0),
    lost: dubboFailure(1),
  },
});

export const registeringFrameworks: readonly RegisteringFramework[] = [sofarpc, ...dubboReleases.map(dubbo)];
