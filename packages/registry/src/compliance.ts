/**
 * What every adapter must keep, as cases that any test runner can execute.
 *
 * ```ts
 * import { test } from "vitest";
 * import { registryContract } from "@mesh/registry/compliance";
 *
 * for (const { name, run } of registryContract(() => harness)) test(name, run);
 * ```
 *
 * @packageDocumentation
 */
export { registryContract } from "./compliance/suite.ts";
export type { ComplianceCase, ComplianceOptions, RegistryHarness, SpoiltEntry } from "./compliance/suite.ts";
