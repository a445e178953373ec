/** A problem of the command line, of a settings file or of what these name, told to the user without a stack. */
export class UsageError extends Error {
  readonly code = "MESH_PILOT_USAGE";
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
