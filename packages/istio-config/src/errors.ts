/** What can go wrong for who reads a directory of configuration. What is wrong in the files is told by problems, which are no errors. */
export type IstioConfigErrorCode =
  /** The directory cannot be read at the start. Later it stays as it was, and the trouble is listed as a problem. */
  | "MESH_ISTIO_CONFIG_DIRECTORY"
  /** A call on a directory that is closed. */
  | "MESH_ISTIO_CONFIG_CLOSED";

/** The error of everything in this package. Check `code`. */
export interface IstioConfigError extends Error {
  readonly name: "IstioConfigError";
  readonly code: IstioConfigErrorCode;
}

class IstioConfigErrorImplementation extends Error implements IstioConfigError {
  override readonly name = "IstioConfigError";
  readonly code: IstioConfigErrorCode;

  constructor(code: IstioConfigErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function istioConfigError(code: IstioConfigErrorCode, message: string, cause?: unknown): IstioConfigError {
  return new IstioConfigErrorImplementation(code, message, cause === undefined ? undefined : { cause });
}

/** Whether something thrown is an error of this package. */
export function isIstioConfigError(error: unknown): error is IstioConfigError {
  return error instanceof Error && error.name === "IstioConfigError" && "code" in error;
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
