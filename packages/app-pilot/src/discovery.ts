import { createPilot, type Pilot, type PilotLogger } from "@mesh/pilot";
import { openConfig, type OpenedConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { openRegistries } from "./registries/open.ts";
import { reportFailure } from "./report.ts";
import type { Settings } from "./settings/resolve.ts";
import { takeSignals } from "./signals.ts";
import { version } from "./version.ts";

/**
 * Runs a pilot until SIGTERM or SIGINT, which end it within `shutdown-duration`; a second signal ends it at once.
 * SIGHUP and SIGUSR1 are passed over. Returns the exit code.
 *
 * @param warnings of the settings, to be logged
 */
export async function discovery(settings: Settings, warnings: readonly string[]): Promise<number> {
  const logger = createLog(settings.logLevel, settings.logFormat);
  for (const warning of warnings) logger.log("warn", warning);
  const signals = takeSignals(logger);
  let config: OpenedConfig | undefined;
  let pilot: Pilot | undefined;
  try {
    config = await openConfig(settings, logger);
    pilot = createPilot(pilotOptions(settings, config, logger));
    await pilot.start();
    reportAddresses(pilot, settings, logger);
    const reason = await Promise.race([pilot.ready(), signals.stop]);
    if (reason === undefined) reportReady(pilot, config, logger);
    const signal = reason ?? (await signals.stop);
    logger.log("info", `${signal}: ending streams`);
    await Promise.race([pilot.close(), signals.atOnce, afterMs(settings.shutdownMs)]);
  } catch (error) {
    reportFailure(error);
    await pilot?.close();
    return 1;
  } finally {
    config?.directory.close();
    signals.release();
  }
  logger.log("info", "stopped");
  return 0;
}

function pilotOptions(settings: Settings, config: OpenedConfig | undefined, logger: PilotLogger): Parameters<typeof createPilot>[0] {
  const { http, monitoring, maxRequestsPerSecond: perSecond, maxConnections: maxStreams, pushThrottle } = settings;
  return {
    registries: openRegistries(settings.registries),
    ...(config === undefined ? {} : { config: config.source }),
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

function reportReady({ snapshot, registries }: Pilot, config: OpenedConfig | undefined, logger: PilotLogger): void {
  const sources = `${registries.length} registries and ${config?.directory.snapshot.configs.length ?? 0} configurations`;
  logger.log("info", `pilot is ready, pid ${process.pid}: ${snapshot?.services.all.length ?? 0} services of ${sources}`);
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
