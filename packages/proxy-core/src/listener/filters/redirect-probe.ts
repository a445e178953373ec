/**
 * Run by original-dst.test.ts in a network namespace of its own: redirects a port as Istio does, connects, and prints as JSON what the
 * filter made of it.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { ConfigPath } from "../../config/index.ts";
import { AcceptedConnection, formatEndpoint } from "../accepted.ts";
import { OriginalDstFilter, originalDestinationLookup } from "./original-dst.ts";

const redirectTo = 15_001;
const filter = new OriginalDstFilter(originalDestinationLookup(ConfigPath.root));

const run = (command: string, parameters: readonly string[], input: string = ""): void => {
  execFileSync(command, parameters, { input });
};

function redirect(tool: string): void {
  run("ip", ["link", "set", "lo", "up"]);
  if (tool === "nft") {
    const chain = `chain output { type nat hook output priority -100\n tcp dport 8080 redirect to :${redirectTo}\n }`;
    run("nft", ["-f", "-"], `table ip nat {\n ${chain}\n}\ntable ip6 nat {\n ${chain}\n}\n`);
    return;
  }
  const rule = ["-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "8080", "-j", "REDIRECT", "--to-ports", String(redirectTo)];
  run("iptables", rule);
  run("ip6tables", rule);
}

/** Where a connection to `host` and `port` was going, as a listener at `address` finds out. */
async function observe(address: string, host: string, port: number): Promise<object> {
  const server = createServer().listen(redirectTo, address);
  await once(server, "listening");
  const client = connect({ host, port });
  const [socket] = (await once(server, "connection")) as [Socket];
  const accepted = new AcceptedConnection(socket, "", 0);
  filter.inspect(accepted);
  client.destroy();
  socket.destroy();
  server.close();
  await once(server, "close");
  return { local: formatEndpoint(accepted.local), restored: accepted.localRestored };
}

redirect(process.argv[2] ?? "nft");
const seen = [
  await observe("0.0.0.0", "127.0.0.2", 8080),
  await observe("0.0.0.0", "127.0.0.1", redirectTo),
  await observe("::", "::1", 8080),
  // One socket for both families.
  await observe("::", "127.0.0.3", 8080),
];
process.stdout.write(JSON.stringify(seen));
