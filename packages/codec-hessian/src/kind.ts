import type { HessianDialect } from "./dialect.ts";

/** What a value is, as far as its first byte tells. */
export const HessianKind = {
  /** The end of the bytes, or a byte that begins no value. */
  None: 0,
  Null: 1,
  Boolean: 2,
  Int: 3,
  Long: 4,
  Double: 5,
  Date: 6,
  Binary: 7,
  String: 8,
  List: 9,
  Map: 10,
  /** An object, or a class definition and the object behind it. */
  Object: 11,
  /** A list, map or object that came before. */
  Reference: 12,
  /** The stub of a remote object (v3 only). */
  Remote: 13,
  /** The end mark of a list or map. */
  End: 14,
} as const;

export type HessianKind = (typeof HessianKind)[keyof typeof HessianKind];

/** What the first byte of a value says in one dialect. */
export interface CodeTable {
  /** `HessianKind` by first byte. */
  readonly kinds: Uint8Array;
  /** Bytes behind the first one for values of a fixed size, else `varies`. */
  readonly widths: Uint8Array;
  /** The end mark of lists and maps. */
  readonly end: number;
  /** The first byte of a class definition, behind which a value follows. */
  readonly definition: number;
}

export const varies = 0xff;

type CodeRow = readonly [first: number, last: number, kind: HessianKind, width: number];

const { Null, Boolean, Int, Long, Double, Date, Binary, String, List, Map, Object, Reference, Remote, End } = HessianKind;

const sharedRows: readonly CodeRow[] = [
  [0x00, 0x1f, String, varies],
  [0x20, 0x2f, Binary, varies],
  [0x38, 0x3f, Long, 2],
  [0x42, 0x42, Binary, varies],
  [0x44, 0x44, Double, 8],
  [0x46, 0x46, Boolean, 0],
  [0x49, 0x49, Int, 4],
  [0x4c, 0x4c, Long, 8],
  [0x4d, 0x4d, Map, varies],
  [0x4e, 0x4e, Null, 0],
  [0x4f, 0x4f, Object, varies],
  [0x53, 0x53, String, varies],
  [0x54, 0x54, Boolean, 0],
  [0x80, 0xbf, Int, 0],
  [0xc0, 0xcf, Int, 1],
  [0xd0, 0xd7, Int, 2],
  [0xd8, 0xef, Long, 0],
  [0xf0, 0xff, Long, 1],
];

const v3Rows: readonly CodeRow[] = [
  [0x4a, 0x4b, Reference, varies],
  [0x52, 0x52, Reference, varies],
  [0x56, 0x56, List, varies],
  [0x62, 0x62, Binary, varies],
  [0x64, 0x64, Date, 8],
  [0x67, 0x68, Double, 0],
  [0x69, 0x69, Double, 1],
  [0x6a, 0x6a, Double, 2],
  [0x6b, 0x6b, Double, 4],
  [0x6f, 0x6f, Object, varies],
  [0x72, 0x72, Remote, varies],
  [0x73, 0x73, String, varies],
  [0x76, 0x76, List, varies],
  [0x77, 0x77, Long, 4],
  [0x7a, 0x7a, End, varies],
];

const v4Rows: readonly CodeRow[] = [
  [0x30, 0x33, String, varies],
  [0x34, 0x37, Binary, varies],
  [0x41, 0x41, Binary, varies],
  [0x43, 0x43, Object, varies],
  [0x48, 0x48, Map, varies],
  [0x4a, 0x4a, Date, 8],
  [0x4b, 0x4b, Date, 4],
  [0x51, 0x51, Reference, varies],
  [0x52, 0x52, String, varies],
  [0x55, 0x58, List, varies],
  [0x59, 0x59, Long, 4],
  [0x5a, 0x5a, End, varies],
  [0x5b, 0x5c, Double, 0],
  [0x5d, 0x5d, Double, 1],
  [0x5e, 0x5e, Double, 2],
  [0x5f, 0x5f, Double, 4],
  [0x60, 0x6f, Object, varies],
  [0x70, 0x7f, List, varies],
];

function tableOf(rows: readonly CodeRow[], end: number, definition: number): CodeTable {
  const kinds = new Uint8Array(256);
  const widths = new Uint8Array(256).fill(varies);
  for (const [first, last, kind, width] of [...sharedRows, ...rows]) {
    kinds.fill(kind, first, last + 1);
    widths.fill(width, first, last + 1);
  }
  return { kinds, widths, end, definition };
}

export const codeTables: Readonly<Record<HessianDialect, CodeTable>> = {
  v3: tableOf(v3Rows, 0x7a, 0x4f),
  v4: tableOf(v4Rows, 0x5a, 0x43),
};
