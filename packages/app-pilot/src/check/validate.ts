import { readFileSync } from "node:fs";
import { formatProblem, parseIstioConfig, type IstioConfig, type Problem } from "@mesh/istio-config";
import { messageOf, UsageError } from "../errors.ts";

export interface CheckOptions {
  readonly output: "text" | "json";
  /** The namespace of documents that name none. */
  readonly namespace: string;
}

/** What a check found: what to print, and the exit code. */
export interface CheckResult {
  readonly text: string;
  readonly code: number;
}

/** 0 where all files are good, 1 where one has an error. `-` is standard input. Throws a UsageError for a file that cannot be read. */
export function validate(files: readonly string[], { output, namespace }: CheckOptions): CheckResult {
  const parsed = files.map((file) => parseIstioConfig(read(file), { file: file === "-" ? "stdin" : file, namespace }));
  const problems = parsed.flatMap((each) => each.problems);
  const configs = parsed.flatMap((each) => each.configs);
  const code = hasErrors(problems) ? 1 : 0;
  if (output === "json") return { text: JSON.stringify({ problems, configs: configs.map(nameOf) }, undefined, 2), code };
  const verdict = `${configs.length} ${configs.length === 1 ? "configuration is" : "configurations are"} good`;
  return { text: [...problems.map(formatProblem), code === 0 ? verdict : `${countErrors(problems)}; ${verdict}`].join("\n"), code };
}

export const hasErrors = (problems: readonly Pick<Problem, "severity">[]): boolean => problems.some(({ severity }) => severity === "error");

function countErrors(problems: readonly Problem[]): string {
  const count = problems.filter(({ severity }) => severity === "error").length;
  return `${count} ${count === 1 ? "error" : "errors"}`;
}

const nameOf = ({ kind, namespace, name, origin: { file, line } }: IstioConfig): object => ({ kind, namespace, name, file, line });

function read(file: string): Uint8Array {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    throw new UsageError(`cannot read ${file === "-" ? "standard input" : file}: ${messageOf(error)}`);
  }
}
