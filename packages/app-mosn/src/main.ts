import { Command, InvalidArgumentError, Option } from "commander";
import { logLevels, type DrainStrategy, type LogLevel } from "@mesh/proxy-core";
import type { ConfigOptions, StartOptions } from "./options.ts";
import { start } from "./start.ts";
import { validate } from "./validate.ts";
import { version } from "./version.ts";

function seconds(text: string): number {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError("It is a number of seconds, 0 or more.");
  return value;
}

/** Envoy's own spellings of levels besides the usual ones. */
function level(text: string): LogLevel {
  const wanted = text === "warn" ? "warning" : text;
  const known = logLevels.find((name) => name === wanted);
  if (known === undefined) throw new InvalidArgumentError(`It is one of ${logLevels.join(", ")}.`);
  return known;
}

function strategy(text: string): DrainStrategy {
  if (text !== "gradual" && text !== "immediate") throw new InvalidArgumentError("It is one of gradual, immediate.");
  return text;
}

function withConfig(command: Command): Command {
  return command
    .addOption(new Option("-c, --config-path <file>", "the bootstrap: Envoy v3, in YAML or JSON").env("MOSN_CONFIG"))
    .option("--config-yaml <yaml>", "a bootstrap that is merged over the file's, or stands alone")
    .option("--istio", "stand where istio-proxy stands: make the bootstrap of Istio's environment; what -c gives is merged over it")
    .option("--discovery-address <host:port>", "of istiod, with --istio; port 15010 is plain text")
    .option("--service-cluster <name>", "node.cluster, over what the bootstrap says")
    .option("--service-node <id>", "node.id, over what the bootstrap says");
}

/** Runs the command line; sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("mosn")
    .description("A sidecar that speaks Envoy's API, HTTP/1.1, TCP, SOFARPC and Dubbo.")
    .version(version(), "-V, --version")
    .showHelpAfterError();
  withConfig(program.command("start").description("run the proxy until it is told to stop"))
    .option("-l, --log-level <level>", logLevels.join(", "), level, "info")
    .option(
      "--drain-time-s <seconds>",
      "how long connections may take to end after SIGTERM, and when their listener is replaced (default: 600; with --istio as Istio says)",
      seconds,
    )
    .option(
      "--drain-strategy <strategy>",
      "gradual: spread over that time; immediate: each as soon as no request is lost (default: gradual, and immediate after SIGTERM and with --istio)",
      strategy,
    )
    .action(async (options: StartOptions) => {
      process.exitCode = await start(options);
    });
  withConfig(program.command("validate").description("check a configuration without running it")).action((options: ConfigOptions) => {
    process.exitCode = validate(options);
  });
  program
    .command("version")
    .description("print the version")
    .action(() => {
      console.log(`mosn ${version()}`);
    });
  await program.parseAsync([...argv]);
}
