/** The peers that run on a JVM. */
export { buildJavaPeers, java } from "./jvm.ts";
export type { EchoReference, JavaFailure, LoadOptions, LoadSummary, RunningLoad } from "./driver.ts";
export type { EchoMethod, Person } from "./echo-service.ts";
export { sofaServiceName, startSofaConsumer, startSofaProvider } from "./sofarpc.ts";
export type { SofaConsumer, SofaConsumerOptions, SofaInvokeType, SofaProvider, SofaProviderOptions, SofaReferOptions } from "./sofarpc.ts";
