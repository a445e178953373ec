/** What tests of this package are made with. */
export * from "./arbitraries.ts";
export * from "./resources.ts";
export * from "./scope.ts";
