import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createLog } from "./log.ts";

/** The log has the process's own stderr: what it writes is seen from outside. */
function written(level: string, script: string): Record<string, unknown>[] {
  const log = fileURLToPath(new URL("log.ts", import.meta.url));
  const program = `import { createLog } from ${JSON.stringify(log)}; const { logger, levels } = createLog(${JSON.stringify(level)}); ${script}`;
  const args = [
    "--conditions=@mesh/source",
    "--input-type=module",
    "--disable-warning=ExperimentalWarning",
    "-e",
    `${program} process.exit();`,
  ];
  const stderr = execFileSync("sh", ["-c", `exec "$0" "$@" 2>&1 >/dev/null`, process.execPath, ...args], { encoding: "utf8" });
  return stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the log", () => {
  test("writes a line of JSON before the call returns, with the component and the fields", () => {
    const lines = written("info", 'logger.log("warning", "rpc", "closing\\nit", { code: "X", offset: 3 });');
    expect(lines).toEqual([
      { level: 40, time: expect.any(Number), pid: expect.any(Number), component: "rpc", msg: "closing\nit", code: "X", offset: 3 },
    ]);
  });

  test("leaves out what is below its level, and follows a change of it", () => {
    const script =
      'logger.log("info", "a", "1"); levels.set("info"); logger.log("info", "a", "2"); levels.set("off"); logger.log("critical", "a", "3");';
    expect(written("error", script).map(({ msg }) => msg)).toEqual(["2"]);
  });

  test("has pino's numbers for Envoy's levels", () => {
    const script = 'for (const level of ["trace", "debug", "info", "warning", "error", "critical", "off"]) logger.log(level, "a", level);';
    expect(written("trace", script).map(({ level, msg }) => [level, msg])).toEqual([
      [10, "trace"],
      [20, "debug"],
      [30, "info"],
      [40, "warning"],
      [50, "error"],
      [60, "critical"],
    ]);
  });

  test("tells which levels are on, so that nothing is made for those that are not", () => {
    const { logger, levels } = createLog("off");
    expect(levels.get()).toBe("off");
    expect(logger.enabled("critical")).toBe(false);
    levels.set("warn");
    expect(levels.get()).toBe("warning");
    expect([logger.enabled("info"), logger.enabled("warning"), logger.enabled("off")]).toEqual([false, true, false]);
  });

  test("refuses a level that there is not", () => {
    expect(() => createLog("off").levels.set("loud")).toThrow(
      'there is no level "loud": use one of trace, debug, info, warning, error, critical, off',
    );
  });
});
