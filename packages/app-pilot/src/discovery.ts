import { createConfigDirectory, formatProblem, type ConfigDirectory, type ConfigSnapshot } from "@mesh/istio-config";
import { createPilot, type Pilot, type PilotLogger } from "@mesh/pilot";
import { createLog } from "./log.ts";
import { openRegistries } from "./registries/open.ts";
import { reportFailure } from "./report.ts";
import type { Settings } from "./settings/resolve.ts";
import { version } from "./version.ts";

/** How long files must not change before they are read, in milliseconds: an editor's moment. Pilot itself waits for the end of a burst. */
const filesQuietMs = 20;

/**
 * Runs a pilot until SIGTERM or SIGINT, which end it within `shutdown-duration`; a second signal ends it at once. Returns the exit code.
 *
 * @param warnings of the settings, to be logged
 */
export async function discovery(settings: Settings, warnings: readonly string[]): Promise<number> {
  const logger = createLog(settings.logLevel, settings.logFormat);
  for (const warning of warnings) logger.log("warn", warning);
  const stop = Promise.withResolvers<NodeJS.Signals>();
  const atOnce = Promise.withResolvers<void>();
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) atOnce.resolve();
    isStopping = true;
    stop.resolve(signal);
  };
  let directory: ConfigDirectory | undefined;
  let pilot: Pilot | undefined;
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  try {
    directory = await openDirectory(settings, logger);
    pilot = createPilot(pilotOptions(settings, directory, logger));
    await pilot.start();
    reportAddresses(pilot, settings, logger);
    const reason = await Promise.race([pilot.ready(), stop.promise]);
    if (reason === undefined) reportReady(pilot, directory, logger);
    const signal = reason ?? (await stop.promise);
    logger.log("info", `${signal}: ending streams`);
    await Promise.race([pilot.close(), atOnce.promise, afterMs(settings.shutdownMs)]);
  } catch (error) {
    reportFailure(error);
    await pilot?.close();
    return 1;
  } finally {
    directory?.close();
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
  }
  logger.log("info", "stopped");
  return 0;
}

async function openDirectory({ configDir, configNamespace }: Settings, logger: PilotLogger): Promise<ConfigDirectory | undefined> {
  if (configDir === undefined) return undefined;
  const directory = await createConfigDirectory({ directory: configDir, namespace: configNamespace, debounceMs: filesQuietMs });
  const known = new Set<string>();
  const report = ({ problems }: ConfigSnapshot): void => reportProblems(problems, known, logger);
  report(directory.snapshot);
  directory.subscribe(report);
  return directory;
}

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

function pilotOptions(settings: Settings, directory: ConfigDirectory | undefined, logger: PilotLogger): Parameters<typeof createPilot>[0] {
  const { http, monitoring, maxRequestsPerSecond: perSecond, maxConnections: maxStreams, pushThrottle } = settings;
  return {
    registries: openRegistries(settings.registries),
    ...(directory === undefined ? {} : { config: directory }),
    grpc: settings.grpc,
    ...(http === undefined ? {} : { http }),
    ...(monitoring === undefined ? {} : { monitoring }),
    debounce: { quietMs: settings.debounceAfterMs, maxMs: settings.debounceMaxMs },
    readyTimeoutMs: settings.readyTimeoutMs,
    protection: { holdMs: settings.holdMs, maxLoss: settings.maxLoss },
    ...(perSecond === undefined ? {} : { admission: { perSecond } }),
    limits: {
      ...(maxStreams === undefined ? {} : { maxStreams }),
      ...(pushThrottle === undefined ? {} : { maxConcurrentPushes: pushThrottle }),
    },
    connectionAge: { maxMs: settings.maxConnectionAgeMs },
    identifier: settings.identifier,
    version: version(),
    logger,
  };
}

function reportAddresses(
  { grpcAddress, httpAddress, monitoringAddress }: Pilot,
  { configDir, registries }: Settings,
  logger: PilotLogger,
): void {
  logger.log("info", `xDS on ${grpcAddress}`);
  if (httpAddress !== "") logger.log("info", `status on http://${httpAddress}`);
  if (monitoringAddress !== "") logger.log("info", `metrics on http://${monitoringAddress}`);
  if (configDir === undefined && registries.length === 0)
    logger.log("warn", "neither --config-dir nor --registry is given: there is nothing to tell proxies");
}

function reportReady({ snapshot, registries }: Pilot, directory: ConfigDirectory | undefined, logger: PilotLogger): void {
  const sources = `${registries.length} registries and ${directory?.snapshot.configs.length ?? 0} configurations`;
  logger.log("info", `pilot is ready, pid ${process.pid}: ${snapshot?.services.all.length ?? 0} services of ${sources}`);
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
