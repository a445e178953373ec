/** The RPC frameworks that the same scenarios are run with, and what differs between them. */
import {
  dubboReleases,
  startDubboConsumer,
  startDubboProvider,
  startSofaConsumer,
  startSofaProvider,
  type DubboRelease,
} from "../peers/java.ts";
import type { CallOptions, EchoReference } from "../peers/driver.ts";
import { boltCodec, dubboCodec, type Json } from "../peers/mosn.ts";
import type { Peer } from "../peers/process.ts";

export interface RpcProvider extends Peer {
  readonly port: number;
  readonly id: string;
}

export interface ReferOptions {
  readonly url: string;
  readonly oneWay?: boolean;
  /** Milliseconds. Default: 3000. */
  readonly timeout?: number;
  /** Default: 0. */
  readonly retries?: number;
  /** Marks all calls, for routes: `tagHeader` has it then. */
  readonly tag?: string;
}

export interface RpcReference extends EchoReference {
  /** To be given to calls of a reference with a tag. */
  readonly callOptions: CallOptions;
}

export interface RpcConsumer {
  stop(): Promise<unknown>;
  refer(options: ReferOptions): Promise<RpcReference>;
}

/** An exception as a Java application sees it; fields of `JavaCallError`. */
export interface ExpectedFailure {
  readonly class: string;
  readonly errorType: number;
}

/** A framework, in one release, on both ends. */
export interface RpcFramework {
  readonly name: string;
  /** RpcProxy's `codec`. */
  codec(fields?: Json): Json;
  startProvider(options?: { readonly id?: string; readonly port?: number }): Promise<RpcProvider>;
  /** Sends a heartbeat after 200 ms of silence. */
  startConsumer(): Promise<RpcConsumer>;
  url(port: number): string;
  /** The service as routes see it. */
  readonly service: string;
  readonly tagHeader: string;
  /** Whether requests say how long their caller waits. */
  readonly sendsTimeout: boolean;
  /** Bytes of a heartbeat of a proxy. */
  readonly heartbeatBytes: number;
  /** What a caller sees: a call took too long, the host did not answer, no host was left, too many calls were there, nothing matched, a fault of status 503 was injected. */
  readonly failures: Readonly<Record<"timeout" | "network" | "noHost" | "overload" | "noRoute" | "fault", ExpectedFailure>>;
}

const sofaFailure = (name: string, errorType: number): ExpectedFailure => ({
  class: `com.alipay.sofa.rpc.core.exception.${name}`,
  errorType,
});

const sofarpc: RpcFramework = {
  name: "SOFARPC",
  codec: boltCodec,
  startProvider: startSofaProvider,
  startConsumer: async () => {
    const consumer = await startSofaConsumer({ heartbeatMs: 200 });
    return {
      stop: () => consumer.stop(),
      refer: async ({ oneWay = false, tag, ...options }) => {
        const app = tag === undefined ? {} : { app: tag };
        const reference = await consumer.refer({ ...options, ...app, reconnectPeriod: 100, invokeType: oneWay ? "oneway" : "sync" });
        return Object.assign(reference, { callOptions: {} });
      },
    };
  },
  url: (port) => `bolt://127.0.0.1:${port}`,
  service: "mesh.e2e.EchoService:1.0",
  tagHeader: "app",
  sendsTimeout: true,
  heartbeatBytes: 22,
  failures: {
    timeout: sofaFailure("SofaTimeOutException", 200),
    network: sofaFailure("SofaRpcException", 250),
    noHost: sofaFailure("SofaRpcException", 250),
    overload: sofaFailure("SofaRpcException", 100),
    noRoute: sofaFailure("SofaRpcException", 299),
    fault: sofaFailure("SofaRpcException", 100),
  },
};

const dubboFailure = (errorType: number): ExpectedFailure => ({ class: "org.apache.dubbo.rpc.RpcException", errorType });

/** Dubbo 3's consumers wrap an `RpcException` that they are answered with into another, whose code is 0; they do not try again. */
const answeredFailure = (release: DubboRelease, errorType: number): ExpectedFailure => dubboFailure(release === "2.7" ? errorType : 0);

const dubbo = (release: DubboRelease): RpcFramework => ({
  name: `Dubbo ${release}`,
  codec: dubboCodec,
  startProvider: (options) => startDubboProvider(release, options),
  startConsumer: async () => {
    const consumer = await startDubboConsumer(release);
    return {
      stop: () => consumer.stop(),
      refer: async ({ oneWay = false, tag, ...options }) => {
        const reference = await consumer.refer({
          ...options,
          heartbeatMs: 200,
          connections: 1,
          invokeType: oneWay ? "oneway" : "sync",
          // 3.x looks for lost connections once a minute otherwise.
          parameters: { "dubbo.application.least-reconnect-duration": "200" },
        });
        return Object.assign(reference, { callOptions: tag === undefined ? {} : { headers: { tag } } });
      },
    };
  },
  url: (port) => `dubbo://127.0.0.1:${port}`,
  service: "mesh.e2e.EchoService",
  tagHeader: "tag",
  sendsTimeout: release !== "2.7",
  heartbeatBytes: 17,
  failures: {
    timeout: dubboFailure(2),
    network: dubboFailure(1),
    noHost: answeredFailure(release, 6),
    overload: answeredFailure(release, 7),
    noRoute: answeredFailure(release, 6),
    fault: dubboFailure(1),
  },
});

export const frameworks: readonly RpcFramework[] = [sofarpc, ...dubboReleases.map(dubbo)];
