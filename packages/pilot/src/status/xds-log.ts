import type { ClientInfo, XdsServerObserver } from "@mesh/xds-server";
import { shortNameOf } from "./metrics.ts";

export type WriteLog = (level: "debug" | "info" | "warn", message: string) => void;

/** Says who comes and goes, and what proxies refuse. */
export function xdsLog(write: WriteLog, nowMs: () => number): XdsServerObserver {
  let [lastRefusalMs, unsaid] = [Number.NEGATIVE_INFINITY, 0];
  return {
    onConnected: (client) => write("info", `${nameOf(client)} is connected from ${client.peer} (${client.protocol})`),
    onDisconnected: (client, error) =>
      write(error === undefined ? "info" : "warn", `${nameOf(client)} is gone${error === undefined ? "" : `: ${error.message}`}`),
    onRefused: (peer, error) => {
      // A thousand proxies that come at once are refused a thousand times: one line a second says so.
      unsaid++;
      if (nowMs() - lastRefusalMs < 1000) return;
      const others = unsaid === 1 ? "" : `; ${unsaid - 1} more since the last line`;
      write("warn", `refused a stream from ${peer}: ${error.message}${others}`);
      [lastRefusalMs, unsaid] = [nowMs(), 0];
    },
    onRequest: (client, { typeUrl, refusal }) => {
      if (refusal !== undefined) write("warn", `${nameOf(client)} refuses ${shortNameOf(typeUrl)}: ${refusal.message}`);
    },
    onResponse: (client, { typeUrl, resourceCount, removedCount, bytes, isAsked }) => {
      const removed = removedCount === 0 ? "" : `, ${removedCount} removed`;
      write(
        "debug",
        `${isAsked ? "answer" : "push"} to ${nameOf(client)}: ${shortNameOf(typeUrl)}, ${resourceCount} resources${removed}, ${bytes} bytes`,
      );
    },
  };
}

const nameOf = ({ id }: ClientInfo): string => id;

/** Both are told, the first one first. */
export function bothObservers(one: XdsServerObserver, other: XdsServerObserver): XdsServerObserver {
  return {
    onConnected: (client) => {
      one.onConnected?.(client);
      other.onConnected?.(client);
    },
    onDisconnected: (client, error) => {
      one.onDisconnected?.(client, error);
      other.onDisconnected?.(client, error);
    },
    onRefused: (peer, error) => {
      one.onRefused?.(peer, error);
      other.onRefused?.(peer, error);
    },
    onRequest: (client, event) => {
      one.onRequest?.(client, event);
      other.onRequest?.(client, event);
    },
    onResponse: (client, event) => {
      one.onResponse?.(client, event);
      other.onResponse?.(client, event);
    },
  };
}
