import { compose } from "./config.ts";
import type { ConfigOptions } from "./options.ts";
import { reportFailure } from "./report.ts";

/** Checks a configuration as `start` would, and says what is wrong with it. Returns the exit code. */
export function validate(options: ConfigOptions): number {
  try {
    const { proxy } = compose(options);
    for (const { path, message } of proxy.warnings) console.error(`${path}: ${message}`);
    void proxy.stop();
  } catch (error) {
    reportFailure(error);
    return 1;
  }
  console.log(`configuration '${options.configPath ?? "--config-yaml"}' OK`);
  return 0;
}
