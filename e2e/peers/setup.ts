import { afterAll } from "vitest";
import { endAllPeers } from "./process.ts";

// For every test file: vitest.config.ts names this one.
afterAll(endAllPeers);
