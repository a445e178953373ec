import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { refusedRequests, refusedResponses } from "./arbitraries.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the README names every fault with its status", () => {
  const rows = readme.split("\n").filter((line) => line.startsWith("|"));
  const missing = [...refusedRequests, ...refusedResponses.filter(({ fault }) => fault.startsWith("unsolicited"))].filter(
    ({ fault, httpStatus }) => !rows.some((row) => row.includes(`\`${fault}\``) && row.endsWith(`| ${httpStatus}    |`)),
  );
  expect(missing.map(({ fault, httpStatus }) => `${fault} ${httpStatus}`)).toEqual([]);
});

test("the README counts the refused messages", () => {
  const count = refusedRequests.length + refusedResponses.length;
  expect(readme).toContain(`some ${Math.floor(count / 10) * 10} messages`);
});
