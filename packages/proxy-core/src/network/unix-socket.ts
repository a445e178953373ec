import { rmSync, statSync } from "node:fs";
import { connect } from "node:net";

/**
 * Removes what a process that is gone left at a socket's path. A socket that someone still listens on, and a file that is no socket, stay:
 * binding will say so.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  if (path.startsWith("@")) return;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isSocket()) return;
  const refused = await new Promise<boolean>((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
  if (refused) rmSync(path);
}
