/** The peers that run on a JVM. */
export { buildJavaPeers, java } from "./jvm.ts";
export type { Answer, CallOptions, EchoReference, JavaFailure, LoadOptions, LoadSummary, RunningLoad } from "./driver.ts";
export { echoInterface, twinInterface } from "./echo-service.ts";
export type { EchoMethod, Order, Person } from "./echo-service.ts";
export { dubboReleases, startDubboConsumer, startDubboProvider } from "./dubbo.ts";
export type {
  DubboConsumer,
  DubboConsumerOptions,
  DubboExport,
  DubboInvokeType,
  DubboProvider,
  DubboProviderOptions,
  DubboReferOptions,
  DubboRegisterMode,
  DubboRelease,
  DubboSerialization,
  DubboService,
} from "./dubbo.ts";
export { sofaServiceName, startSofaConsumer, startSofaProvider } from "./sofarpc.ts";
export type {
  SofaConsumer,
  SofaConsumerOptions,
  SofaInvokeType,
  SofaProvider,
  SofaProviderOptions,
  SofaReferOptions,
  ZookeeperRegistry,
} from "./sofarpc.ts";
