import type { Server } from "../server.ts";

/** What an endpoint is asked. */
export interface AdminRequest {
  readonly query: URLSearchParams;
}

export interface AdminResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** For 405: the methods that are allowed (RFC 9110 §15.5.6). */
  readonly allow?: string;
}

/** What endpoints can use besides the server. */
export interface AdminServices {
  readonly server: Server;
  readonly version: string;
  readonly logLevels: LogLevelControl | undefined;
  readonly onQuit: () => void;
}

/** Lets `/logging` read and change the level of the application's log. */
export interface LogLevelControl {
  get(): string;
  /** Throws on an unknown level, with a message that lists the known ones. */
  set(level: string): void;
}

/** One page of the admin port. */
export interface AdminEndpoint {
  readonly path: string;
  /** One line for `/help`. */
  readonly help: string;
  /** It changes something: asked for with POST only, so that no link and no crawler triggers it. */
  readonly mutates: boolean;
  respond(request: AdminRequest, services: AdminServices): AdminResponse;
}

export const text = (body: string, status = 200): AdminResponse => ({ status, contentType: "text/plain; charset=UTF-8", body });
export const json = (value: unknown): AdminResponse => ({
  status: 200,
  contentType: "application/json",
  body: `${JSON.stringify(value, undefined, 1)}\n`,
});
export const html = (body: string): AdminResponse => ({ status: 200, contentType: "text/html; charset=UTF-8", body });
