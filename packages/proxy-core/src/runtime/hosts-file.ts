import { readFile, stat } from "node:fs/promises";

const defaultPath = process.platform === "win32" ? "C:\\Windows\\System32\\drivers\\etc\\hosts" : "/etc/hosts";

/** Tells which names the machine's hosts file has. Read again when it changes (Kubernetes and Docker write it while processes run). */
export class HostsFile {
  readonly #path: string;
  #version = "";
  #names: ReadonlySet<string> = new Set();

  constructor(path: string = defaultPath) {
    this.#path = path;
  }

  async has(hostname: string): Promise<boolean> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#path);
      const version = `${mtimeMs}:${size}:${ino}`;
      if (version !== this.#version) {
        this.#names = parseHostNames(await readFile(this.#path, "utf8"));
        this.#version = version;
      }
    } catch {
      // Without a readable file there are no names in it.
      this.#names = new Set();
      this.#version = "";
    }
    return this.#names.has(hostname.toLowerCase());
  }
}

/** The names in a hosts file, in lower case (hosts(5)). */
export function parseHostNames(text: string): Set<string> {
  const names = new Set<string>();
  for (const line of text.split("\n")) {
    const comment = line.indexOf("#");
    const fields = (comment < 0 ? line : line.slice(0, comment)).split(/\s+/u).filter((field) => field !== "");
    for (const name of fields.slice(1)) names.add(name.toLowerCase());
  }
  return names;
}
