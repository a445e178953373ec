import { fail } from "../config/index.ts";
import type { ConfigSources } from "./contract.ts";

/** The sources of a proxy that is composed without any. */
export const noConfigSources: ConfigSources = {
  open: (_message, path) => fail(path, "this proxy is composed without configuration sources: @mesh/proxy-xds has them"),
  close: () => {},
};
