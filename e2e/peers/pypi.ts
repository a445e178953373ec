import { runProgram } from "./process.ts";
import { findProgram } from "./tools.ts";

/** Puts one package of PyPI, of an exact version, into a folder. */
export async function installFromPypi(requirement: string, folder: string): Promise<void> {
  const python = findProgram("python3");
  if (python === undefined) throw new Error("python3 is not installed: apt-get install python3 python3-pip");
  const args = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--root-user-action=ignore"];
  const { exit, stdout, stderr } = await runProgram(python, [...args, "--target", folder, requirement], { timeoutMs: 600_000 });
  if (exit.code !== 0) throw new Error(`pip could not install ${requirement}:\n${stdout}${stderr}`);
}
