/**
 * The same routes in `mosn` and in Envoy: fast-check makes RouteConfigurations and requests that come near to their routes. Both must take the
 * configurations, answer alike, and send the same to the same host.
 *
 * `MESH_ROUTING_SEED` and `MESH_ROUTING_CASES` make other configurations, and more of them.
 *
 * What is not compared says nothing of routing: reason phrases, `date`, `x-envoy-upstream-service-time`, a new `x-request-id`, the length in
 * a response to HEAD, the order of fields of different names, whether those that Envoy joins came as one or several.
 *
 * What is not made, because the two are known to differ: methods and hosts that Envoy's or our codec refuses; a body for 204, which Envoy
 * sends; direct responses of 201 and 3xx, to which Envoy adds a `location`; an empty x-forwarded-proto, which Envoy answers with 404, and one
 * beside an absolute target, whose scheme counts for Envoy; `%REQ()%`, `%RESP()%` and cluster_header of fields that came more than once;
 * `%REQ(:PATH)%` in responses, which Envoy shows as a redirect rewrote it; mutations of content-type and of the framing of messages.
 */
import { createProxy } from "@mesh/proxy-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { envoy, validateWithEnvoy } from "../peers/envoy.ts";
import { startGoControlPlane, type GoControlPlane } from "../peers/go-control-plane.ts";
import { goControlPlane } from "../peers/go.ts";
import { httpListener, staticCluster, type Json } from "../peers/mosn.ts";
import { requirePeer } from "../peers/tools.ts";
import type { Origin } from "./origin.ts";
import { clusterNames } from "./routing-as-envoy/configuration.ts";
import { startEchoHost } from "./routing-as-envoy/observe.ts";
import { startSubjects, type Subject } from "./routing-as-envoy/proxies.ts";
import { questionable, refusedByEnvoyOnly, refusedByMosnOnly } from "./routing-as-envoy/questionable.ts";
import { casesOf, compare, describeDifference, shrink } from "./routing-as-envoy/search.ts";

const seed = Number(process.env["MESH_ROUTING_SEED"] ?? 20_261_123);
const cases = Number(process.env["MESH_ROUTING_CASES"] ?? 250);
const requestsEach = 12;
/** How many are made small for the report of a failure. */
const mostExplained = 3;

describe.runIf(requirePeer(envoy))("mosn routes as Envoy does", () => {
  let hosts: readonly Origin[] = [];
  let subjects: readonly [Subject, Subject];

  beforeAll(async () => {
    hosts = await Promise.all(clusterNames.map(startEchoHost));
    subjects = startSubjects(new Map(hosts.map(({ port }, index) => [clusterNames[index] ?? "", port])));
  });

  afterAll(async () => {
    await Promise.all([...subjects.map((subject) => subject.stop()), ...hosts.map((host) => host.close())]);
  });

  test(`${cases} generated configurations, ${requestsEach} requests for each`, { timeout: 600_000 }, async () => {
    const { requests, outcomes, differences } = await compare(subjects, casesOf(seed, cases, requestsEach));
    const explained: string[] = [];
    for (const difference of [...differences.values()].slice(0, mostExplained)) {
      explained.push(describeDifference(await shrink(subjects, difference)));
    }
    expect(explained, `MESH_ROUTING_SEED=${seed}: ${differences.size} of ${cases} configurations differ`).toEqual([]);
    expect(requests).toBe(cases * requestsEach);
    // What is compared is worth it: no kind of decision is missing, and less than half of the requests find no route.
    expect([...outcomes.keys()]).toEqual(
      expect.arrayContaining(["forwarded", "404", "503", "301", "302", "303", "307", "308", "200", "418"]),
    );
    expect(outcomes.get("forwarded")).toBeGreaterThan(requests / 5);
    expect(outcomes.get("404")).toBeLessThan(requests / 2);
  });
});

describe.runIf(requirePeer(envoy, goControlPlane))("with routes from one control plane", () => {
  let hosts: readonly Origin[] = [];
  let plane: GoControlPlane;
  let subjects: readonly [Subject, Subject];

  beforeAll(async () => {
    [plane, ...hosts] = await Promise.all([startGoControlPlane({ ads: false }), ...clusterNames.map((name) => startEchoHost(name))]);
    subjects = startSubjects(new Map(hosts.map(({ port }, index) => [clusterNames[index] ?? "", port])), plane);
  });

  afterAll(async () => {
    await Promise.all([...subjects.map((subject) => subject.stop()), ...hosts.map((host) => host.close()), plane.close()]);
  });

  test("mosn routes as Envoy does, and takes all that Envoy takes", { timeout: 600_000 }, async () => {
    const { requests, differences } = await compare(subjects, casesOf(seed + 1, cases / 5, requestsEach));
    expect([...differences.values()].slice(0, mostExplained).map(describeDifference), `MESH_ROUTING_SEED=${seed}`).toEqual([]);
    expect(requests).toBe((cases / 5) * requestsEach);
    expect(await plane.nacks()).toEqual([]);
  });
});

describe.runIf(requirePeer(envoy))("mosn and Envoy are of one mind on whether it is a RouteConfiguration:", () => {
  const bootstrap = (configuration: Json): Json => ({
    static_resources: {
      listeners: [httpListener(1, { more: { route_config: configuration } })],
      clusters: [staticCluster("one", [1])],
    },
  });

  /** What mosn says against it. */
  async function refusalOf(configuration: Json): Promise<string | undefined> {
    try {
      await createProxy({ bootstrap: bootstrap(configuration) }).stop();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  test.for(Object.entries(questionable))("%s", async ([name, configuration]) => {
    const refusal = await refusalOf(configuration);
    const { isValid, output } = await validateWithEnvoy(bootstrap(configuration));
    if (name in refusedByMosnOnly) expect([refusal !== undefined, isValid]).toEqual([true, true]);
    else if (name in refusedByEnvoyOnly) expect([refusal !== undefined, isValid]).toEqual([false, false]);
    else expect(refusal === undefined, `mosn: ${refusal ?? "takes it"}\nEnvoy: ${output}`).toBe(isValid);
  });

  test("the lists of what differs name nothing that is not tried", () => {
    const listed = [...Object.keys(refusedByMosnOnly), ...Object.keys(refusedByEnvoyOnly)];
    expect(listed.filter((name) => !(name in questionable))).toEqual([]);
  });
});

describe("the search for differences", () => {
  /** A proxy that knows of a configuration only whether a word stands in it. */
  function seeing(word: string): Subject {
    let hosts: readonly Origin[] = [];
    const stop = async (): Promise<void> => {
      await Promise.all(hosts.map((host) => host.close()));
    };
    const take = async (configurations: readonly object[]): Promise<{ port: number }[]> => {
      await stop();
      const hasWord = configurations.map((configuration) => JSON.stringify(configuration).includes(word));
      hosts = await Promise.all(hasWord.map((has) => startEchoHost(String(has))));
      return hosts.map(({ port }) => ({ port }));
    };
    return { name: word, take, stop };
  }

  test("finds one that is there, and makes it as small as it can be", async () => {
    const subjects = [seeing('"port_redirect":8080'), seeing('"nothing"')] as const;
    const { differences } = await compare(subjects, casesOf(seed, 60, 3));
    const [found] = differences.values();
    if (found === undefined) throw new Error("it was not found");
    const { configuration, request } = await shrink(subjects, found);
    expect(configuration).toEqual({
      name: "routes",
      virtual_hosts: [
        { name: "host 0", domains: [expect.any(String)], routes: [{ match: { prefix: "/" }, redirect: { port_redirect: 8080 } }] },
      ],
    });
    expect(request).toEqual({ method: "GET", target: "/", authority: "a.test", fields: [] });
    await Promise.all(subjects.map((subject) => subject.stop()));
  });

  test("finds none where there is none", async () => {
    const subjects = [seeing('"nothing"'), seeing('"nothing"')] as const;
    const { requests, differences } = await compare(subjects, casesOf(seed, 10, 3));
    expect([requests, differences.size]).toEqual([30, 0]);
    await Promise.all(subjects.map((subject) => subject.stop()));
  });
});
