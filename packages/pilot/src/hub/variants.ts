import type { RegistryInstance } from "@mesh/registry";
import { anyVariant, type Protocol, type ServiceVariant } from "../model/index.ts";
import type { HubClock, HubTimer } from "./clock.ts";

const label = ({ labels }: RegistryInstance, key: string): string => (Object.hasOwn(labels, key) ? (labels[key] ?? "") : "");

/** What Dubbo says where nothing was said. */
const noDubboVersion = "0.0.0";
const usualBoltVersion = "1.0";

/**
 * Which of the services behind an interface an instance provides, as callers name it after the interface: `1.0.0:blue`. Empty for
 * Dubbo without version and group, and for protocols that have no such thing.
 */
function keyOf(instance: RegistryInstance): string {
  if (instance.protocol === "dubbo" || instance.protocol === "tri") {
    const version = label(instance, "version");
    const group = label(instance, "group");
    const told = version === noDubboVersion ? "" : version;
    return group === "" ? told : `${told}:${group}`;
  }
  if (instance.protocol === "bolt") {
    const id = label(instance, "uniqueId");
    const version = label(instance, "version") || usualBoltVersion;
    return id === "" ? version : `${version}:${id}`;
  }
  return "";
}

export const variantNameOf = (instance: RegistryInstance): string =>
  instance.isVariantUnknown === true ? anyVariant : `@${keyOf(instance)}`;

const authorityOf = (host: string, key: string): string => (key === "" ? host : `${host}:${key}`);

export interface Variants {
  /** Empty where there is only one. */
  readonly variants: readonly ServiceVariant[];
  /** What callers name the only one; the host itself for Dubbo without version and group. */
  readonly aliases: readonly string[];
}

/**
 * The services behind an interface.
 *
 * @param keep given the names of those that have instances, adds those that are still known
 */
export function variantsOf(
  host: string,
  instances: readonly RegistryInstance[],
  keep: (names: ReadonlySet<string>) => Iterable<string>,
): Variants {
  const names = new Set(instances.filter(({ protocol }) => isVaried(protocol)).map(variantNameOf));
  const hasUnknown = names.delete(anyVariant);
  const known = [...keep(names)].sort();
  const authority = (name: string): string => authorityOf(host, name.slice(1));
  const [only] = known;
  if (only === undefined) return { variants: [], aliases: [] };
  if (known.length === 1 && !hasUnknown) return { variants: [], aliases: [authority(only)] };
  const variants = known.map((name): ServiceVariant => ({ authority: authority(name), name }));
  return { variants: hasUnknown ? [...variants, { authority: authorityOf(host, "*"), name: anyVariant }] : variants, aliases: [] };
}

const isVaried = (protocol: Protocol): boolean => protocol === "bolt" || protocol === "dubbo" || protocol === "tri";

/**
 * For so long a version without instances is known: longer than a deployment has nobody, so that its callers hear "no healthy upstream" and
 * their proxies keep its clusters with their connections and statistics; and far less than lies between releases, each of which may be
 * a version of its own.
 */
export const variantMemoryMs = 600_000;

export interface VariantMemoryOptions {
  readonly clock: HubClock;
  /** A service has variants that need be known no longer. */
  readonly onDue: (service: string) => void;
}

/** The variants of services that have, or lately had, instances. */
export class VariantMemory {
  readonly #options: VariantMemoryOptions;
  /** By service, by variant: when its last instance went; undefined where it has some. */
  readonly #services = new Map<string, Map<string, number | undefined>>();
  /** In the order of time. */
  readonly #due: { readonly service: string; readonly atMs: number }[] = [];
  #timer: HubTimer | undefined = undefined;

  constructor(options: VariantMemoryOptions) {
    this.#options = options;
  }

  /** The variants that have instances, and those that lately had some. */
  keep(service: string, names: ReadonlySet<string>): readonly string[] {
    const nowMs = this.#options.clock.nowMs();
    const known = this.#services.get(service) ?? new Map<string, number | undefined>();
    for (const name of names) known.set(name, undefined);
    for (const [name, goneAtMs] of known) {
      if (names.has(name)) continue;
      if (goneAtMs === undefined) {
        known.set(name, nowMs);
        this.#due.push({ service, atMs: nowMs + variantMemoryMs });
      } else if (nowMs - goneAtMs >= variantMemoryMs) {
        known.delete(name);
      }
    }
    if (known.size > 0) this.#services.set(service, known);
    else this.#services.delete(service);
    this.#arm();
    return [...known.keys()];
  }

  /** Whether it has instances, or lately had some. */
  isKnown(service: string): boolean {
    const nowMs = this.#options.clock.nowMs();
    for (const goneAtMs of this.#services.get(service)?.values() ?? []) {
      if (goneAtMs === undefined || nowMs - goneAtMs < variantMemoryMs) return true;
    }
    return false;
  }

  forget(service: string): void {
    this.#services.delete(service);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    const [next] = this.#due;
    if (next === undefined || this.#timer !== undefined) return;
    const { clock, onDue } = this.#options;
    this.#timer = clock.setTimer(Math.max(0, next.atMs - clock.nowMs()), () => {
      this.#timer = undefined;
      while ((this.#due[0]?.atMs ?? Number.POSITIVE_INFINITY) <= clock.nowMs()) {
        const { service } = this.#due.shift()!;
        if (this.#services.has(service)) onDue(service);
      }
      this.#arm();
    });
  }
}
