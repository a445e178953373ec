import * as v from "valibot";
import type { MutualTlsMode, PeerAuthenticationSpec } from "../kinds/index.ts";
import { labelSelector } from "./common.ts";
import { normalisedMessage, type MessageSchema } from "./message.ts";
import { keyed, may, oneOf, portVerdict, type Schema } from "./scalars.ts";

const mutualTls: MessageSchema<MutualTlsMode> = normalisedMessage(
  "PeerAuthentication.MutualTLS",
  { mode: v.optional(oneOf("UNSET", "DISABLE", "PERMISSIVE"), "UNSET") },
  ({ mode }) => mode,
);

export const peerAuthentication: Schema<PeerAuthenticationSpec> = normalisedMessage(
  "PeerAuthentication",
  {
    selector: may(labelSelector),
    mtls: may(mutualTls),
    portLevelMtls: keyed(mutualTls, "port/range", (key) =>
      /^\d{1,5}$/.test(key) ? portVerdict(Number(key)) : "must have a port for its key",
    ),
  },
  ({ mtls = "UNSET", ...others }) => ({ ...others, mtls }),
  {
    rules({ selector, portLevelMtls }, report) {
      const isForAll = selector === undefined || Object.keys(selector.labels).length === 0;
      if (isForAll && Object.keys(portLevelMtls).length > 0)
        report(["portLevelMtls"], "peer-authentication/ports", "needs a selector with labels");
    },
  },
);
