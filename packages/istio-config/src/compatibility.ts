/** What of Istio's API is read, from the schemas and the table of refused fields themselves. */
import type { IstioKind } from "./kinds/index.ts";
import { isIstioKind, kindSchemas } from "./schema/index.ts";
import { isMap } from "./schema/issues.ts";
import { refusedIn, refusedKinds } from "./schema/refused.ts";

export interface IstioFieldCompatibility {
  readonly name: string;
  readonly status: "supported" | "deprecated" | "refused";
  /** What replaces a deprecated field; why a field is refused; what is special, and values that are refused, each with its reason. Empty if there is nothing to say. */
  readonly note: string;
}

export interface IstioMessageCompatibility {
  /** Istio's name: `HTTPRoute`. */
  readonly name: string;
  readonly fields: readonly IstioFieldCompatibility[];
}

export interface IstioCompatibility {
  /** The kinds, each with the messages that it consists of and that no kind before it has. */
  readonly kinds: readonly {
    readonly kind: IstioKind;
    readonly apiVersions: readonly string[];
    readonly messages: readonly IstioMessageCompatibility[];
  }[];
  readonly refusedKinds: readonly { readonly kind: string; readonly reason: string }[];
}

/** What differs from what a reader would expect, or what Istio's documentation leaves open; by message and field. */
const notes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  WorkloadEntry: { weight: "0 counts as 1, as in Istio" },
};

interface Message {
  readonly name: string;
  readonly entries: Readonly<Record<string, unknown>>;
  readonly deprecated: Readonly<Record<string, unknown>>;
}

export function describeIstioCompatibility(): IstioCompatibility {
  const seen = new Set<string>();
  const kinds = Object.keys(kindSchemas)
    .filter(isIstioKind)
    .map((kind) => {
      const { apiVersions, spec } = kindSchemas[kind];
      return { kind, apiVersions, messages: messagesIn(spec, seen).map(describeMessage) };
    });
  return { kinds, refusedKinds: Object.entries(refusedKinds).map(([kind, reason]) => ({ kind, reason })) };
}

/** The messages of a schema that were not seen yet, itself first, in the order of their fields. */
function messagesIn(schema: unknown, seen: Set<string>): Message[] {
  const found = messageOf(schema);
  if (found === undefined || seen.has(found.name)) return [];
  seen.add(found.name);
  return [found, ...Object.values(found.entries).flatMap((field) => messagesIn(field, seen))];
}

/** The message that a schema is, wraps, lists or maps to. */
function messageOf(schema: unknown): Message | undefined {
  if (!isMap(schema)) return undefined;
  const { type, name, entries, deprecated } = schema;
  if (type === "message" && typeof name === "string" && isMap(entries) && isMap(deprecated)) return { name, entries, deprecated };
  for (const inner of [schema["wrapped"], schema["item"], schema["value"]]) {
    const found = messageOf(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function describeMessage({ name, entries, deprecated }: Message): IstioMessageCompatibility {
  const { fields, values } = refusedIn(name);
  const supported = Object.keys(entries).map((field): IstioFieldCompatibility => {
    const instead = deprecated[field];
    if (typeof instead === "string") return { name: field, status: "deprecated", note: instead };
    const said = notes[name]?.[field];
    const refusedValues = Object.entries(values[field] ?? {}).map(([value, reason]) => `\`${value}\` is refused: ${reason}`);
    const note = [...(said === undefined ? [] : [said]), ...refusedValues].join("; ");
    return { name: field, status: "supported", note };
  });
  const refused = Object.entries(fields).map(([field, reason]): IstioFieldCompatibility => ({
    name: field,
    status: "refused",
    note: reason,
  }));
  return { name, fields: [...supported, ...refused] };
}
