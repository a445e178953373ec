import { HostHealth, type ClusterStatus, type HostStatus } from "../../cluster/index.ts";
import { formatAddress } from "../../network/index.ts";
import { html, type AdminEndpoint, type AdminResponse, type AdminServices } from "./endpoint.ts";

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (value: string | number): string => String(value).replaceAll(/[&<>"']/g, (character) => escapes[character] ?? "");

const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 15%, transparent); --good: #1a7f37; --bad: #cf222e; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); } form { display: inline; } button { font: inherit; }
`;

/** This proxy at a glance: state, listeners, hosts, and every page of the admin port. */
export function homePage({ server, version }: AdminServices, endpoints: readonly AdminEndpoint[]): AdminResponse {
  const { node } = server.bootstrap;
  const uptime = Math.floor((server.runtime.clock.now() - server.startedAt) / 1000);
  const identity =
    node === null || node.id === "" ? "" : ` · node ${escape(node.id)}${node.cluster === "" ? "" : ` of ${escape(node.cluster)}`}`;
  return html(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>mosn</title><style>${style}</style></head>
<body>
<h1>mosn ${escape(version)}</h1>
<p><strong class="${server.state === "LIVE" ? "good" : "bad"}">${server.state}</strong>${server.healthCheckFailed ? " · health check failed by hand" : ""}
 · up ${escape(formatUptime(uptime))} · ${escape(server.activeConnections)} connections${identity}</p>
<h2>Listeners</h2>
${table(
  ["Name", "Address", "Connections"],
  server.listeners.listeners.map(({ name, address, activeConnections }) => [
    escape(name),
    escape(formatAddress(address)),
    number(activeConnections),
  ]),
)}
<h2>Clusters</h2>
${table(["Cluster", "Host", "Health", "Requests", "Active", "Errors", "Timeouts", "Connections"], server.clusters.describe().flatMap(clusterRows))}
<h2>Pages</h2>
${table(["", ""], endpoints.map(endpointRow))}
</body>
</html>
`);
}

function formatUptime(seconds: number): string {
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** A cell that is already HTML, aligned as a number. */
interface NumberCell {
  readonly number: number;
}

const number = (value: number): NumberCell => ({ number: value });

function table(head: readonly string[], rows: readonly (readonly (string | NumberCell)[])[]): string {
  const [first] = rows;
  const isNumber = (column: number): boolean => typeof first?.[column] === "object";
  const header = head.some((title) => title !== "")
    ? `<tr>${head.map((title, column) => `<th${isNumber(column) ? ' class="n"' : ""}>${escape(title)}</th>`).join("")}</tr>`
    : "";
  const cell = (content: string | NumberCell): string =>
    typeof content === "string" ? `<td>${content}</td>` : `<td class="n">${content.number.toLocaleString("en")}</td>`;
  return `<table>${header}${rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n")}</table>`;
}

function clusterRows({ name, hosts }: ClusterStatus): (string | NumberCell)[][] {
  if (hosts.length === 0) return [[escape(name), "no hosts", "", "", "", "", "", ""]];
  return hosts.map((host) => [
    escape(name),
    escape(formatAddress(host.address)),
    health(host),
    number(host.stats.rqTotal),
    number(host.stats.rqActive),
    number(host.stats.rqError),
    number(host.stats.rqTimeout),
    number(host.stats.cxActive),
  ]);
}

function health({ health: bits }: HostStatus): string {
  if (bits === 0) return '<span class="good">healthy</span>';
  const reasons = Object.entries(HostHealth).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name]));
  return `<span class="bad">${escape(reasons.join(", "))}</span>`;
}

function endpointRow({ path, help, mutates }: AdminEndpoint): string[] {
  const link = mutates
    ? `<form method="post" action="${escape(path)}"><button>${escape(path)}</button></form>`
    : `<a href="${escape(path)}">${escape(path)}</a>`;
  return [link, escape(help)];
}
