import {
  analyze as findBetween,
  createConfigDirectory,
  formatFinding,
  formatProblem,
  type Finding,
  type KnownService,
} from "@mesh/istio-config";
import { readFileSync } from "node:fs";
import { messageOf, UsageError } from "../errors.ts";
import { parseServices } from "../registries/services-reader.ts";
import { hasErrors, type CheckOptions, type CheckResult } from "./validate.ts";

export interface AnalyzeOptions extends CheckOptions {
  /** What full names of services end in. */
  readonly domain: string;
  /** The least that makes it fail. */
  readonly failureThreshold: Finding["level"];
  /** A file of services, as for `--registry memory:`, that routes may lead to. */
  readonly services?: string;
}

/** Of istioctl: what it found is at the threshold or above. */
const foundCode = 79;

const ranks: Readonly<Record<Finding["level"], number>> = { info: 0, warning: 1, error: 2 };

/**
 * Reads a directory as a pilot would, and looks for what is wrong in its files and between them.
 *
 * @returns the exit code 0, 1 where a file has an error, or 79 where the analysis found something at the threshold or above
 */
export async function analyze(path: string, options: AnalyzeOptions): Promise<CheckResult> {
  const directory = await createConfigDirectory({ directory: path, namespace: options.namespace, watch: false });
  const { configs, problems } = directory.snapshot;
  directory.close();
  const findings = findBetween(configs, knownServices(options.services), { domain: options.domain });
  const isFound = findings.some(({ level }) => ranks[level] >= ranks[options.failureThreshold]);
  const code = hasErrors(problems) ? 1 : isFound ? foundCode : 0;
  if (options.output === "json") return { text: JSON.stringify({ problems, findings }, undefined, 2), code };
  const lines = [...problems.map(formatProblem), ...findings.map(formatFinding)];
  return { text: lines.length === 0 ? `no issues found in ${path} (${configs.length} configurations)` : lines.join("\n"), code };
}

function knownServices(file: string | undefined): KnownService[] {
  if (file === undefined) return [];
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`--services: ${messageOf(error)}`);
  }
  const parsed = parseServices(text, file, "memory");
  if ("problems" in parsed) throw new UsageError(parsed.problems.join("\n"));
  return parsed.services.map(({ name, ports, instances }) => ({
    host: name,
    ports: ports.map(({ number }) => number),
    instances: instances.map(({ labels }) => labels),
  }));
}
