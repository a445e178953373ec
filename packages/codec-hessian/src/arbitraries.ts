/**
 * Arbitraries of Hessian values for fast-check, and a comparison of what values mean.
 *
 * @packageDocumentation
 */
import fc from "fast-check";
import {
  HessianClass,
  type HessianContainer,
  HessianDate,
  HessianDouble,
  HessianList,
  HessianMap,
  HessianObject,
  HessianRemote,
  type HessianValue,
} from "./values.ts";

/** Around `center`, where writers change to another form. */
function near(center: number): fc.Arbitrary<number> {
  return fc.integer({ min: center - 2, max: center + 2 });
}

const edges = [-0x40000, -0x800, -0x10, -8, 0x10, 0x30, 0x800, 0x40000].map(near);

export const hessianInt: fc.Arbitrary<number> = fc.oneof(
  fc.integer(),
  fc.integer({ min: -0x80000000, max: -0x7ffffffe }),
  fc.integer({ min: 0x7ffffffd, max: 0x7fffffff }),
  ...edges,
);

export const hessianLong: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 31n) - 1n, -(2n ** 31n), 2n ** 31n - 1n, 2n ** 31n, 2n ** 53n + 1n),
  ...edges.map((edge) => edge.map(BigInt)),
);

export const hessianDouble: fc.Arbitrary<HessianDouble> = fc
  .oneof(
    fc.double(),
    fc.float(),
    fc.constantFrom(0, -0, 1, -1, 127, 128, -128, -129, 32767, 32768, -32768, -32769, 0.001, -12.25, 2147483.647, 2147483.648, NaN),
    // Thousandths, some of which are not a thousandth times an int.
    fc.integer().map((thousandths) => thousandths / 1000),
  )
  .map((value) => new HessianDouble(value));

export const hessianDate: fc.Arbitrary<HessianDate> = fc
  .oneof(
    fc.date({ noInvalidDate: true }).map((date) => BigInt(date.getTime())),
    fc.integer().map((minutes) => BigInt(minutes) * 60_000n),
    hessianLong,
  )
  .map((milliseconds) => new HessianDate(milliseconds));

/** Text of every UTF-16 unit, lone surrogates too, with lengths around those where writers change to another form. */
export const hessianString: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.string({ maxLength: 40 }), weight: 6 },
  { arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }), weight: 4 },
  { arbitrary: fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)), weight: 4 },
  { arbitrary: fc.constantFrom("", "\0\0\0\0\0\0\0\0", "\ud83d\ude00", "\ude00\ud83d", "__proto__", "constructor", "é", "中"), weight: 2 },
  { arbitrary: near(0x3ff).map((length) => "é".repeat(length)), weight: 1 },
);

export const hessianBinary: fc.Arbitrary<Uint8Array> = fc.oneof(
  { arbitrary: fc.uint8Array({ maxLength: 40 }), weight: 6 },
  { arbitrary: near(0x3ff).map((length) => new Uint8Array(length).fill(0x5a)), weight: 1 },
);

const typeName = fc.constantFrom("java.util.LinkedList", "[int", "[string", "java.util.TreeMap", "com.acme.Größe", "[java.lang.Object");

const classes = [
  new HessianClass("com.acme.Empty", []),
  new HessianClass("com.acme.User", ["id", "name", "friends"]),
  new HessianClass("com.acme.User", ["id", "name", "friends"]),
  new HessianClass("com.acme.User", ["id"]),
  new HessianClass("__proto__", ["__proto__", "constructor"]),
  ...Array.from({ length: 17 }, (_, index) => new HessianClass(`com.acme.Many${index}`, ["value"])),
];

const scalar: fc.Arbitrary<HessianValue> = fc.oneof(
  fc.constantFrom(null, true, false),
  hessianInt,
  hessianLong,
  hessianDouble,
  hessianDate,
  hessianString,
  hessianBinary,
);

const remote = fc.record({ type: typeName, url: hessianString }).map(({ type, url }) => new HessianRemote(type, url));

function valueOf(leaf: fc.Arbitrary<HessianValue>): fc.Arbitrary<HessianValue> {
  const { value } = fc.letrec<{ value: HessianValue }>((tie) => {
    const inner = tie("value");
    const type = fc.option(typeName, { nil: undefined });
    const list = fc.tuple(fc.oneof(fc.array(inner, { maxLength: 9 }), longList), type, fc.boolean());
    const map = fc.tuple(fc.array(fc.tuple(inner, inner), { maxLength: 5 }), type);
    const object = fc
      .constantFrom(...classes)
      .chain((definition) =>
        fc
          .array(inner, { minLength: definition.fields.length, maxLength: definition.fields.length })
          .map((values) => new HessianObject(definition, values)),
      );
    return {
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        { arbitrary: leaf, weight: 4 },
        list.map(([items, name, isOpenEnded]) => new HessianList([...items], name, isOpenEnded)),
        map.map(([entries, name]) => new HessianMap(entries, name)),
        object,
      ),
    };
  });
  return value;
}

const longList: fc.Arbitrary<HessianValue[]> = near(0x100).map((length) => new Array<HessianValue>(length).fill(7));

/** A message: values that share references, some of them cycles. */
function messageOf(value: fc.Arbitrary<HessianValue>): fc.Arbitrary<HessianValue[]> {
  const links = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 4 });
  return fc.tuple(fc.array(value, { minLength: 1, maxLength: 4 }), links).map(([values, pairs]) => {
    const containers = containersOf(values);
    for (const [from, to] of pairs) {
      const source = containers[from % containers.length];
      const target = containers[to % containers.length];
      if (source !== undefined && target !== undefined) link(source, target);
    }
    return values;
  });
}

function containersOf(values: readonly HessianValue[]): HessianContainer[] {
  const found = new Set<HessianContainer>();
  const visit = (value: HessianValue): void => {
    if (!isContainer(value) || found.has(value)) return;
    found.add(value);
    childrenOf(value).forEach(visit);
  };
  values.forEach(visit);
  return [...found];
}

function link(source: HessianContainer, target: HessianContainer): void {
  if (source instanceof HessianList) {
    source.items.push(target);
  } else if (source instanceof HessianMap) {
    source.keys.push(target);
    source.values.push(target);
  } else if (source.values.length > 0) {
    source.values[0] = target;
  }
}

/** Messages that both dialects can say. */
export const hessianMessage: fc.Arbitrary<HessianValue[]> = messageOf(valueOf(scalar));

/** Messages that v3 can say: with remote objects. */
export const hessianV3Message: fc.Arbitrary<HessianValue[]> = messageOf(valueOf(fc.oneof({ arbitrary: scalar, weight: 9 }, remote)));

function isContainer(value: HessianValue | undefined): value is HessianContainer {
  return value instanceof HessianList || value instanceof HessianMap || value instanceof HessianObject;
}

function childrenOf(container: HessianContainer): readonly HessianValue[] {
  if (container instanceof HessianList) return container.items;
  if (container instanceof HessianMap) return container.keys.flatMap((key, index) => [key, container.values[index] ?? null]);
  return container.values;
}

/** What a container is besides what is in it. */
function headOf(container: HessianContainer): string {
  if (container instanceof HessianList) return JSON.stringify(["list", container.type, container.items.length]);
  if (container instanceof HessianMap) return JSON.stringify(["map", container.type, container.size]);
  return JSON.stringify(["object", container.definition.name, container.definition.fields]);
}

function textOf(value: HessianValue | undefined): string {
  if (value instanceof HessianDouble) return `double ${Object.is(value.value, -0) ? "-0" : value.value}`;
  if (value instanceof HessianDate) return `date ${value.milliseconds}`;
  if (value instanceof HessianRemote) return `remote ${JSON.stringify([value.type, value.url])}`;
  if (value instanceof Uint8Array) return `binary ${Buffer.from(value).toString("hex")}`;
  if (isContainer(value)) return headOf(value);
  return typeof value === "string" ? JSON.stringify(value) : `${typeof value} ${value}`;
}

/**
 * Where two messages first differ in meaning, and how; undefined if they do not. Values are compared with their types and order, and
 * containers with what refers to them: what is one container in `left` must be one in `right`. Whether a list is open-ended is a matter of
 * form, and not compared.
 */
export function hessianDifference(left: readonly HessianValue[], right: readonly HessianValue[]): string | undefined {
  const partners = new Map<HessianContainer, HessianContainer>();
  const taken = new Set<HessianContainer>();
  const pending: { path: string; one: HessianValue | undefined; other: HessianValue | undefined }[] = [];
  const compareAll = (path: string, ones: readonly HessianValue[], others: readonly HessianValue[]): void => {
    const length = Math.max(ones.length, others.length);
    for (let index = 0; index < length; index += 1) pending.push({ path: `${path}[${index}]`, one: ones[index], other: others[index] });
  };
  compareAll("", left, right);
  // Those found on the way join at the end.
  for (const { path, one, other } of pending) {
    if (textOf(one) !== textOf(other)) return `${path}: ${textOf(one)} and ${textOf(other)}`;
    if (!isContainer(one) || !isContainer(other)) continue;
    const partner = partners.get(one);
    if (partner === undefined ? taken.has(other) : partner !== other) return `${path}: another container`;
    if (partner !== undefined) continue;
    partners.set(one, other);
    taken.add(other);
    compareAll(path, childrenOf(one), childrenOf(other));
  }
  return undefined;
}
