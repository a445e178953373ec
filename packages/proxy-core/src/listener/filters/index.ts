import type { ListenerFilterExtension } from "../listener-filter.ts";
import { originalDstFilter } from "./original-dst.ts";
import { proxyProtocolFilter } from "./proxy-protocol.ts";

/** The listener filters of every proxy. */
export const listenerFilterExtensions: readonly ListenerFilterExtension[] = [originalDstFilter, proxyProtocolFilter];
