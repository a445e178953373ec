import { Command, InvalidArgumentError, Option } from "commander";
import { analyze, type AnalyzeOptions } from "./check/analyze.ts";
import { validate, type CheckOptions, type CheckResult } from "./check/validate.ts";
import { proxyConfig, views, type ProxyConfigOptions } from "./client/proxy-config.ts";
import { proxyStatus, type ProxyStatusOptions } from "./client/proxy-status.ts";
import type { Filters } from "./client/view.ts";
import { UsageError } from "./errors.ts";
import { discovery } from "./discovery.ts";
import { reportFailure } from "./report.ts";
import { settingsFileVariable, unknownVariables } from "./settings/environment.ts";
import { readSettingsFile } from "./settings/file.ts";
import { formatOrigins } from "./settings/print.ts";
import { resolveSettings, type Settings, type SettingValue } from "./settings/resolve.ts";
import { isListSetting, variableOf, type AnySetting } from "./settings/setting.ts";
import { allSettings } from "./settings/table.ts";
import { version } from "./version.ts";

/** What commander makes of a command's flags. */
type Flags = Readonly<Record<string, unknown>>;

const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

function optionOf(setting: AnySetting): Option {
  const option = new Option(`--${setting.name} ${setting.argument}`, `${setting.about.replaceAll("`", "")} (${defaultOf(setting)})`);
  return isListSetting(setting) ? option.argParser(collect) : once(option);
}

/** As it is, and an error where it is given twice: the last one would count, and nobody would know. */
function once(option: Option): Option {
  const { parseArg } = option;
  let isGiven = false;
  return option.argParser((text: string, before: unknown): unknown => {
    if (isGiven) throw new InvalidArgumentError("It is given twice.");
    isGiven = true;
    return parseArg === undefined ? text : parseArg(text, before);
  });
}

const defaultOf = (setting: AnySetting): string =>
  isListSetting(setting) ? `env: ${variableOf(setting)}` : `default: ${setting.fallback || setting.otherwise}; env: ${variableOf(setting)}`;

function readFlags(flags: Flags): ReadonlyMap<string, SettingValue> {
  return new Map(
    allSettings.flatMap(({ name }): [string, SettingValue][] => {
      const value = flags[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
      const texts = (Array.isArray(value) ? value : [value]).filter((text) => typeof text === "string");
      return texts.length === 0 ? [] : [[name, { texts, place: `--${name}` }]];
    }),
  );
}

function readSettings(flags: Flags): Settings {
  const path = typeof flags["settings"] === "string" ? flags["settings"] : (process.env[settingsFileVariable] ?? "");
  const file = path === "" ? new Map<string, SettingValue>() : readSettingsFile(path, allSettings);
  return resolveSettings({ flags: readFlags(flags), env: process.env, file });
}

async function runDiscovery(flags: Flags): Promise<number> {
  let settings: Settings;
  try {
    settings = readSettings(flags);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    reportFailure(error);
    return 1;
  }
  const warnings = unknownVariables(process.env, allSettings);
  if (flags["printSettings"] !== true) return discovery(settings, warnings);
  console.log(formatOrigins(settings.origins));
  for (const warning of warnings) console.error(warning);
  return 0;
}

/** Runs the command line; sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("pilot")
    .description("A control plane: service registries and Istio's configuration in, xDS out.")
    .version(version(), "-V, --version")
    .showHelpAfterError();
  const run = program
    .command("discovery")
    .description("run the control plane until it is told to stop; flags go before variables, these before the settings file")
    .addOption(once(new Option("--settings <file>", `settings in YAML, under the names of the flags (env: ${settingsFileVariable})`)))
    .option("--print-settings", "print each setting and where it comes from, and end");
  for (const setting of allSettings) run.addOption(optionOf(setting));
  run.action(async (flags: Flags) => {
    process.exitCode = await runDiscovery(flags);
  });
  addClientCommands(program);
  addChecks(program);
  program
    .command("version")
    .description("print the version")
    .action(() => {
      console.log(`pilot ${version()}`);
    });
  await program.parseAsync([...argv]);
}

/** Sets the exit code, and prints what there is to print; problems of people go to stderr. */
async function report(run: () => Promise<CheckResult> | CheckResult): Promise<void> {
  try {
    const { text, code } = await run();
    console.log(text);
    process.exitCode = code;
  } catch (error) {
    reportFailure(error);
    process.exitCode = 1;
  }
}

const addressOption = (): Option => once(new Option("--address <url>", "the pilot's http-address").default("http://127.0.0.1:8080"));
const outputOption = (...choices: readonly string[]): Option =>
  once(new Option("-o, --output <format>", "how it is printed").choices(choices).default(choices[0]));
const namespaceOption = (): Option =>
  once(new Option("-n, --namespace <name>", "the namespace of documents that name none").default("default"));

function addClientCommands(program: Command): void {
  program
    .command("proxy-status")
    .alias("ps")
    .argument("[node]", "of this proxy alone: <name>.<namespace>, its name, or the node's id")
    .description("who is connected to a pilot, and what each proxy has accepted")
    .addOption(addressOption())
    .addOption(outputOption("table", "json"))
    .action(async (node: string | undefined, options: ProxyStatusOptions) => {
      await report(async () => ({ text: await proxyStatus(node, options), code: 0 }));
    });
  const config = program.command("proxy-config").alias("pc").description("what a connected proxy is to have");
  for (const [name, view] of Object.entries(views)) {
    const command = config
      .command(name)
      .description(view.about)
      .argument("<node>", "<name>.<namespace>, the proxy's name, or the node's id")
      .addOption(addressOption())
      .addOption(outputOption("table", "json"));
    for (const filter of view.filters) command.addOption(once(new Option(`--${filter} <${filter}>`, filterHelp[filter])));
    command.action(async (node: string, options: ProxyConfigOptions) => {
      await report(async () => ({ text: await proxyConfig(view, node, options), code: 0 }));
    });
  }
}

const filterHelp: Readonly<Record<keyof Filters, string>> = {
  fqdn: "of a service whose name has this in it",
  port: "of this port",
  name: "of this name",
  subset: "of this subset",
  direction: "inbound or outbound",
  cluster: "of this cluster",
};

function addChecks(program: Command): void {
  program
    .command("validate")
    .argument("<file...>", "YAML or JSON; - is standard input")
    .description("check files of Istio's configuration, each by itself: 0, or 1 where one has an error")
    .addOption(namespaceOption())
    .addOption(outputOption("text", "json"))
    .action(async (files: readonly string[], options: CheckOptions) => report(() => validate(files, options)));
  program
    .command("analyze")
    .argument("<dir>", "what --config-dir would be")
    .description(
      "check a directory of Istio's configuration, and what is wrong between its files: 0, 1 for a file with an error, 79 for a finding",
    )
    .addOption(namespaceOption())
    .addOption(once(new Option("--domain <domain>", "what full names of services end in").default("cluster.local")))
    .addOption(once(new Option("--services <file>", "services that routes may lead to, in a file as for --registry memory:")))
    .addOption(
      once(
        new Option("--failure-threshold <level>", "the least finding that is a failure")
          .choices(["info", "warning", "error"])
          .default("error"),
      ),
    )
    .addOption(outputOption("text", "json"))
    .action(async (directory: string, options: AnalyzeOptions) => report(() => analyze(directory, options)));
}
