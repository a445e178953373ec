import type { SocketAddress } from "../../network/index.ts";
import { looseHost } from "../testing.ts";
import type { HealthCheckTarget } from "./health-checker.ts";

/** A target on loopback. */
export function targetAt(port: number, hostname: string = ""): HealthCheckTarget {
  return at({ kind: "ip", address: "127.0.0.1", port }, hostname);
}

export function at(address: SocketAddress, hostname: string = ""): HealthCheckTarget {
  return { host: looseHost(1), address, hostname };
}
