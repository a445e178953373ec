import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./ports.ts";
import { startPeer } from "./process.ts";
import type { Exit, RunningPeer } from "./process.ts";
import { makeScratch } from "./scratch.ts";
import { findProgram, toolPath } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

/** Where Debian keeps it; its manifest names all that it needs but a logger. */
const jar = "/usr/share/java/zookeeper.jar";
const logger = "/usr/share/java/slf4j-simple.jar";

export const zookeeper: PeerTool = {
  name: "ZooKeeper",
  installHint: "apt-get install libzookeeper-java openjdk-17-jre-headless",
  find: () => (existsSync(jar) && existsSync(logger) ? findProgram("java") : undefined),
};

export interface ZookeeperOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Where its data are. Default: a new folder, which goes with this process. */
  readonly dataDir?: string;
  /** Milliseconds. A session lasts between two and twenty of them, whatever its client asks for. Default: 200. */
  readonly tickTimeMs?: number;
  /** The longest session that is granted, in milliseconds. Default: 20 ticks. */
  readonly maxSessionTimeoutMs?: number;
  readonly cpu?: number;
}

/** A standalone ZooKeeper on loopback that may be stopped and started again, as a new process with the same port and data. */
export interface Zookeeper {
  readonly port: number;
  /** `127.0.0.1:port`, for clients. */
  readonly connectString: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** SIGTERM. Sessions are on disk, and go on when it is started again. */
  stop(): Promise<Exit>;
  /** SIGKILL. */
  kill(): Promise<Exit>;
  /** SIGSTOP makes it hang with its connections open, SIGCONT wakes it. */
  signal(signal: NodeJS.Signals): void;
  /** Stops it, if it runs, and starts it again. Sessions that it had begin a new timeout then, however long it was away. */
  restart(): Promise<void>;
  /** What it answers to a four-letter word, within half a second: `srvr`, `cons` (connections), `dump` (sessions and their ephemeral nodes), `mntr`, … */
  ask(word: string): Promise<string>;
  /** The last lines that it printed. */
  output(): string;
}

/** Starts a ZooKeeper; resolves once it serves. */
export async function startZookeeper(options: ZookeeperOptions = {}): Promise<Zookeeper> {
  const port = options.port ?? (await freePort());
  const server = new StandaloneZookeeper(port, writeConfig(port, options), options.cpu);
  await server.restart();
  return server;
}

function writeConfig(port: number, options: ZookeeperOptions): string {
  const scratch = makeScratch("zookeeper");
  const path = join(scratch, "zoo.cfg");
  const maxSession = options.maxSessionTimeoutMs === undefined ? "" : `maxSessionTimeout=${options.maxSessionTimeoutMs}\n`;
  const config = `
tickTime=${options.tickTimeMs ?? 200}
${maxSession}dataDir=${options.dataDir ?? join(scratch, "data")}
clientPort=${port}
clientPortAddress=127.0.0.1
maxClientCnxns=0
admin.enableServer=false
4lw.commands.whitelist=*
`;
  writeFileSync(path, config);
  return path;
}

const flags = [
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-Xmx256m",
  "-Djava.net.preferIPv4Stack=true",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  // The data are to outlive the process, not the machine.
  "-Dzookeeper.forceSync=no",
  // In KiB: it would set 64 MiB aside for its log at each start.
  "-Dzookeeper.preAllocSize=64",
];

const answerTimeoutMs = 500;

class StandaloneZookeeper implements Zookeeper {
  readonly port: number;
  readonly connectString: string;
  readonly #config: string;
  readonly #cpu: number | undefined;
  #process: RunningPeer | undefined;

  constructor(port: number, config: string, cpu: number | undefined) {
    this.port = port;
    this.connectString = `127.0.0.1:${port}`;
    this.#config = config;
    this.#cpu = cpu;
  }

  get pid(): number {
    return this.#last().pid;
  }

  async restart(): Promise<void> {
    await this.#process?.stop();
    const started = await startPeer({
      name: "ZooKeeper",
      command: toolPath(zookeeper),
      args: [...flags, "-cp", `${jar}:${logger}`, "org.apache.zookeeper.server.quorum.QuorumPeerMain", this.#config],
      ready: [this.port],
      ...(this.#cpu === undefined ? {} : { cpu: this.#cpu }),
    });
    this.#process = started;
    let isGone = false;
    void started.exited.then(() => (isGone = true));
    // It listens before it has read its data. What it is asked until then it refuses, or forgets.
    while (!(await this.ask("srvr").catch(() => "")).includes("Mode: ")) {
      if (isGone) throw new Error(`ZooKeeper ended before it served:\n${started.output()}`);
      await delay(10);
    }
  }

  stop(): Promise<Exit> {
    return this.#last().stop();
  }

  kill(): Promise<Exit> {
    return this.#last().kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#last().signal(signal);
  }

  output(): string {
    return this.#last().output();
  }

  ask(word: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(this.port, "127.0.0.1", () => socket.write(word));
      socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
      socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error(`ZooKeeper did not answer ${word} in ${answerTimeoutMs} ms`)));
      socket.once("error", reject);
      socket.once("close", () => resolve(answer));
    });
  }

  #last(): RunningPeer {
    if (this.#process === undefined) throw new Error("ZooKeeper has not been started");
    return this.#process;
  }
}
