import { createMessage, packAny, type Any } from "@mesh/xds-proto";
import { ConfigPath, dumpMessage, isConfigError } from "../../config/index.ts";
import { compileRegex, type Regex } from "../../matching/index.ts";
import type { Server } from "../server.ts";
import { dumpLists, dumpSections, type DumpEntry } from "./dump-lists.ts";
import { json, text, type AdminResponse } from "./endpoint.ts";

const messageName = "envoy.admin.v3.ConfigDump";

/**
 * Envoy's `/config_dump`: everything, or with `resource=dynamic_listeners` the entries of one list; with `name_regex=…` those whose name
 * matches as a whole; endpoints with `include_eds`.
 */
export function configDump(server: Server, query: URLSearchParams): AdminResponse {
  if (query.has("mask")) return text("mask is not supported yet: ask for resource=…\n", 400);
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
  if (resource === null) {
    const hasEndpoints = query.has("include_eds") && query.get("include_eds") !== "false";
    return dump(server, dumpSections(server, hasEndpoints, isWanted));
  }
  const list = dumpLists[resource];
  if (list === undefined) return text(`${resource} not found in config dump: there are ${Object.keys(dumpLists).join(", ")}\n`, 404);
  return dump(
    server,
    list(server)
      .filter(isWanted)
      .map(({ type, message }) => packAny(type, message)),
  );
}

function dump({ extensions }: Server, configs: Any[]): AdminResponse {
  return json(dumpMessage(extensions.registry, messageName, createMessage(messageName, { configs })));
}
