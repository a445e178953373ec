import { NameInterner } from "../machine/names.ts";
import { ResponseCache } from "../machine/response-cache.ts";
import type { StreamContext, StreamLimits } from "../machine/stream.ts";
import { Differences } from "../resource/differences.ts";

export interface TestContextOptions extends Partial<StreamLimits> {
  readonly noncePrefix?: string;
  readonly maxBytes?: number;
  readonly now?: () => number;
}

/** What streams share, as a server would make it; time stands still unless it is given. */
export function testContext({ noncePrefix = "n", maxBytes = 1_000_000, now = () => 1, ...limits }: TestContextOptions = {}): StreamContext {
  return {
    names: new NameInterner(),
    differences: new Differences(),
    responses: new ResponseCache({ noncePrefix, identifier: "test", maxBytes }),
    limits: { maxNames: 1000, maxTypes: 10, ackTimeoutMs: 5000, ...limits },
    now,
  };
}
