import type { StreamFilterExtension } from "../filter.ts";
import { corsFilter } from "./cors.ts";
import { faultFilter } from "./fault.ts";
import { headerMutationFilter } from "./header-mutation.ts";
import { routerFilter } from "./router.ts";

/** The stream filters of every proxy. */
export const streamFilterExtensions: readonly StreamFilterExtension[] = [routerFilter, corsFilter, faultFilter, headerMutationFilter];
