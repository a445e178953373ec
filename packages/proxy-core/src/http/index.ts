/** HTTP/1: the network filter HttpConnectionManager and the pools of connections to hosts. */
import type { ExtensionDescriptor } from "../config/index.ts";
import type { AlternateProtocols } from "../stream/index.ts";
import { createHttpConnectionManagerFilter } from "./connection-manager.ts";
import { httpProtocolOptions, preserveCaseFormatter } from "./upstream-options.ts";

/**
 * What a proxy needs for HTTP.
 *
 * @param alternates what connection managers with `codec_type: AUTO` serve besides
 */
export const httpExtensions = (alternates?: AlternateProtocols): readonly ExtensionDescriptor[] => [
  createHttpConnectionManagerFilter(alternates),
  httpProtocolOptions,
  preserveCaseFormatter,
];
