import { createConfigDirectory, formatProblem, type ConfigDirectory, type ConfigSnapshot } from "@mesh/istio-config";
import type { ConfigSource, PilotLogger } from "@mesh/pilot";
import type { Settings } from "./settings/resolve.ts";

/** How long files must not change before they are read, in milliseconds: an editor's moment. Pilot itself waits for the end of a burst. */
const filesQuietMs = 20;

/** What a pilot does that starts while documents have errors. */
export const startChoices = ["serve", "wait"] as const;
export type StartChoice = (typeof startChoices)[number];

/** The directory of the settings, with what is wrong in it told to the log, as a pilot takes it. */
export interface OpenedConfig {
  readonly directory: ConfigDirectory;
  readonly source: ConfigSource;
}

type ConfigSettings = Pick<Settings, "configDir" | "configNamespace" | "configErrorsAtStart">;

/** Undefined where the settings name no directory. */
export async function openConfig(settings: ConfigSettings, logger: PilotLogger): Promise<OpenedConfig | undefined> {
  const { configDir, configNamespace, configErrorsAtStart } = settings;
  if (configDir === undefined) return undefined;
  const directory = await createConfigDirectory({ directory: configDir, namespace: configNamespace, debounceMs: filesQuietMs });
  const known = new Set<string>();
  const report = ({ problems }: ConfigSnapshot): void => reportProblems(problems, known, logger);
  report(directory.snapshot);
  directory.subscribe(report);
  const count = countErrors(directory.snapshot);
  if (count > 0) logger.log("warn", `${configDir} has ${count} ${count === 1 ? "error" : "errors"}: ${consequences[configErrorsAtStart]}`);
  return { directory, source: configErrorsAtStart === "wait" ? new AwaitedConfig(directory) : directory };
}

const consequences: Readonly<Record<StartChoice, string>> = {
  serve: "proxies are answered without the documents that are wrong, and lose what these said before (config-errors-at-start: serve)",
  wait: "no proxy is answered until it has none (config-errors-at-start: wait)",
};

/** Those that were not there before. */
function reportProblems(problems: ConfigSnapshot["problems"], known: Set<string>, logger: PilotLogger): void {
  const now = new Set(problems.map((problem) => formatProblem(problem)));
  for (const problem of problems) {
    const text = formatProblem(problem);
    if (!known.has(text)) logger.log(problem.severity === "error" ? "error" : "warn", text);
  }
  for (const text of known) if (!now.has(text)) known.delete(text);
  for (const text of now) known.add(text);
}

const countErrors = ({ problems }: ConfigSnapshot): number => problems.filter(({ severity }) => severity === "error").length;

/** Ready once nothing is wrong. What breaks later does no harm: the directory keeps the version that was good. */
class AwaitedConfig implements ConfigSource {
  readonly #directory: ConfigDirectory;
  #isReady: boolean;

  constructor(directory: ConfigDirectory) {
    this.#directory = directory;
    this.#isReady = countErrors(directory.snapshot) === 0;
    // Before a pilot subscribes, so that it finds the answer.
    directory.subscribe((snapshot) => {
      this.#isReady ||= countErrors(snapshot) === 0;
    });
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get snapshot(): ConfigSnapshot {
    return this.#directory.snapshot;
  }

  subscribe(listener: Parameters<ConfigSource["subscribe"]>[0]): () => void {
    return this.#directory.subscribe(listener);
  }
}
