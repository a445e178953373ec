/** Injected randomness, so that tests choose it. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A random UUID (RFC 9562 version 4). */
  uuid(): string;
}
