/** What the C library says of an error number, which is what Envoy writes. */
const texts: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EHOSTUNREACH: "No route to host",
  EMFILE: "Too many open files",
  ENETUNREACH: "Network is unreachable",
  ENOENT: "No such file or directory",
  ETIMEDOUT: "Connection timed out",
};

/** Those that a connection learns of later than from the call that begins it. */
const delayed = new Set(["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ETIMEDOUT"]);

/** An error of a connection as Envoy's logs say it where it could not be made; else the error's own message. */
export function connectionErrorText(error: Error): string {
  if (!("syscall" in error) || error.syscall !== "connect" || !("code" in error)) return error.message;
  const code = String(error.code);
  return `${delayed.has(code) ? "delayed" : "immediate"} connect error: ${texts[code] ?? code}`;
}

/** Why a connection was not made, where it took too long. */
export const connectTimeoutText = "connect timeout";
