/** What readers accept. Each limit counts for one message (from one `reset` to the next) or for one value of it, as said. */
export interface HessianLimits {
  /** Lists, maps and objects open inside each other. */
  readonly maxDepth: number;
  /** Bytes of one string or binary, without the heads of its chunks. */
  readonly maxLength: number;
  /** Elements of one list, entries of one map, fields of one class definition. */
  readonly maxCount: number;
  /** Class definitions of a message. */
  readonly maxDefinitions: number;
  /** Type names of a message. */
  readonly maxTypes: number;
  /**
   * Values of a message: each scalar, list, map, object and reference, at any depth. A `SkippingReader` counts those that `skip` goes
   * past, and not those that its caller asks for one by one.
   */
  readonly maxValues: number;
}

/** The limits where none are given. A message's own length bounds the bytes. */
export const defaultHessianLimits: HessianLimits = {
  maxDepth: 512,
  maxLength: 16 * 1024 * 1024,
  maxCount: 1_000_000,
  maxDefinitions: 4096,
  maxTypes: 4096,
  maxValues: 2_000_000,
};

export function completeLimits(limits: Partial<HessianLimits>): HessianLimits {
  return { ...defaultHessianLimits, ...limits };
}
