/** The service of all Java peers, `mesh.e2e.EchoService`, as its driven consumers see it: what goes in, and what comes out, through JSON. */

export const echoInterface = "mesh.e2e.EchoService";

/** The same service under another name, which Dubbo's providers can export, too. */
export const twinInterface = "mesh.e2e.TwinService";

export interface Person {
  readonly name: string;
  readonly age: number;
  readonly serial: number;
  readonly notes: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
}

/** A bean with all that serializations treat differently. */
export interface Order {
  /** 64 bits, in decimal. */
  readonly number: string;
  /** A decimal; its scale counts: "1.50" is not "1.5". */
  readonly price: string;
  readonly weight: number;
  readonly urgent: boolean;
  /** Milliseconds since 1970; a date in Java. */
  readonly created: number;
  readonly state: "OPEN" | "PAID" | null;
  readonly comment: string | null;
  /** Bytes, in base64. */
  readonly seal: string | null;
  readonly buyer: Person;
  /** Without one, the answer says the buyer, and that it is the same object. */
  readonly receiver: Person | null;
  readonly lines: readonly { readonly article: string; readonly quantity: number }[];
  readonly witnesses: Readonly<Record<string, Person>> | null;
}

/** An argument of that many bytes (byte i is i % 251), made in the JVM. */
export interface Bytes {
  readonly $bytes: number;
}

/** An argument of that many letters, made in the JVM. */
export interface Text {
  readonly $text: number;
}

/** A large result is told by its length and CRC-32. */
export interface Digest {
  readonly length: number;
  readonly crc32: number;
}

/** The methods and their arguments. */
export interface EchoArguments {
  readonly echo: readonly [text: string | Text];
  readonly greet: readonly [person: Person, years: number, tags: readonly string[]];
  readonly order: readonly [order: Order];
  readonly headers: readonly [reply: Readonly<Record<string, string>>];
  readonly slow: readonly [millis: number];
  readonly boom: readonly [kind: "checked" | "unchecked"];
  readonly big: readonly [bytes: number];
  readonly size: readonly [bytes: Bytes];
  readonly length: readonly [text: string | Text];
  readonly fire: readonly [text: string];
  readonly served: readonly [method: EchoMethod];
  readonly id: readonly [];
  readonly crash: readonly [];
}

export type EchoMethod = keyof EchoArguments;

/** What the methods return; null for `fire`, and for everything that is called one-way. */
export interface EchoResults {
  readonly echo: string | Digest | null;
  readonly greet: Person | null;
  readonly order: Order | null;
  /** What came with the call beside its arguments. */
  readonly headers: Readonly<Record<string, string>> | null;
  readonly slow: string | null;
  readonly boom: string | null;
  readonly big: Digest | null;
  readonly size: number | null;
  readonly length: number | null;
  readonly fire: null;
  readonly served: number | null;
  readonly id: string | null;
  readonly crash: string | null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unexpected(what: string, value: unknown): Error {
  return new Error(`expected ${what}, got ${JSON.stringify(value)}`);
}

export function readText(value: unknown): string {
  if (typeof value !== "string") throw unexpected("a text", value);
  return value;
}

export function readNumber(value: unknown): number {
  if (typeof value !== "number") throw unexpected("a number", value);
  return value;
}

export function readList<T>(value: unknown, read: (item: unknown) => T): T[] {
  if (!Array.isArray(value)) throw unexpected("a list", value);
  return value.map((item: unknown) => read(item));
}

function readDigest(value: unknown): Digest {
  if (!isRecord(value)) throw unexpected("a digest", value);
  return { length: readNumber(value["$bytes"] ?? value["$text"]), crc32: readNumber(value["crc32"]) };
}

function readBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw unexpected("true or false", value);
  return value;
}

/** An object whose values are all of one kind. */
export function readMap<T>(value: unknown, read: (item: unknown) => T): Record<string, T> {
  if (!isRecord(value)) throw unexpected("a map", value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, read(item)]));
}

function readState(value: unknown): "OPEN" | "PAID" {
  if (value !== "OPEN" && value !== "PAID") throw unexpected("a state", value);
  return value;
}

function readLine(value: unknown): Order["lines"][number] {
  if (!isRecord(value)) throw unexpected("a line of an order", value);
  return { article: readText(value["article"]), quantity: readNumber(value["quantity"]) };
}

function readOrder(value: unknown): Order {
  if (!isRecord(value)) throw unexpected("an order", value);
  return {
    number: readText(value["number"]),
    price: readText(value["price"]),
    weight: readNumber(value["weight"]),
    urgent: readBoolean(value["urgent"]),
    created: readNumber(value["created"]),
    state: orNull(readState)(value["state"]),
    comment: orNull(readText)(value["comment"]),
    seal: orNull(readText)(value["seal"]),
    buyer: readPerson(value["buyer"]),
    receiver: orNull(readPerson)(value["receiver"]),
    lines: readList(value["lines"], readLine),
    witnesses: orNull((witnesses) => readMap(witnesses, readPerson))(value["witnesses"]),
  };
}

function readPerson(value: unknown): Person {
  if (!isRecord(value)) throw unexpected("a person", value);
  return {
    name: readText(value["name"]),
    age: readNumber(value["age"]),
    serial: readNumber(value["serial"]),
    notes: readMap(value["notes"], readText),
    tags: readList(value["tags"], readText),
  };
}

function readNull(value: unknown): null {
  if (value !== null) throw unexpected("null", value);
  return value;
}

function orNull<T>(read: (value: unknown) => T): (value: unknown) => T | null {
  return (value) => (value === null ? null : read(value));
}

/** Checks what a consumer answers, method by method. */
export const readResult: { readonly [M in EchoMethod]: (value: unknown) => EchoResults[M] } = {
  echo: orNull((value) => (typeof value === "string" ? value : readDigest(value))),
  greet: orNull(readPerson),
  order: orNull(readOrder),
  headers: orNull((headers) => readMap(headers, readText)),
  slow: orNull(readText),
  boom: orNull(readText),
  big: orNull(readDigest),
  size: orNull(readNumber),
  length: orNull(readNumber),
  fire: readNull,
  served: orNull(readNumber),
  id: orNull(readText),
  crash: orNull(readText),
};
