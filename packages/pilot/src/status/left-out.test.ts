import { beforeEach, expect, test } from "vitest";
import type { MeshService } from "../model/index.ts";
import type { ProxyScope } from "../scope/index.ts";
import { testScope, testService } from "../testing/index.ts";
import { LeftOut } from "./left-out.ts";

const external = (hostname: string): MeshService =>
  testService({ hostname, isExternal: true, resolution: "dns", ports: [{ name: "tcp", number: 5000, protocol: "tcp" }] });
const scopeOf = (namespace: string, ...hosts: string[]): ProxyScope => testScope({ services: hosts.map(external), proxy: { namespace } });
const problem = (host: string): string =>
  `listener 0.0.0.0_5000: service shop/${host} goes without all connections (service shop/a.com has it)`;

let scopes: readonly ProxyScope[] = [];
let timers: (() => void)[] = [];
let lines: string[] = [];
let leftOut: LeftOut;

beforeEach(() => {
  [timers, lines] = [[], []];
  leftOut = new LeftOut({
    scopes: () => scopes,
    clock: {
      nowMs: () => 0,
      setTimer: (_, run) => {
        timers.push(run);
        return { cancel: () => (timers = timers.filter((each) => each !== run)) };
      },
    },
    write: (level, message) => lines.push(`${level} ${message}`),
  });
});

/** What is there now. That it may be another is heard twice. */
function settle(...now: ProxyScope[]): void {
  scopes = now;
  leftOut.onChanged();
  leftOut.onChanged();
  expect(timers).toHaveLength(1);
  for (const run of timers.splice(0)) run();
}

test("what proxies go without is told once for all of them, and again when it has come back", () => {
  settle(scopeOf("shop", "a.com", "b.com"), scopeOf("web", "a.com", "b.com"));
  expect(lines).toEqual([`warn ${problem("b.com")}`]);
  expect(leftOut.list()).toEqual([{ message: problem("b.com"), proxies: ["sidecars of shop", "sidecars of web"] }]);
  settle(scopeOf("shop", "a.com", "b.com", "c.com"));
  expect(lines).toEqual([`warn ${problem("b.com")}`, `warn ${problem("c.com")}`]);
  settle(scopeOf("shop", "a.com"));
  expect(leftOut.list()).toEqual([]);
  settle(scopeOf("shop", "a.com", "c.com"));
  expect(lines.slice(2)).toEqual([`warn ${problem("c.com")}`]);
});

test("nothing is told once it is closed", () => {
  leftOut.onChanged();
  leftOut.close();
  expect(timers).toEqual([]);
});
