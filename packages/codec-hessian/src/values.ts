/**
 * A Hessian value. JavaScript's own types stand for what they can say exactly; a `number` is an **int** (of 32 bits), a `bigint` is a
 * **long** (of 64 bits), and a double is a `HessianDouble`, so that what was read is written again as the same Java type.
 *
 * Lists, maps and objects have an identity: one that occurs twice, or inside itself, is written once, and then referred to. Readers do the
 * same. A map's keys are never made properties of an object, so no key (`__proto__`) is special.
 */
export type HessianValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | HessianDouble
  | HessianDate
  | HessianList
  | HessianMap
  | HessianObject
  | HessianRemote;

/** A value that others may refer to. */
export type HessianContainer = HessianList | HessianMap | HessianObject;

/** A Java `double`, and what Java widens to it: a `float`, too. */
export class HessianDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A `java.util.Date`. */
export class HessianDate {
  /** Milliseconds since 1970-01-01T00:00Z, of 64 bits. */
  readonly milliseconds: bigint;

  constructor(milliseconds: bigint) {
    this.milliseconds = milliseconds;
  }

  static of(date: Date): HessianDate {
    return new HessianDate(BigInt(date.getTime()));
  }

  /** The same time, if a Date can say it; otherwise an invalid Date. */
  toDate(): Date {
    return new Date(Number(this.milliseconds));
  }
}

/** A list, array or other collection. */
export class HessianList {
  readonly items: HessianValue[];
  /** As Java writes it: a class, or `[int`, `[string`, `[java.lang.Long` for arrays. sofa-hessian gives an `ArrayList` none. */
  readonly type: string | undefined;
  /** Whether the list is written element by element up to an end mark, as Java's iterators are, and not with its length. */
  readonly isOpenEnded: boolean;

  constructor(items: HessianValue[] = [], type?: string, isOpenEnded = false) {
    this.items = items;
    this.type = emptyAsNone(type);
    this.isOpenEnded = isOpenEnded;
  }
}

/** A map. Keys are in the order of the bytes, and may repeat there. */
export class HessianMap {
  readonly keys: HessianValue[];
  /** The values, each at the index of its key. */
  readonly values: HessianValue[];
  /** The class. A `HashMap` has none. */
  readonly type: string | undefined;

  constructor(entries: Iterable<readonly [HessianValue, HessianValue]> = [], type?: string) {
    this.keys = [];
    this.values = [];
    this.type = emptyAsNone(type);
    for (const [key, value] of entries) {
      this.keys.push(key);
      this.values.push(value);
    }
  }

  /** A map with the own properties of `record`. */
  static of(record: Readonly<Record<string, HessianValue>>, type?: string): HessianMap {
    return new HessianMap(Object.entries(record), type);
  }

  get size(): number {
    return this.keys.length;
  }

  /** The value of the last entry with this key, as in Java. Takes time by the size of the map. */
  get(key: string | number | bigint | boolean | null): HessianValue | undefined {
    const index = this.keys.lastIndexOf(key);
    return index < 0 ? undefined : this.values[index];
  }

  set(key: string | number | bigint | boolean | null, value: HessianValue): void {
    const index = this.keys.lastIndexOf(key);
    if (index < 0) {
      this.keys.push(key);
      this.values.push(value);
    } else {
      this.values[index] = value;
    }
  }
}

/** The name of a class, and those of its fields in the order in which objects have their values. */
export class HessianClass {
  readonly name: string;
  readonly fields: readonly string[];

  constructor(name: string, fields: readonly string[]) {
    this.name = name;
    this.fields = fields;
  }
}

/** An object of a class. */
export class HessianObject {
  readonly definition: HessianClass;
  /** The values of `definition.fields`, by index. */
  readonly values: HessianValue[];

  constructor(definition: HessianClass, values: HessianValue[]) {
    this.definition = definition;
    this.values = values;
  }

  /** An object whose fields are the own properties of `record`. */
  static of(name: string, record: Readonly<Record<string, HessianValue>>): HessianObject {
    return new HessianObject(new HessianClass(name, Object.keys(record)), Object.values(record));
  }

  /** The value of a field; undefined if the class has none of that name. */
  get(field: string): HessianValue | undefined {
    const index = this.definition.fields.indexOf(field);
    return index < 0 ? undefined : this.values[index];
  }

  /** Sets a field that the class has. Returns whether it has it. */
  set(field: string, value: HessianValue): boolean {
    const index = this.definition.fields.indexOf(field);
    if (index >= 0) this.values[index] = value;
    return index >= 0;
  }
}

/** The stub of a remote object. Only v3 can say it. */
export class HessianRemote {
  readonly type: string | undefined;
  readonly url: string;

  constructor(type: string | undefined, url: string) {
    this.type = emptyAsNone(type);
    this.url = url;
  }
}

/** No type and an empty one mean the same to Java. */
function emptyAsNone(type: string | undefined): string | undefined {
  return type === "" ? undefined : type;
}
