/** CorsPolicy. */
import type { CorsPolicy } from "../kinds/index.ts";
import { headerNameVerdict, stringMatch } from "./common.ts";
import { describe } from "./issues.ts";
import { normalisedMessage, type MessageSchema } from "./message.ts";
import { checked, duration, flag, list, may, oneOf, text, texts, type Schema } from "./scalars.ts";

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"]);
const corsHeader: Schema<string> = checked(text, "header/name", (name) => (name === "*" ? undefined : headerNameVerdict(name)));

export const corsPolicy: MessageSchema<CorsPolicy> = normalisedMessage(
  "CorsPolicy",
  {
    allowOrigins: list(
      checked(stringMatch, "virtual-service/cors-origin", ({ value }) => (value === "" ? "must not be empty" : undefined)),
    ),
    allowOrigin: texts,
    allowMethods: list(
      checked(text, "virtual-service/cors-method", (method) =>
        methods.has(method) ? undefined : `must be a method of HTTP in upper case, but is ${describe(method)}`,
      ),
    ),
    allowHeaders: list(corsHeader),
    exposeHeaders: list(corsHeader),
    maxAge: may(
      checked(duration, "virtual-service/cors-max-age", (value) => (value % 1000 === 0 ? undefined : "must be a whole number of seconds")),
    ),
    allowCredentials: may(flag),
    unmatchedPreflights: may(oneOf("UNSPECIFIED", "FORWARD", "IGNORE")),
  },
  ({ allowOrigin, allowOrigins, unmatchedPreflights, ...others }) => ({
    ...others,
    allowOrigins: allowOrigins.length > 0 ? allowOrigins : allowOrigin.map(exactOrigin),
    ...(unmatchedPreflights === undefined || unmatchedPreflights === "UNSPECIFIED" ? {} : { unmatchedPreflights }),
  }),
  { deprecated: { allowOrigin: "use allowOrigins" } },
);

function exactOrigin(value: string): { kind: "exact" | "regex"; value: string } {
  return value === "*" ? { kind: "regex", value: ".*" } : { kind: "exact", value };
}
