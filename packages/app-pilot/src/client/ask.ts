import { messageOf, UsageError } from "../errors.ts";

/** A safety net, in milliseconds. */
const patienceMs = 30_000;

/** Where a pilot's pages are: `http://127.0.0.1:8080`, or without `http://`. */
export async function askPilot(address: string, path: string): Promise<unknown> {
  const base = address.includes("://") ? address : `http://${address}`;
  let response: Response;
  try {
    response = await fetch(new URL(path, base), { signal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new UsageError(
      `cannot ask the pilot at ${base}: ${messageOf(cause) || messageOf(error)}; --address says where its http-address is`,
    );
  }
  const text = await response.text();
  if (!response.ok) throw new UsageError(text.trim());
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${base} is no pilot: ${path} is no JSON`);
  }
}
