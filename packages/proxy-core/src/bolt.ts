/**
 * SOFARPC's Bolt for a composed proxy: `createProxy({ bootstrap, extensions: [boltProtocol] })`.
 *
 * @module
 */
export { boltProtocol } from "./extensions/bolt/index.ts";
