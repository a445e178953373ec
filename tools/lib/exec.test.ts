import { expect, test } from "vitest";
import { exec } from "./exec.ts";

const cwd = import.meta.dirname;

test("exit code and both outputs are kept", async () => {
  const result = await exec("sh", ["-c", "echo out; echo err >&2; exit 3"], { cwd });
  expect(result).toMatchObject({ code: 3, stdout: "out\n" });
  expect(result.output.split("\n").sort()).toEqual(["", "err", "out"]);
});

test("a program that a signal ends has failed", async () => {
  expect(await exec("sh", ["-c", "kill -9 $$"], { cwd })).toMatchObject({ code: 1 });
});

test("a program that takes too long is killed with its children", async () => {
  // The child holds the pipe open: were it left alive, the result would not come.
  const { code, output } = await exec("sh", ["-c", "sleep 600 & wait"], { cwd, timeout: 200 });
  expect(code).toBe(1);
  expect(output).toBe("\nsh was killed: it took longer than 0.2 s\n");
});

test("a program that is not there is an error", async () => {
  await expect(exec("no-such-program", [], { cwd })).rejects.toThrow("ENOENT");
});
