/**
 * The program `pilot`: `@mesh/pilot` composed with the registries that are here, behind a command line.
 *
 * @module
 */
export { main } from "./main.ts";
export { describeSettings, type SettingDescription } from "./settings/describe.ts";
