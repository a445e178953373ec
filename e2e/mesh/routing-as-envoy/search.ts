import * as fc from "fast-check";
import { configurations, type Configuration } from "./configuration.ts";
import { observe, outcomeOf, type Observation } from "./observe.ts";
import type { Subject, Taken } from "./proxies.ts";
import { requestsFor, type HttpRequest } from "./requests.ts";
import { edited, editsOf, simplerRequests, type Edit } from "./smaller.ts";

/** A configuration and what is asked of it. */
export interface Case {
  readonly configuration: Configuration;
  readonly requests: readonly HttpRequest[];
}

/** Where the two part. */
export interface Difference {
  readonly configuration: Configuration;
  /** Undefined: one of them refuses the configuration itself. */
  readonly request: HttpRequest | undefined;
  readonly mosn: Observation;
  readonly envoy: Observation;
}

export function casesOf(seed: number, count: number, requestsEach: number): Case[] {
  const cases = configurations.chain((configuration) =>
    fc.record({
      configuration: fc.constant(configuration),
      requests: fc.array(requestsFor(configuration), { minLength: requestsEach, maxLength: requestsEach }),
    }),
  );
  return fc.sample(cases, { seed, numRuns: count });
}

/** Requests under way at once: enough to keep both proxies busy. */
const concurrency = 32;

async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

const refusalOf = (taken: Taken | undefined): string | undefined => (taken !== undefined && "refusal" in taken ? taken.refusal : undefined);
const portOf = (taken: Taken | undefined): number => (taken !== undefined && "port" in taken ? taken.port : 0);

const sameObservation = (a: Observation, b: Observation): boolean => a.length === b.length && a.every((line, index) => line === b[index]);

/** What a comparison found. */
export interface Comparison {
  readonly requests: number;
  /** The first of each case, by the case's place. */
  readonly differences: ReadonlyMap<number, Difference>;
  /** How often Envoy decided what: a status, or "forwarded". */
  readonly outcomes: ReadonlyMap<string, number>;
}

/** Gives all cases to both at once. */
export async function compare(subjects: readonly [mosn: Subject, envoy: Subject], cases: readonly Case[]): Promise<Comparison> {
  const messages = cases.map(({ configuration }) => configuration);
  const [ours, theirs] = await Promise.all(subjects.map((subject) => subject.take(messages)));
  const differences = new Map<number, Difference>();
  const outcomes = new Map<string, number>();
  let requests = 0;
  await forEach([...cases.entries()], async ([index, { configuration, requests: asked }]) => {
    const [mine, other] = [ours?.[index], theirs?.[index]];
    const [refusal, otherRefusal] = [refusalOf(mine), refusalOf(other)];
    if (refusal !== undefined || otherRefusal !== undefined) {
      if (refusal !== undefined && otherRefusal !== undefined) return;
      const [mosn, envoy] = [refusal, otherRefusal].map((why) => [why === undefined ? "is taken" : `is refused: ${why}`]);
      differences.set(index, { configuration, request: undefined, mosn: mosn ?? [], envoy: envoy ?? [] });
      return;
    }
    for (const request of asked) {
      const [mosn, envoy] = await Promise.all([observe(portOf(mine), request), observe(portOf(other), request)]);
      requests++;
      const outcome = outcomeOf(envoy);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (sameObservation(mosn, envoy)) continue;
      differences.set(index, { configuration, request, mosn, envoy });
      return;
    }
  });
  return { requests, differences, outcomes };
}

/**
 * The smallest that there is on the way down from a difference: by deliveries of many smaller ones at once, because a delivery takes far
 * longer than a request.
 */
export async function shrink(subjects: readonly [mosn: Subject, envoy: Subject], found: Difference): Promise<Difference> {
  let smallest = found;
  for (;;) {
    const next = (await withSimplerRequest(subjects, smallest)) ?? (await withSmallerConfiguration(subjects, smallest));
    if (next === undefined) return smallest;
    smallest = next;
  }
}

async function withSimplerRequest(
  subjects: readonly [Subject, Subject],
  { configuration, request }: Difference,
): Promise<Difference | undefined> {
  if (request === undefined) return undefined;
  const cases = simplerRequests(request).map((simpler): Case => ({ configuration, requests: [simpler] }));
  return firstOf(await compare(subjects, cases));
}

/** Makes all edits that can be made together: what can be done one by one, and of that half, a quarter, … where not all of it. */
async function withSmallerConfiguration(
  subjects: readonly [Subject, Subject],
  { configuration, request }: Difference,
): Promise<Difference | undefined> {
  const requests = request === undefined ? [] : [request];
  const possible = editsOf(configuration).filter((edit) => edited(configuration, [edit]) !== undefined);
  const caseOf = (edits: readonly Edit[]): Case[] => {
    const changed = edited(configuration, edits);
    return changed === undefined ? [] : [{ configuration: changed, requests }];
  };
  const { differences } = await compare(
    subjects,
    possible.flatMap((edit) => caseOf([edit])),
  );
  const useful = possible.filter((_, index) => differences.has(index));
  const together: Case[] = [];
  for (let count = useful.length; count > 0; count >>= 1) together.push(...caseOf(useful.slice(0, count)));
  return together.length === 0 ? undefined : firstOf(await compare(subjects, together));
}

function firstOf({ differences }: Comparison): Difference | undefined {
  const [first] = [...differences.keys()].sort((a, b) => a - b);
  return first === undefined ? undefined : differences.get(first);
}

/** For people: the configuration, the request and the lines in which the observations differ. */
export function describeDifference({ configuration, request, mosn, envoy }: Difference): string {
  const only = (lines: Observation, others: Observation): string[] => lines.filter((line) => !others.includes(line));
  const [ours, theirs] = [only(mosn, envoy), only(envoy, mosn)];
  return [
    `configuration: ${JSON.stringify(configuration)}`,
    `request: ${JSON.stringify(request)}`,
    ...(ours.length + theirs.length === 0 ? ["the order differs", ...mosn, "and", ...envoy] : []),
    ...ours.map((line) => `mosn:  ${line}`),
    ...theirs.map((line) => `Envoy: ${line}`),
  ].join("\n");
}
