/**
 * Envoy's layered runtime: values by key, in layers that stand over each other, some of which change while the proxy runs. Where the values
 * are read, `runtime.flags` has them.
 */
export { RuntimeLayers } from "./runtime-layers.ts";
export type { ModifyResult, RuntimeDescription, RuntimeLayersOptions } from "./runtime-layers.ts";
