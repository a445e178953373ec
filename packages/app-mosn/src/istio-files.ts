import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** Contents of the files that Kubernetes mounts into a proxy's container; undefined where there is no such file. */
export interface IstioFiles {
  /** Labels and annotations of the pod, as the downward API writes them. */
  readonly labels?: string | undefined;
  readonly annotations?: string | undefined;
  /** The mesh configuration, where it is mounted. */
  readonly mesh?: string | undefined;
}

export interface IstioFilePaths {
  /** Default: `/etc/istio/pod/labels` */
  readonly labels?: string;
  /** Default: `/etc/istio/pod/annotations` */
  readonly annotations?: string;
  /** Default: `/etc/istio/config/mesh` */
  readonly mesh?: string;
}

/** Reads what is there. Throws where a file is there and cannot be read. */
export function readIstioFiles(paths: IstioFilePaths = {}): IstioFiles {
  const { labels = "/etc/istio/pod/labels", annotations = "/etc/istio/pod/annotations", mesh = "/etc/istio/config/mesh" } = paths;
  return { labels: read(labels), annotations: read(annotations), mesh: read(mesh) };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The machine's addresses that others can use. */
export function localAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/i.test(address))
    .map(({ address }) => address);
}

const line = /^([^=]+)="(.*)"$/;

/** What the downward API writes for labels and annotations: `name="value"` a line, the value quoted as in Go. */
export function parseDownwardApi(text: string): Record<string, string> {
  const entries = text.split("\n").flatMap((each): [string, string][] => {
    const [, name, value] = line.exec(each) ?? [];
    return name === undefined || value === undefined ? [] : [[name, unquote(value)]];
  });
  return Object.fromEntries(entries);
}

const escapes: Readonly<Record<string, string>> = { a: "\u0007", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function unquote(text: string): string {
  return text.replaceAll(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gi,
    (_, byte: string | undefined, short: string | undefined, long: string | undefined, letter: string | undefined) => {
      const code = byte ?? short ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return escapes[letter ?? ""] ?? letter ?? "";
    },
  );
}
