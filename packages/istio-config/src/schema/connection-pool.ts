import * as v from "valibot";
import type { ConnectionPoolSettings, HttpConnectionPool, TcpConnectionPool, TcpKeepalive } from "../kinds/index.ts";
import { message, type MessageSchema } from "./message.ts";
import { count, countSet, duration, durationOrZero, flagOrFalse, integer, may, oneOf, type Schema } from "./scalars.ts";

const int32: Schema<number> = integer(0, 2 ** 31 - 1);

export const tcpKeepalive: MessageSchema<TcpKeepalive> = message("ConnectionPoolSettings.TCPSettings.TcpKeepalive", {
  probes: may(count),
  time: may(duration),
  interval: may(duration),
});

const tcp: MessageSchema<TcpConnectionPool> = message("ConnectionPoolSettings.TCPSettings", {
  maxConnections: may(int32),
  connectTimeout: may(duration),
  tcpKeepalive: may(tcpKeepalive),
  maxConnectionDuration: may(duration),
  idleTimeout: may(durationOrZero),
});

const http: MessageSchema<HttpConnectionPool> = message(
  "ConnectionPoolSettings.HTTPSettings",
  {
    http1MaxPendingRequests: may(int32),
    http2MaxRequests: may(int32),
    maxRequestsPerConnection: may(int32),
    maxRetries: may(int32),
    idleTimeout: may(durationOrZero),
    h2UpgradePolicy: v.optional(oneOf("DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"), "DEFAULT"),
    useClientProtocol: flagOrFalse,
    maxConcurrentStreams: may(int32),
  },
  {
    rules({ h2UpgradePolicy, useClientProtocol }, report) {
      if (h2UpgradePolicy === "UPGRADE" && useClientProtocol) {
        report(["useClientProtocol"], "destination-rule/h2-upgrade", "must not be true where h2UpgradePolicy is UPGRADE");
      }
    },
  },
);

export const connectionPool: MessageSchema<ConnectionPoolSettings> = message(
  "ConnectionPoolSettings",
  { tcp: may(tcp), http: may(http) },
  {
    rules({ tcp: ofTcp, http: ofHttp }, report) {
      if (countSet(ofTcp, ofHttp) === 0) report([], "destination-rule/empty-policy", "must have tcp or http");
    },
  },
);
