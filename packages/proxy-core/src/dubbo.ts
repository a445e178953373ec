/**
 * Dubbo for a composed proxy: `createProxy({ bootstrap, extensions: [dubboProtocol] })`.
 *
 * @module
 */
export { dubboProtocol } from "./extensions/dubbo/index.ts";
