#!/usr/bin/env node
// What gRPC would print by itself is in errors, which are logged.
process.env.GRPC_VERBOSITY ??= "NONE";
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 12)) {
  if (process.argv[2] === "start") {
    const { goOnWithOptions } = await import("./v8-options.mjs");
    goOnWithOptions();
  }
  const { main } = await import("../dist/index.js");
  await main(process.argv);
  // All is done and written. A peer that never closes its end of a connection is not waited for.
  setTimeout(() => process.exit(), 1000).unref();
} else {
  const { runWithNewerNode } = await import("./newer-node.mjs");
  runWithNewerNode(process.argv.slice(1));
}
