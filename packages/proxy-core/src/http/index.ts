/** HTTP/1: the network filter HttpConnectionManager and the pools of connections to hosts. */
import type { ExtensionDescriptor } from "../config/index.ts";
import { httpConnectionManagerFilter } from "./connection-manager.ts";
import { httpProtocolOptions, preserveCaseFormatter } from "./upstream-options.ts";

/** What a proxy needs for HTTP. */
export const httpExtensions: readonly ExtensionDescriptor[] = [httpConnectionManagerFilter, httpProtocolOptions, preserveCaseFormatter];
