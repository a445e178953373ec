/** RPC over multiplexed connections: the network filter RpcProxy, its pools and its protocols. */
import type { ExtensionDescriptor } from "../config/index.ts";
import { rpcHeartbeatChecker } from "./heartbeat-checker.ts";
import { rpcProtocolOptions } from "./pool-options.ts";
import { autoCodec } from "./protocols.ts";
import { rpcProxyFilter } from "./rpc-proxy.ts";

export { compileHabits, type RpcHabits } from "./habits.ts";
export { rpcAlternative } from "./rpc-alternative.ts";
export { compileDetectors } from "./protocols.ts";
export type { RpcCodecExtension, RpcProtocol } from "./protocol.ts";

/** What a proxy needs for RPC, but for the codecs of the protocols it is to speak. */
export const rpcExtensions: readonly ExtensionDescriptor[] = [rpcProxyFilter, autoCodec, rpcProtocolOptions, rpcHeartbeatChecker];
