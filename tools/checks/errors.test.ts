import { expect, test } from "vitest";
import page from "../generate/pages/errors.ts";
import { tempTree } from "../lib/testing.ts";
import { checkErrors, readCatalogue } from "./errors.ts";

function repository(files: Readonly<Record<string, string>>): string {
  const sources = Object.entries(files).map(([path, text]) => [`packages/codec/src/${path}`, text]);
  return tempTree({
    "package.json": { workspaces: ["packages/*"] },
    "packages/codec/package.json": { name: "@mesh/codec", version: "0.0.0" },
    ...(Object.fromEntries(sources) as Record<string, string>),
  });
}

const constant = `export const CodecErrorCode = {
  /** Not this protocol. */
  Malformed: "MESH_CODEC_MALFORMED",
  /**
   * Over a limit,
   * see {@link Limits}.
   */
  Limit: "MESH_CODEC_LIMIT",
} as const;`;

const union = `/** What can go wrong. */
export type ProtoErrorCode =
  /** No such type. */
  | "MESH_PROTO_UNKNOWN"
  /** Bad bytes. */
  | "MESH_PROTO_MALFORMED";`;

const single = `/** A configuration that cannot be used. */
export class ConfigError extends Error {
  /** What is wrong. */
  readonly problems: string[] = [];
  readonly code = "MESH_CONFIG_INVALID";
}`;

test("codes are read from constants, unions and classes, with their comments", () => {
  const { codes } = readCatalogue(repository({ "a.ts": constant, "b.ts": union, "c.ts": single }));
  expect(codes.map(({ code, meaning, at }) => [code, meaning, at])).toEqual([
    ["MESH_CODEC_MALFORMED", "Not this protocol.", "packages/codec/src/a.ts:3"],
    ["MESH_CODEC_LIMIT", "Over a limit, see `Limits`.", "packages/codec/src/a.ts:8"],
    ["MESH_PROTO_UNKNOWN", "No such type.", "packages/codec/src/b.ts:4"],
    ["MESH_PROTO_MALFORMED", "Bad bytes.", "packages/codec/src/b.ts:6"],
    ["MESH_CONFIG_INVALID", "A configuration that cannot be used.", "packages/codec/src/c.ts:5"],
  ]);
});

test("codes that are declared once, explained and used are fine", () => {
  const use = 'export const isBad = (code: string): boolean => code === "MESH_CODEC_LIMIT";';
  expect(checkErrors(repository({ "a.ts": constant, "use.ts": use }))).toEqual([]);
});

test("a code that is used and declared nowhere is found; tests may make codes up", () => {
  const use = 'throw Object.assign(new Error("x"), { code: "MESH_CODEC_LOST" });';
  expect(checkErrors(repository({ "use.ts": use, "use.test.ts": use }))).toEqual([
    "packages/codec/src/use.ts:1: MESH_CODEC_LOST is declared nowhere; add it to an …ErrorCode with a doc comment",
  ]);
});

test("a code that is declared twice or not explained is found", () => {
  const again = 'export const OtherErrorCode = { Malformed: "MESH_CODEC_MALFORMED" } as const;';
  expect(checkErrors(repository({ "a.ts": constant, "b.ts": again }))).toEqual([
    "packages/codec/src/b.ts:1: MESH_CODEC_MALFORMED is declared at packages/codec/src/a.ts:3 already",
    "packages/codec/src/b.ts:1: MESH_CODEC_MALFORMED has no doc comment to say what it means",
  ]);
});

test("the page lists each code in its package's table", async () => {
  const text = await page.generate(repository({ "a.ts": constant }));
  expect(text).toContain(
    "## @mesh/codec\n\n| Code | Meaning |\n| --- | --- |\n| `MESH_CODEC_LIMIT` | Over a limit, see `Limits`. |\n| `MESH_CODEC_MALFORMED` | Not this protocol. |\n",
  );
});
