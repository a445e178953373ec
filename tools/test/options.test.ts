import { expect, test } from "vitest";
import { parseOptions, select } from "./options.ts";

const phases = [{ name: "lint" }, { name: "unit" }, { name: "build" }, { name: "e2e", needs: ["build"] }];

const chosen = (...args: string[]): string[] =>
  select(
    phases,
    parseOptions(
      args,
      phases.map(({ name }) => name),
    ),
  ).map(({ name }) => name);

test("without options all phases run", () => {
  expect(chosen()).toEqual(["lint", "unit", "build", "e2e"]);
});

test("--only takes phases in their order, with what they need", () => {
  expect(chosen("--only", "unit,lint")).toEqual(["lint", "unit"]);
  expect(chosen("--only=e2e")).toEqual(["build", "e2e"]);
  expect(chosen("--only", "lint", "--only", "unit")).toEqual(["lint", "unit"]);
});

test("--skip leaves phases out, needed ones too", () => {
  expect(chosen("--skip", "e2e,build")).toEqual(["lint", "unit"]);
  expect(chosen("--only", "e2e", "--skip", "build")).toEqual(["e2e"]);
});

test("unknown phases and options are refused", () => {
  expect(() => chosen("--only", "untit")).toThrow("no phase untit: there are lint, unit, build, e2e");
  expect(() => chosen("--fast")).toThrow("--fast");
});
