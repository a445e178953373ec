import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { RouteAction } from "./contract.ts";
import { compileUnchecked, routeOf, withRoutes } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "direct-response-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const compile = (response: object, rest: object = {}): RouteAction =>
  routeOf(compileUnchecked({ ...withRoutes({ match: { prefix: "/" }, direct_response: response }), ...rest })).action;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

describe("direct_response", () => {
  test.each<[object, number, string]>([
    [{ status: 204 }, 204, ""],
    [{ status: 200, body: { inline_string: "hällo" } }, 200, "hällo"],
    [{ status: 599, body: { inline_bytes: base64(Buffer.from("hé")) } }, 599, "hé"],
    [{ status: 200, body: { inline_string: "" } }, 200, ""],
    [{ status: 200, body: { inline_string: "x".repeat(4096) } }, 200, "x".repeat(4096)],
  ])("%j", (response, status, body) => {
    expect(compile(response)).toEqual({ kind: "respond", status, body });
  });

  test("reads a file once", () => {
    const filename = file("page", "from a file");
    const action = compile({ status: 200, body: { filename } });
    writeFileSync(filename, "changed");
    expect(action).toMatchObject({ body: "from a file" });
  });

  test("may be as long as the configuration allows", () => {
    const limit = { max_direct_response_body_size_bytes: 5 };
    expect(compile({ status: 200, body: { inline_string: "hällo".slice(0, 4) } }, limit)).toMatchObject({ body: "häll" });
    expect(() => compile({ status: 200, body: { inline_string: "hällo" } }, limit)).toThrow("body: must be 5 bytes or less");
    expect(() => compile({ status: 200, body: { filename: file("long", "123456") } }, limit)).toThrow("body: must be 5 bytes or less");
  });

  test.each([
    [{ status: 199 }, "status: must be from 200 to 599, is 199"],
    [{ status: 600 }, "status: must be from 200 to 599, is 600"],
    [{ status: 200, body: {} }, "body: one of filename, inline_bytes, inline_string is required"],
    [{ status: 200, body: { filename: join(folder, "absent") } }, "body.filename: cannot be read"],
    [
      { status: 200, body: { inline_string: "x".repeat(4097) } },
      "body: must be 4096 bytes or less (max_direct_response_body_size_bytes), is 4097",
    ],
    [{ status: 200, body: { inline_bytes: base64(new Uint8Array([0xff])) } }, "body: is not UTF-8"],
  ])("refuses %j", (response, message) => {
    expect(() => compile(response)).toThrow(`routes.virtual_hosts[0].routes[0].direct_response.${message}`);
  });
});
