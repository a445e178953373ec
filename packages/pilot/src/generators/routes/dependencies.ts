import type { HttpRetry } from "@mesh/istio-config";
import type { MeshService } from "../../model/index.ts";
import type { EffectiveDestinationRule, ProxyScope } from "../../scope/index.ts";

/** What of a scope something was made from, so that it can be told whether another scope would give the same. */
export class Dependencies {
  readonly #hosts: string[] = [];
  readonly #services: (MeshService | undefined)[] = [];
  readonly #ruled: MeshService[] = [];
  readonly #rules: (EffectiveDestinationRule | undefined)[] = [];
  #asksForRetries = false;
  #retries: HttpRetry | undefined = undefined;

  service(scope: ProxyScope, host: string): MeshService | undefined {
    const service = scope.service(host);
    this.#hosts.push(host);
    this.#services.push(service);
    return service;
  }

  destinationRule(scope: ProxyScope, service: MeshService): EffectiveDestinationRule | undefined {
    const rule = scope.destinationRule(service);
    this.#ruled.push(service);
    this.#rules.push(rule);
    return rule;
  }

  defaultRetries(scope: ProxyScope): HttpRetry | undefined {
    this.#asksForRetries = true;
    this.#retries = scope.mesh.defaultHttpRetryPolicy;
    return this.#retries;
  }

  holdIn(scope: ProxyScope): boolean {
    if (this.#asksForRetries && scope.mesh.defaultHttpRetryPolicy !== this.#retries) return false;
    for (const [index, host] of this.#hosts.entries()) if (scope.service(host) !== this.#services[index]) return false;
    for (const [index, service] of this.#ruled.entries()) if (scope.destinationRule(service) !== this.#rules[index]) return false;
    return true;
  }
}

/** A result, and what it was made from. */
export interface Shared<Value> {
  readonly dependencies: Dependencies;
  readonly value: Value;
}

/** Enough for the ways in which namespaces see one rule. */
const keptPerKey = 8;
/** Enough for the ports and RPC variants that one rule is about. */
const keptKeys = 4096;

/**
 * What was made of an owner (a service, a VirtualService), for all scopes in which it would be the same. It goes with its owner; of too many
 * the oldest go first.
 */
export class SharedResults<Owner extends WeakKey, Value> {
  readonly #entries = new WeakMap<Owner, Map<string, Shared<Value>[]>>();

  /** @param key what of the scope and of the place it depends on, besides what `make` asks the dependencies for */
  get(owner: Owner, key: string, scope: ProxyScope, make: (dependencies: Dependencies) => Value): Shared<Value> {
    const known = boundedGet(this.#entries, owner, key);
    for (const entry of known) if (entry.dependencies.holdIn(scope)) return entry;
    const dependencies = new Dependencies();
    const entry = { dependencies, value: make(dependencies) };
    known.unshift(entry);
    if (known.length > keptPerKey) known.pop();
    return entry;
  }
}

/** The list that an owner has under a key, made where there is none. Of too many keys the oldest goes. */
export function boundedGet<Owner extends WeakKey, Item>(lists: WeakMap<Owner, Map<string, Item[]>>, owner: Owner, key: string): Item[] {
  let byKey = lists.get(owner);
  if (byKey === undefined) {
    byKey = new Map();
    lists.set(owner, byKey);
  }
  let list = byKey.get(key);
  if (list === undefined) {
    list = [];
    byKey.set(key, list);
    const [oldest] = byKey.keys();
    if (byKey.size > keptKeys && oldest !== undefined) byKey.delete(oldest);
  }
  return list;
}
