import { formatTable } from "../table.ts";
import { askPilot } from "./ask.ts";
import { at, fieldsOf, listOf, textOf } from "./json.ts";

export interface ProxyStatusOptions {
  readonly address: string;
  readonly output: "table" | "json";
}

const types = ["cds", "lds", "eds", "rds", "nds"];

/** Who is connected, and what each has accepted; below that, what is refused. */
export async function proxyStatus(node: string | undefined, { address, output }: ProxyStatusOptions): Promise<string> {
  const all = listOf(await askPilot(address, "/debug/syncz"));
  const clients = all
    .filter((client) => node === undefined || isOf(client, node))
    .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  if (output === "json") return JSON.stringify(clients, undefined, 2);
  if (clients.length === 0) return node === undefined ? "No proxies are connected." : `No proxy "${node}" is connected.`;
  const rows = clients.map((client) => [
    nameOf(client),
    textOf(at(client, "proxy_type")),
    ...types.map((type) => textOf(at(client, "types", type, "status")) || "IGNORED"),
    textOf(at(client, "version")),
  ]);
  const table = formatTable(["NAME", "TYPE", ...types.map((type) => type.toUpperCase()), "VERSION"], rows);
  const errors = clients.flatMap((client) => refusalsOf(client));
  return errors.length === 0 ? table : [table, "", ...errors].join("\n");
}

const nameOf = (client: unknown): string => textOf(at(client, "proxy"));

const isOf = (client: unknown, node: string): boolean =>
  nameOf(client) === node || nameOf(client).startsWith(`${node}.`) || textOf(at(client, "node_id")) === node;

function refusalsOf(client: unknown): string[] {
  return Object.entries(fieldsOf(at(client, "types"))).flatMap(([type, state]) => {
    const error = textOf(at(state, "error"));
    return error === "" ? [] : [`${nameOf(client)} refuses ${type.toUpperCase()}: ${error}`];
  });
}
