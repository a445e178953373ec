/** What can go wrong for who runs or uses a pilot. */
export type PilotErrorCode =
  /** A node that cannot be served: its id is not of Istio's form, or it asks for what is not generated. The stream is refused. */
  | "MESH_PILOT_INVALID_NODE"
  /** Options that contradict each other, or that ask for what this pilot does not do. */
  | "MESH_PILOT_INVALID_OPTIONS"
  /** A port that cannot be listened on. */
  | "MESH_PILOT_LISTEN";

/** The error of everything in this package. Check `code`; the message tells people where and what to do. */
export interface PilotError extends Error {
  readonly name: "PilotError";
  readonly code: PilotErrorCode;
}

class PilotErrorImplementation extends Error implements PilotError {
  override readonly name = "PilotError";
  readonly code: PilotErrorCode;

  constructor(code: PilotErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function pilotError(code: PilotErrorCode, message: string, cause?: unknown): PilotError {
  return new PilotErrorImplementation(code, message, cause === undefined ? undefined : { cause });
}

/** Whether something thrown or reported is an error of this package. */
export function isPilotError(error: unknown): error is PilotError {
  return error instanceof Error && error.name === "PilotError" && "code" in error;
}
