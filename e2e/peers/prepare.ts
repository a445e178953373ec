/**
 * Gets ahead of time what the peers would otherwise get, or miss, when the tests run:
 *
 *     node e2e/peers/prepare.ts [java] [envoy] [go] [grpcio]      all of it without arguments
 */
import { prepareEnvoy } from "./envoy.ts";
import { prepareGoControlPlane } from "./go.ts";
import { prepareGrpcio } from "./grpcio.ts";
import { buildJavaPeers } from "./java.ts";

const steps: Readonly<Record<string, () => Promise<string>>> = {
  java: buildJavaPeers,
  envoy: prepareEnvoy,
  go: prepareGoControlPlane,
  grpcio: prepareGrpcio,
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(steps);
for (const name of names) {
  const step = steps[name];
  if (step === undefined) throw new Error(`nothing is called ${name}; there are ${Object.keys(steps).join(", ")}`);
  console.log(`${name}: ${await step()}`);
}
