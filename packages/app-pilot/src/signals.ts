import type { PilotLogger } from "@mesh/pilot";

/** What the operating system asks of the program. */
interface Signals {
  /** SIGTERM or SIGINT, the first of them. */
  readonly stop: Promise<NodeJS.Signals>;
  /** Resolves at another one of these. */
  readonly atOnce: Promise<void>;
  /** Lets go of all signals. */
  release(): void;
}

/**
 * Without a listener SIGHUP would end the process at once, and SIGUSR1 would open Node's inspector, to which anyone on the machine may
 * connect. Envoy, too, passes over a SIGHUP with a line in its log.
 */
const ignored: ReadonlyMap<NodeJS.Signals, string> = new Map([
  ["SIGHUP", "nothing has to be read again: the configuration is watched, and settings are read at the start"],
  ["SIGUSR1", "Node's inspector stays closed"],
]);

/** Listens to signals, until they are released. */
export function takeSignals(logger: PilotLogger): Signals {
  const stop = Promise.withResolvers<NodeJS.Signals>();
  const atOnce = Promise.withResolvers<void>();
  let isStopping = false;
  const onStop = (signal: NodeJS.Signals): void => {
    if (isStopping) atOnce.resolve();
    isStopping = true;
    stop.resolve(signal);
  };
  const onIgnored = (signal: NodeJS.Signals): void => logger.log("warn", `${signal} is passed over: ${ignored.get(signal) ?? ""}`);
  const listeners = new Map([
    ...(["SIGTERM", "SIGINT"] as const).map((signal) => [signal, onStop] as const),
    ...[...ignored.keys()].map((signal) => [signal, onIgnored] as const),
  ]);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return {
    stop: stop.promise,
    atOnce: atOnce.promise,
    release() {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}
