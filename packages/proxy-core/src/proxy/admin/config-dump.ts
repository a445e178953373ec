import { createMessage, packAny, type Any } from "@mesh/xds-proto";
import { ConfigPath, dumpMessage, isConfigError } from "../../config/index.ts";
import { compileRegex, type Regex } from "../../matching/index.ts";
import type { Server } from "../server.ts";
import { FieldMask } from "./field-mask.ts";
import { dumpLists, dumpSections, type DumpEntry } from "./dump-lists.ts";
import { json, text, type AdminResponse } from "./endpoint.ts";

const messageName = "envoy.admin.v3.ConfigDump";

/**
 * Envoy's `/config_dump`: everything, or with `resource=dynamic_listeners` the entries of one list; with `name_regex=…` those whose name
 * matches as a whole; endpoints, of everything or as a list, only with `include_eds`. With `mask=cluster.name` an entry has these fields only; without a list it chooses among
 * the sections those that have such fields.
 */
export function configDump(server: Server, query: URLSearchParams): AdminResponse {
  const maskText = query.get("mask") ?? "";
  const mask = maskText === "" ? undefined : new FieldMask(maskText, server.extensions.registry);
  const pattern = query.get("name_regex");
  let regex: Regex | undefined;
  try {
    regex =
      pattern === null
        ? undefined
        : compileRegex(createMessage("envoy.type.matcher.v3.RegexMatcher", { regex: pattern }), ConfigPath.of("name_regex"));
  } catch (error) {
    if (!isConfigError(error)) throw error;
    return text(`${error.message}\n`, 400);
  }
  const isWanted = ({ name }: DumpEntry): boolean => regex === undefined || regex.matches(name);
  const resource = query.get("resource");
  const hasEndpoints = query.has("include_eds") && query.get("include_eds") !== "false";
  if (resource === null) {
    const sections = dumpSections(server, hasEndpoints, isWanted);
    if (mask === undefined) return dump(server, sections);
    const shown = jsonOf(server, sections).map((section) => mask.apply(anyName, section));
    const applied = shown.filter((section) => section !== undefined);
    if (applied.length === 0) return text(`FieldMask ${maskText} could not be successfully applied to any configs.\n`, 400);
    return json({ configs: applied });
  }
  const list = dumpLists[resource];
  if (list === undefined) return text(`${resource} not found in config dump: there are ${Object.keys(dumpLists).join(", ")}\n`, 404);
  if (endpointLists.includes(resource) && !hasEndpoints) return text(`${resource} not found in config dump: it needs include_eds\n`, 404);
  const entries = list(server)
    .filter(isWanted)
    .map(({ type, message }) => packAny(type, message));
  if (mask === undefined) return dump(server, entries);
  const shown = jsonOf(server, entries).map((entry) => mask.apply(anyName, entry));
  if (shown.includes(undefined)) return text(`FieldMask ${maskText} could not be successfully used.\n`, 400);
  return json(shown.length === 0 ? {} : { configs: shown });
}

const anyName = "google.protobuf.Any";
const endpointLists: readonly string[] = ["static_endpoint_configs", "dynamic_endpoint_configs"];

/** As `/config_dump` shows them. */
function jsonOf({ extensions }: Server, configs: readonly Any[]): unknown[] {
  return configs.map((config) => dumpMessage(extensions.registry, anyName, config));
}

function dump({ extensions }: Server, configs: Any[]): AdminResponse {
  return json(dumpMessage(extensions.registry, messageName, createMessage(messageName, { configs })));
}
