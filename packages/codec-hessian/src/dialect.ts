/**
 * The two Hessian 2 dialects in use. `v3` is the draft of Hessian 3.1 that sofa-hessian 3.x writes (SOFARPC on Bolt, SOFARegistry);
 * `v4` is the final version, which Dubbo's hessian-lite and Caucho's 4.x write. The same bytes mean different things in them.
 */
export type HessianDialect = "v3" | "v4";

const v3Definition = 0x4f;
const v4Definition = 0x43;

/**
 * The dialect of a SofaRequest or SofaResponse, told by the byte at `offset`, where its class definition begins. Undefined for any other
 * byte: other values cannot tell, since both dialects share most of their codes.
 */
export function detectDialect(bytes: Uint8Array, offset = 0): HessianDialect | undefined {
  switch (bytes[offset]) {
    case v3Definition:
      return "v3";
    case v4Definition:
      return "v4";
    default:
      return undefined;
  }
}
