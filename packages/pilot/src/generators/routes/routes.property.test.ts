import fc from "fast-check";
import { expect, test } from "vitest";
import type { MeshService } from "../../model/index.ts";
import type { VirtualServiceRule } from "../../rules/index.ts";
import { testScope, testService, testVirtualService } from "../../testing/index.ts";
import { outboundRoutesOf } from "./outbound.ts";
import { asJson, decoded, testMatch, testRoute, to } from "./testing.ts";

const labels = ["a", "b", "shop", "A", "*"];
const host = fc.oneof(
  fc.constantFrom(...labels),
  fc
    .tuple(
      fc.constantFrom(...labels),
      fc.constantFrom("shop.svc.cluster.local", "other.svc.cluster.local", "shop", "shop.svc", "example.com"),
    )
    .map((parts) => parts.join(".")),
  fc.constantFrom("com.acme.Echo", "com.acme.echo:1.0", "10.0.0.1"),
);
const port = fc.record({
  number: fc.constantFrom(80, 81, 12200),
  protocol: fc.constantFrom("http", "grpc", "bolt", "dubbo", "unknown", "tcp"),
});
const service: fc.Arbitrary<MeshService> = fc
  .record({
    hostname: host,
    ports: fc.uniqueArray(port, { maxLength: 3, selector: ({ number }) => number }),
    addresses: fc.array(fc.constantFrom("10.0.0.1", "10.0.0.2", "fd00::1", "10.0.0.0/8"), { maxLength: 2 }),
    aliases: fc.array(host, { maxLength: 2 }),
    variants: fc.uniqueArray(
      fc.constantFrom("com.acme.Echo:1.0", "com.acme.Echo:2.0").map((authority) => ({ authority, name: `@${authority}` })),
      { maxLength: 2, selector: ({ name }) => name },
    ),
  })
  .map(({ ports, ...rest }) => testService({ ...rest, ports: ports.map((entry) => ({ ...entry, name: `p${entry.number}` })) }));
const services = fc.uniqueArray(service, { maxLength: 8, selector: ({ hostname }) => hostname.toLowerCase() });
const route = fc
  .record({
    to: host,
    port: fc.option(fc.constantFrom(80, 81), { nil: undefined }),
    app: fc.option(fc.constantFrom("x", "y"), { nil: undefined }),
    weight: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ to: target, port: number, app, weight }) =>
    testRoute({
      route: [to(target, { weight }), to("a", { weight: 1 })],
      match: [testMatch({ ...(number === undefined ? {} : { port: number }), sourceLabels: app === undefined ? {} : { app } })],
    }),
  );
const rule: fc.Arbitrary<VirtualServiceRule> = fc
  .record({ hosts: fc.array(host, { minLength: 1, maxLength: 3 }), http: fc.array(route, { maxLength: 2 }) })
  .map((parts) => testVirtualService(parts));
const rules = fc.array(rule, { maxLength: 5 });
const proxy = fc.record({
  dialect: fc.constantFrom("envoy", "mosn"),
  dnsDomain: fc.constantFrom("shop.svc.cluster.local", "other.svc.cluster.local", ""),
  labels: fc.constantFrom({}, { app: "x" }),
});

const listener = (listed: readonly MeshService[], virtualServices: readonly VirtualServiceRule[]) =>
  [{ port: undefined, bind: undefined, captureMode: "default", services: listed, virtualServices }] as const;

test("names and domains of virtual hosts are unique within a RouteConfiguration", () => {
  fc.assert(
    fc.property(services, rules, proxy, (listed, virtualServices, options) => {
      const routes = outboundRoutesOf(testScope({ services: listed, virtualServices, proxy: options }));
      for (const name of routes.names) {
        const { virtualHosts } = decoded(routes.get(name));
        const names = virtualHosts.map((entry) => entry.name);
        expect(new Set(names).size).toBe(names.length);
        const domains = virtualHosts.flatMap((entry) => entry.domains.map((domain) => domain.toLowerCase()));
        expect(new Set(domains).size).toBe(domains.length);
        for (const entry of virtualHosts) {
          expect(entry.domains.length).toBeGreaterThan(0);
          // Of an interface whose versions are known, what is for any other leads nowhere.
          expect(entry.routes.length > 0).toBe(!entry.domains.some((domain) => domain.endsWith(":*")));
        }
      }
    }),
  );
});

test("what is renewed after changes of VirtualServices is what is made anew", () => {
  fc.assert(
    fc.property(
      services,
      fc.array(rules, { minLength: 2, maxLength: 4 }),
      fc.array(rule, { maxLength: 3 }),
      proxy,
      (listed, histories, edits, options) => {
        const sorted = listed.toSorted((a, b) => (a.hostname < b.hostname ? -1 : 1));
        const states = histories.flatMap((virtualServices) => [
          virtualServices,
          // The same hosts with other routes: what a change of a weight is.
          ...edits.map((edit, at) => virtualServices.map((known, index) => (index === at ? { ...known, http: edit.http } : known))),
        ]);
        for (const virtualServices of states) {
          const renewed = outboundRoutesOf(testScope({ services: sorted, egress: listener(sorted, virtualServices), proxy: options }));
          const copies = {
            services: sorted.map((known) => ({ ...known })),
            virtualServices: virtualServices.map((known) => ({ ...known })),
          };
          const anew = outboundRoutesOf(
            testScope({ services: copies.services, egress: listener(copies.services, copies.virtualServices), proxy: options }),
          );
          expect([...renewed.names]).toEqual([...anew.names]);
          for (const name of renewed.names) {
            expect(asJson(renewed.get(name))).toEqual(asJson(anew.get(name)));
            expect(renewed.get(name)?.version).toBe(anew.get(name)?.version);
          }
          expect(renewed.conflicts).toEqual(anew.conflicts);
        }
      },
    ),
  );
});
