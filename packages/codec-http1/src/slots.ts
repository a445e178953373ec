/**
 * Where the parts of a head or trailer section stand in its bytes: one flat array of small integers, five to a record.
 *
 *     record 0      a request line:  start, end of method, end of target, 0, minor version
 *                   a status line:   start, start of reason, end of reason, 0, status * 2 + minor version
 *                   trailers:        start, 0, 0, 0, 0
 *     record 1 …    a field:         start of line, end of name, start of value, end of value, kind
 *     after these                    start of the empty line that ends the section
 *
 * One array of integers costs less than an object a field, and nothing where nobody asks for the field.
 */
export type Slots = number[];

export const STRIDE = 5;
export const NAME_END = 1;
export const VALUE_START = 2;
export const VALUE_END = 3;
export const KIND = 4;

export const METHOD_END = 1;
export const TARGET_END = 2;
export const REASON_START = 1;
export const REASON_END = 2;
export const START_META = 4;

/** In place of a value's start: the field was removed. */
export const REMOVED = -1;

/** In place of a value's start: the value at index `FIRST_EDIT - value` of the edits stands instead. */
export const FIRST_EDIT = -2;

/** Records of a first section: 12 fields, the start line and the end. More make the array grow. */
export const firstRecords = 14;

/** By their records. A copy of a constant array costs two fifths of one grown by `push`, and a ninth of an Int32Array. */
const blanks: readonly (readonly number[])[] = Array.from({ length: firstRecords + 1 }, (_, records) => {
  return Array.from({ length: records * STRIDE }, () => 0);
});

/** Room for so many records, `firstRecords` at most. */
export function newSlots(records: number): Slots {
  return blanks[records]!.slice();
}

export const noSlots: Slots = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** Moves all positions up to and including the record at `end` by `-distance`: the bytes were copied to another place. Edits stay. */
export function shiftSlots(slots: Slots, end: number, distance: number): void {
  for (let at = 0; at <= end; at += STRIDE) {
    slots[at]! -= distance;
    slots[at + NAME_END]! -= distance;
    if (slots[at + VALUE_START]! >= 0) slots[at + VALUE_START]! -= distance;
    slots[at + VALUE_END]! -= distance;
  }
}
