import { isConfigError } from "@mesh/proxy-core";
import { UsageError } from "./config.ts";

/** Tells people what stopped the program: problems of theirs as text, faults of ours with their stack. */
export function reportFailure(error: unknown): void {
  if (isConfigError(error) || error instanceof UsageError) console.error(error.message);
  else if (isSystemError(error)) console.error(error.message);
  else console.error(error);
}

/** What the operating system refused: an address in use, a port below 1024. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && ("syscall" in error || (error.cause instanceof Error && "syscall" in error.cause));
}
