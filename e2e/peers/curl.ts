import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "./process.ts";
import { makeScratch, removeScratch } from "./scratch.ts";
import { findProgram, toolPath } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

export const curl: PeerTool = {
  name: "curl",
  installHint: "apt-get install curl",
  find: () => findProgram("curl"),
};

export interface CurlOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as the request's body, by POST unless `method` says otherwise. */
  readonly body?: string;
  /** More arguments: `--http1.0`, `--unix-socket`, … */
  readonly args?: readonly string[];
}

export interface CurlResult {
  /** 0, or why curl gave up: 7 not connected, 28 timeout, 52 empty reply, 56 reset. */
  readonly exitCode: number | null;
  /** curl's own message, empty when all went well. */
  readonly error: string;
  /** The last response's status; 0 when there was none. */
  readonly status: number;
  /** The last response's fields in the order and case of the wire. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Requests a URL with curl, which knows of no proxy, no configuration file and no other HTTP version than 1. */
export async function runCurl(url: string, options: CurlOptions = {}): Promise<CurlResult> {
  const scratch = makeScratch("curl");
  try {
    const headFile = join(scratch, "head");
    const bodyFile = join(scratch, "body");
    const { exit, stdout, stderr } = await runProgram(toolPath(curl), [
      "--disable",
      "--silent",
      "--show-error",
      "--noproxy",
      "*",
      "--http1.1",
      "--dump-header",
      headFile,
      "--output",
      bodyFile,
      "--write-out",
      "%{http_code}",
      ...(options.method === undefined ? [] : options.method === "HEAD" ? ["--head"] : ["--request", options.method]),
      ...Object.entries(options.headers ?? {}).flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
      ...(options.body === undefined ? [] : ["--data-binary", options.body]),
      ...(options.args ?? []),
      url,
    ]);
    // An interim response (100) comes first, as a head of its own.
    const heads = readIfThere(headFile).toString("latin1").trimEnd().split("\r\n\r\n");
    const headers = (heads.at(-1) ?? "")
      .split("\r\n")
      .slice(1)
      .map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      });
    return { exitCode: exit.code, error: stderr.trim(), status: Number(stdout), headers, body: readIfThere(bodyFile) };
  } finally {
    removeScratch(scratch);
  }
}

/** The value of a response's field, whatever its case. */
export function headerOf(result: CurlResult, name: string): string | undefined {
  return result.headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
}
