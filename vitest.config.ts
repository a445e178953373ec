import { defineConfig } from "vitest/config";

/** Packages resolve each other from source through the condition `@mesh/source`, so tests need no build. */
const conditions = ["@mesh/source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "packages/*/scripts/**/*.test.ts", "tools/**/*.test.ts"],
    pool: "threads",
    // Nets under tests that wait for events, not measures: a loaded machine of two cores is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default"],
  },
});
