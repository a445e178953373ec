import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** Where a link leads; nowhere when the descriptor has been closed meanwhile. */
function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}

/** The TCP addresses that a process listens on, as the kernel writes them: little-endian hexadecimal, `0100007F:5190`. Linux only. */
export function listening(pid: number): string[] {
  const sockets = new Set<string>();
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(target(`/proc/${pid}/fd/${descriptor}`))?.[1];
    if (inode !== undefined) sockets.add(inode);
  }
  const lines = ["tcp", "tcp6"].flatMap((family) => readFileSync(`/proc/${pid}/net/${family}`, "utf8").split("\n").slice(1));
  return lines.flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    return state === "0A" && sockets.has(inode) ? [local] : [];
  });
}
