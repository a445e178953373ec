import { runProgram } from "./process.ts";
import { findProgram, toolPath } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

export const chromium: PeerTool = {
  name: "Chromium",
  installHint: "apt-get install chromium",
  find: () => ["chromium", "chromium-browser", "google-chrome"].map(findProgram).find((path) => path !== undefined),
};

/** The document that a browser makes of a page, its scripts run. */
export async function renderPage(url: string): Promise<string> {
  const { stdout } = await runProgram(toolPath(chromium), ["--headless", "--disable-gpu", "--no-sandbox", "--dump-dom", url]);
  return stdout;
}
