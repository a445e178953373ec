import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultRegistry } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import type { SupportedField } from "../fields.ts";
import { fieldTables } from "./index.ts";

/** All sources that read messages: those of the other rooms, and the config room's own readers of values. */
function readers(): string {
  const root = join(import.meta.dirname, "../..");
  const files = globSync("**/*.ts", { cwd: root }).filter(
    (file) => !/\.test\.ts$|testing\.ts$|^config\/(?!values\.ts|check\.ts)/.test(file),
  );
  // Configuration sources are carried out in a package of their own.
  const sources = join(root, "../../proxy-xds/src");
  const texts = globSync("**/*.ts", { cwd: sources }).filter((file) => !file.endsWith(".test.ts"));
  return [...files.map((file) => join(root, file)), ...texts.map((file) => join(sources, file))]
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
}

/** Fields that are supported although nothing acts on them: with one value there is nothing to choose, and some are only shown. */
const needsNoReader = ({ values, note }: SupportedField): boolean => values?.length === 1 || (note?.startsWith("Shown in") ?? false);

/** Fields that ask for what is so anyhow. */
const granted: ReadonlySet<string> = new Set([
  // AUTO and HTTP1 are the same as long as there is no HTTP/2.
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.codec_type",
  // Header names keep their case always.
  "envoy.config.core.v3.Http1ProtocolOptions.header_key_format",
  "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.stateful_formatter",
  // A host's reason phrase is passed on always.
  "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig.forward_reason_phrase",
]);

test("every field that is supported is read somewhere", () => {
  const words = new Set(readers().match(/\w+/g));
  const unread = fieldTables.flatMap(({ message, fields }) =>
    defaultRegistry()
      .describeMessage(message)
      .fields.filter(({ name, property }) => {
        const rule = fields[name];
        return rule?.status === "supported" && !needsNoReader(rule) && !words.has(property);
      })
      .map(({ name }) => `${message}.${name}`),
  );
  expect(unread.filter((field) => !granted.has(field))).toEqual([]);
});
