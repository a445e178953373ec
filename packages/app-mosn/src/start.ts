import type { Logger, Proxy } from "@mesh/proxy-core";
import { compose, type Composition } from "./config.ts";
import { createLog } from "./log.ts";
import type { StartOptions } from "./options.ts";
import { reportFailure } from "./report.ts";

/**
 * Runs the proxy until SIGTERM or SIGINT, then lets connections end between two requests for as long as they may (`--drain-time-s`); a second
 * signal ends it at once. SIGUSR1 opens access logs anew. Returns the exit code.
 */
export async function start(options: StartOptions): Promise<number> {
  const { logger, levels } = createLog(options.logLevel);
  const stop = Promise.withResolvers<string>();
  let composition: Composition;
  let draining = false;
  const stopNow = (why: string): void => {
    logger.log("warning", "main", `${why}: closing what is left`);
    void composition.proxy.stop();
  };
  const onQuit = (): void => {
    if (draining) stopNow(quitPath);
    else stop.resolve(quitPath);
  };
  try {
    composition = compose(options, { components: { logger }, logLevels: levels, onQuit });
  } catch (error) {
    reportFailure(error);
    return 1;
  }
  const { proxy } = composition;
  for (const { path, message } of proxy.warnings) logger.log("warning", "config", `${path}: ${message}`);

  const onSignal = (signal: NodeJS.Signals): void => {
    if (draining) {
      stopNow(`${signal} again`);
      return;
    }
    draining = true;
    stop.resolve(signal);
  };
  const reopenLogs = (): void => proxy.reopenLogs();
  process.on("SIGUSR1", reopenLogs);
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  // A proxy without listeners and admin port waits for its end as well.
  const alive = setInterval(() => {}, longestIntervalMs);
  try {
    // Clusters may take long to become ready: a signal does not wait for that.
    const reason = await Promise.race([proxy.start(), stop.promise]);
    if (reason === undefined) reportReady(proxy, logger);
    await end(composition, reason ?? (await stop.promise), logger);
  } catch (error) {
    reportFailure(error);
    return 1;
  } finally {
    process.off("SIGUSR1", reopenLogs);
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
    clearInterval(alive);
  }
  logger.log("info", "main", "stopped");
  return 0;
}

const quitPath = "/quitquitquit";
/** Of Node's timers. */
const longestIntervalMs = 2 ** 31 - 1;

function reportReady(proxy: Proxy, logger: Logger): void {
  for (const { name, addressText } of proxy.listeners) logger.log("info", "main", `listener ${name} on ${addressText}`);
  const admin = proxy.adminAddress;
  if (admin !== undefined) {
    logger.log("info", "main", `admin on ${admin.kind === "pipe" ? admin.path : `http://${admin.address}:${admin.port}`}`);
  }
  logger.log("info", "main", `mosn is ready, pid ${process.pid}`);
}

async function end({ proxy, draining }: Composition, reason: string, logger: Logger): Promise<void> {
  if (reason === quitPath) {
    logger.log("info", "main", "quitting");
    await proxy.stop();
  } else {
    const { terminationMs } = draining;
    const limit = terminationMs === Infinity ? "as long as there are connections" : `up to ${terminationMs / 1000} s`;
    const ended = proxy.shutdown(terminationMs);
    // Nobody is listening any more when this is read.
    logger.log("info", "main", `${reason}: draining for ${limit}`);
    await ended;
  }
}
