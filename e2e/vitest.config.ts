import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

/** The mesh's packages are taken from their sources, as in the unit tests. */
const conditions = ["@mesh/source", "node", "import", "default"];

/** Nets under tests that wait for events, not measures: a JVM on a loaded machine of two cores may take long to start. */
const patience = 120_000;

const config: ViteUserConfig = defineConfig({
  root: import.meta.dirname,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["**/*.test.ts"],
    setupFiles: ["peers/setup.ts"],
    pool: "forks",
    // Real peers want the cores for themselves, one scenario after the other.
    fileParallelism: false,
    testTimeout: patience,
    hookTimeout: patience,
    teardownTimeout: patience,
    reporters: ["default"],
  },
});

export default config;
