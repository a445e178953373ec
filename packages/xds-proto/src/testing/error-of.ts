import { isProtoError, type ProtoError } from "../index.ts";

/** The error that a call throws; anything else fails the test. */
export function errorOf(call: () => unknown): ProtoError {
  try {
    call();
  } catch (error) {
    if (isProtoError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
