import { toJson, type Message } from "@mesh/xds-proto";

/** `filter_metadata` by namespace, as JSON. */
export type Metadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What a message's `metadata` says; undefined where it says nothing. */
export function readMetadata(message: Message<"envoy.config.core.v3.Metadata"> | null): Metadata | undefined {
  const entries = Object.entries(message?.filterMetadata ?? {});
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([namespace, struct]) => [namespace, objectOf(toJson("google.protobuf.Struct", struct))]));
}

const objectOf = (value: unknown): Record<string, unknown> => (typeof value === "object" && value !== null ? { ...value } : {});
