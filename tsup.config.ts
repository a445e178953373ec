import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";

/** The exports of the package that is being built name its entries: `dist/x.js` is made from `src/x.ts`. */
const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, string | { "@mesh/source"?: string }> };
const entry = Object.values(exports).flatMap((target) =>
  typeof target === "object" && target["@mesh/source"] ? [target["@mesh/source"]] : [],
);

export default defineConfig({
  entry,
  format: "esm",
  target: "node22",
  platform: "node",
  dts: true,
  clean: true,
  sourcemap: false,
  treeshake: true,
});
