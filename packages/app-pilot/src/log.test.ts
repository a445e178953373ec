import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** The log has the process's own stderr: what it writes is seen from outside. */
function written(format: string, level: string): string[] {
  const log = fileURLToPath(new URL("log.ts", import.meta.url));
  const program = `import { createLog } from ${JSON.stringify(log)}; const log = createLog("${level}", "${format}");
    log.log("debug", "one"); log.log("info", "two\\nlines"); log.log("warn", "three"); log.log("error", "four"); process.exit();`;
  const args = ["--conditions=@mesh/source", "--input-type=module", "--disable-warning=ExperimentalWarning", "-e", program];
  return execFileSync("sh", ["-c", `exec "$0" "$@" 2>&1 >/dev/null`, process.execPath, ...args], { encoding: "utf8" })
    .trimEnd()
    .split("\n");
}

describe("the log", () => {
  test("in JSON is an object a line, with pino's levels", () => {
    const lines = written("json", "debug").map((line): unknown => JSON.parse(line));
    expect(lines).toMatchObject([
      { level: 20, msg: "one", pid: expect.any(Number) },
      { level: 30, msg: "two\nlines" },
      { level: 40, msg: "three" },
      { level: 50, msg: "four" },
    ]);
  });

  test("for people has the time, the level and the message, with further lines indented", () => {
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    expect(written("text", "info")).toEqual([
      expect.stringMatching(new RegExp(`^${time} info  two$`)),
      "  lines",
      expect.stringMatching(new RegExp(`^${time} warn  three$`)),
      expect.stringMatching(new RegExp(`^${time} error four$`)),
    ]);
  });

  test.for(["json", "text"])("in %s leaves out what is below its level", (format) => {
    expect(written(format, "error")).toEqual([expect.stringContaining("four")]);
  });
});
