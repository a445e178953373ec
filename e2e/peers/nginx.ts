import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startPeer } from "./process.ts";
import type { Peer } from "./process.ts";
import { freePort } from "./ports.ts";
import { makeScratch } from "./scratch.ts";
import { findProgram, toolPath } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

export const nginx: PeerTool = {
  name: "nginx",
  installHint: "apt-get install nginx-light",
  find: () => findProgram("nginx"),
};

export interface NginxPeer extends Peer {
  readonly port: number;
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
}

export interface NginxOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly cpu?: number;
}

export interface NginxBackendOptions extends NginxOptions {
  /** Told in every response as `x-backend`. Default: `n<port>`. */
  readonly id?: string;
  /** Sizes of the files that `/bytes/<n>` and `/chunked/<n>` serve. Default: 0, 1024 and 1 MiB. */
  readonly bodyBytes?: readonly number[];
}

const plainStatuses = [204, 404, 429, 500, 502, 503, 504];

/** Runs one nginx process in the foreground, with all its files in a folder of its own. */
async function startNginx(name: string, port: number, scratch: string, http: string, cpu: number | undefined): Promise<NginxPeer> {
  const config = `
# One process, and no other user: what runs as root may not become somebody else in every sandbox.
daemon off;
master_process off;
${process.getuid?.() === 0 ? "user root;" : ""}
pid ${scratch}/nginx.pid;
error_log stderr warn;
events { worker_connections 16384; }
http {
  access_log off;
  default_type text/plain;
  client_body_temp_path ${scratch}/body;
  proxy_temp_path ${scratch}/proxy;
  fastcgi_temp_path ${scratch}/fastcgi;
  uwsgi_temp_path ${scratch}/uwsgi;
  scgi_temp_path ${scratch}/scgi;
  client_max_body_size 0;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  tcp_nodelay on;
${http}
}
`;
  const path = join(scratch, "nginx.conf");
  writeFileSync(path, config);
  const peer = await startPeer({
    name,
    command: toolPath(nginx),
    // Before it reads its configuration, nginx opens the log that -e names; its default is the machine's own.
    args: ["-p", scratch, "-e", "stderr", "-c", path],
    scratch,
    ready: [port],
    ...(cpu === undefined ? {} : { cpu }),
  });
  return Object.assign(peer, { port, url: `http://127.0.0.1:${port}` });
}

/**
 * An HTTP/1.1 back end:
 * - `/` answers `ok`;
 * - `/bytes/<n>` n bytes of `x` with Content-Length, `/chunked/<n>` the same chunked; n is one of `bodyBytes`;
 * - `/status/<code>` an empty answer of that status (204, 404, 429, 500, 502, 503, 504);
 * - `/head` the request's line, host, `x-request-id`, `x-forwarded-for` and `x-forwarded-proto`, one a line;
 * - `/close` closes the connection after its answer.
 */
export async function startNginxBackend(options: NginxBackendOptions = {}): Promise<NginxPeer> {
  const port = options.port ?? (await freePort());
  const scratch = makeScratch("nginx");
  const bodies = join(scratch, "bodies");
  mkdirSync(bodies);
  for (const bytes of options.bodyBytes ?? [0, 1024, 1024 * 1024]) writeFileSync(join(bodies, String(bytes)), "x".repeat(bytes));
  const statuses = plainStatuses.map((status) => `    location = /status/${status} { return ${status} ""; }`).join("\n");
  const http = `
  open_file_cache max=100;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    server_tokens off;
    add_header x-backend ${options.id ?? `n${port}`} always;
    location = / { return 200 "ok\\n"; }
    location /bytes/ { alias ${bodies}/; }
    # A body that passes the SSI filter has no length known ahead.
    location /chunked/ { alias ${bodies}/; ssi on; ssi_types *; }
    location = /head { return 200 "$request\\n$http_host\\n$http_x_request_id\\n$http_x_forwarded_for\\n$http_x_forwarded_proto\\n"; }
    location = /close { keepalive_timeout 0; return 200 "bye\\n"; }
${statuses}
  }`;
  return startNginx("nginx back end", port, scratch, http, options.cpu);
}

/** An nginx that proxies HTTP/1.1 to a port with connections kept alive, to compare proxies with. */
export async function startNginxProxy(upstreamPort: number, options: NginxOptions = {}): Promise<NginxPeer> {
  const port = options.port ?? (await freePort());
  const http = `
  upstream backend {
    server 127.0.0.1:${upstreamPort};
    keepalive 1024;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
  }`;
  return startNginx("nginx proxy", port, makeScratch("nginx"), http, options.cpu);
}
