#!/usr/bin/env node
import { main } from "../dist/index.js";

await main(process.argv);
// All is done and written. A peer that never closes its end of a connection is not waited for.
setTimeout(() => process.exit(), 1000).unref();
