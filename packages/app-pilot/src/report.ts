import { isIstioConfigError } from "@mesh/istio-config";
import { isPilotError } from "@mesh/pilot";
import { isRegistryError } from "@mesh/registry";
import { UsageError } from "./errors.ts";

/** Tells people what stopped the program: problems of theirs as text, faults of ours with their stack. */
export function reportFailure(error: unknown): void {
  if (isForPeople(error)) console.error(error.message);
  else console.error(error);
}

function isForPeople(error: unknown): error is Error {
  if (error instanceof UsageError || isPilotError(error) || isRegistryError(error) || isIstioConfigError(error)) return true;
  // What the operating system refused.
  return error instanceof Error && "syscall" in error;
}
