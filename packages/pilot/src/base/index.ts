/** What all rooms share. */
export { isPilotError, pilotError, type PilotError, type PilotErrorCode } from "./errors.ts";
export type { ListenOptions } from "./listen-options.ts";
