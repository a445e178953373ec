import { fileURLToPath } from "node:url";
import { startSofaProvider } from "../../e2e/peers/java.ts";
import { startPeer, type Peer } from "../../e2e/peers/process.ts";

const script = fileURLToPath(new URL("echo-provider.ts", import.meta.url));

/** A provider that can be killed and started again on its port. */
export class Provider {
  readonly id: string;
  readonly #start: () => Promise<Peer>;
  #peer: Peer | undefined = undefined;

  private constructor(id: string, start: () => Promise<Peer>) {
    this.id = id;
    this.#start = start;
  }

  /** Our own provider, in a process of its own. */
  static own(id: string, port: number): Provider {
    return new Provider(id, () =>
      startPeer({
        name: id,
        command: process.execPath,
        args: ["--conditions=@mesh/source", script],
        env: { PORT: String(port), ID: id },
        ready: /^ready$/,
      }),
    );
  }

  /** The real framework. */
  static java(id: string, port: number): Provider {
    return new Provider(id, () => startSofaProvider({ id, port }));
  }

  get state(): string {
    return this.#peer === undefined ? "killed" : "running";
  }

  async start(): Promise<void> {
    this.#peer = await this.#start();
  }

  /** SIGKILL: it says goodbye to nobody. */
  async kill(): Promise<void> {
    const peer = this.#peer;
    this.#peer = undefined;
    await peer?.kill();
  }
}
