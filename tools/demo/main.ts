/**
 * `npm start`: a mesh hop on this machine. Two sidecars, two SOFARPC providers behind one of them, a consumer and a web client behind the other;
 * a provider is killed and comes back while you watch. With `--java` providers and consumer are SOFARPC's own.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { java, startSofaConsumer, sofaServiceName } from "../../e2e/peers/java.ts";
import { freePort } from "../../e2e/peers/ports.ts";
import { endAllPeers, startPeer, type Peer } from "../../e2e/peers/process.ts";
import { BoltConsumer } from "./bolt-consumer.ts";
import { startWebClient, startWebService } from "./http-pair.ts";
import { consumerSidecar, providerSidecar, type Sidecar } from "./mesh-config.ts";
import { Provider } from "./providers.ts";
import { Screen } from "./screen.ts";
import { Traffic } from "./traffic.ts";

const { values } = parseArgs({
  options: { java: { type: "boolean", default: false }, seconds: { type: "string" } },
});
const mosn = fileURLToPath(new URL("../../packages/app-mosn/bin/mosn.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mesh-demo-"));
const events: string[] = [];
const say = (text: string): void => {
  events.push(`${new Date().toLocaleTimeString("en-GB")}  ${text}`);
};

async function startSidecar(name: string, config: object, ports: readonly number[]): Promise<Peer> {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(config, undefined, 2));
  return startPeer({ name, command: process.execPath, args: [mosn, "start", "-c", file, "--log-level", "error"], ready: ports });
}

async function ports(): Promise<Sidecar> {
  return { admin: await freePort(), bolt: await freePort(), http: await freePort() };
}

/** Calls over the real framework, counted once a second. */
async function startJavaConsumer(sidecar: Sidecar, traffic: Traffic): Promise<() => void> {
  const consumer = await startSofaConsumer();
  const echo = await consumer.refer({ url: `bolt://127.0.0.1:${sidecar.bolt}` });
  const load = await echo.start("id", [], { pauseMs: 10 });
  const seen = new Map<string, number>();
  let failed = 0;
  const count = async (): Promise<void> => {
    const summary = await load.progress();
    for (const { value, count: answers } of summary.results) {
      const id = String(value);
      for (let known = seen.get(id) ?? 0; known < answers; known++) traffic.succeeded(undefined, id);
      seen.set(id, answers);
    }
    for (; failed < summary.failed; failed++) traffic.failed(summary.failures.at(-1)?.class ?? "exception");
    // How long calls took is what the sidecar says: the Java side counts, and does not time.
    const stats = await fetch(`http://127.0.0.1:${sidecar.admin}/stats?filter=^rpc.outbound.downstream_rq_time$`);
    const quantiles = /P50\([^,]+,([\d.]+)\).* P99\([^,]+,([\d.]+)\)/.exec(await stats.text());
    if (quantiles !== null) traffic.measured(Number(quantiles[1]), Number(quantiles[2]));
  };
  const poll = setInterval(() => void count().catch(() => {}), 250);
  return () => clearInterval(poll);
}

async function run(stopped: AbortSignal): Promise<void> {
  const consumerSide = await ports();
  const providerSide = await ports();
  const webPort = await freePort();
  const service = values.java ? sofaServiceName() : "com.alipay.demo.EchoService:1.0";
  const providerPorts = [await freePort(), await freePort()];
  const providers = providerPorts.map((port, index) => {
    const id = `provider-${index + 1}`;
    return values.java ? Provider.java(id, port) : Provider.own(id, port);
  });

  console.log(values.java ? "starting two Java providers (the first time Maven fetches SOFARPC) …" : "starting two providers …");
  await Promise.all(providers.map((provider) => provider.start()));
  const web = await startWebService(webPort, "web-1");
  console.log("starting two sidecars …");
  await startSidecar("provider-sidecar", providerSidecar(providerSide, providerPorts, webPort), [providerSide.bolt, providerSide.http]);
  await startSidecar("consumer-sidecar", consumerSidecar(consumerSide, providerSide, service), [consumerSide.bolt, consumerSide.http]);

  const rpc = new Traffic(values.java ? "SOFARPC (Java)" : "SOFARPC (Bolt)");
  const http = new Traffic("HTTP/1.1");
  const consumer = values.java ? await startJavaConsumer(consumerSide, rpc) : new BoltConsumer(consumerSide.bolt, service, 5, rpc);
  const stopWeb = startWebClient(consumerSide.http, 10, http);
  say("traffic flows");

  const screen = new Screen(process.stdout);
  const draw = (): void =>
    screen.draw(
      {
        headline: "A mesh hop",
        providers: new Map(providers.map((provider) => [provider.id, provider.state])),
        admins: [
          `consumer's sidecar   http://127.0.0.1:${consumerSide.admin}/`,
          `providers' sidecar   http://127.0.0.1:${providerSide.admin}/`,
          `configuration        ${folder}`,
        ],
        events,
      },
      [rpc.report(), http.report()],
    );
  const drawing = setInterval(draw, 1000);
  try {
    await killAndRevive(providers, stopped);
  } finally {
    clearInterval(drawing);
    draw();
    if (consumer instanceof BoltConsumer) consumer.stop();
    else consumer();
    stopWeb();
    web.close();
    web.closeAllConnections();
  }
}

/** Takes the providers down in turn, one at a time, until told to stop. */
async function killAndRevive(providers: readonly Provider[], stopped: AbortSignal): Promise<void> {
  const wait = (ms: number): Promise<void> => delay(ms, undefined, { signal: stopped }).catch(() => {});
  for (let turn = 0; !stopped.aborted; turn++) {
    const provider = providers[turn % providers.length];
    if (provider === undefined) return;
    await wait(6000);
    if (stopped.aborted) return;
    await provider.kill();
    say(`${provider.id} was killed (SIGKILL)`);
    await wait(4000);
    if (stopped.aborted) return;
    await provider.start();
    say(`${provider.id} is back`);
  }
}

if (values.java && java.find() === undefined) {
  console.error(`--java needs Java and Maven: ${java.installHint}`);
  process.exit(2);
}
const stopping = new AbortController();
// SIGHUP: the terminal was closed.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stopping.abort());
if (values.seconds !== undefined) setTimeout(() => stopping.abort(), Number(values.seconds) * 1000).unref();
try {
  await run(stopping.signal);
} finally {
  await endAllPeers();
  rmSync(folder, { recursive: true, force: true });
}
console.log("all stopped");
process.exit(0);
