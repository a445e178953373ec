import { DubboSerialization } from "./constants.ts";

/** What an event says. */
export const DubboEvent = { Heartbeat: 0, ReadOnly: 1, Writable: 2 } as const;
export type DubboEvent = (typeof DubboEvent)[keyof typeof DubboEvent];

const readOnly = 0x52;
const writable = 0x57;

/** Bodies of events: a null is a heartbeat, other values are strings. */
const hessianBodies = { null: Buffer.from("4e", "hex"), readOnly: Buffer.from("0152", "hex"), writable: Buffer.from("0157", "hex") };
const jsonbBodies = {
  null: Buffer.from("00000001af", "hex"),
  readOnly: Buffer.from("000000024a52", "hex"),
  writable: Buffer.from("000000024a57", "hex"),
};

/** What the event says whose body is from `at` to `end`. What is no event of Dubbo's counts as a heartbeat. */
export function eventOf(serialization: number, bytes: Uint8Array, at: number, end: number): DubboEvent {
  const text = textByte(serialization, bytes, at, end);
  if (text === readOnly) return DubboEvent.ReadOnly;
  return text === writable ? DubboEvent.Writable : DubboEvent.Heartbeat;
}

/** The byte of a string of one byte, or -1. */
function textByte(serialization: number, bytes: Uint8Array, at: number, end: number): number {
  if (serialization === DubboSerialization.Hessian2) return end - at === 2 && bytes[at] === 1 ? (bytes[at + 1] ?? -1) : -1;
  const isString = serialization === DubboSerialization.Fastjson2 && end - at === 6 && bytes[at + 3] === 2 && bytes[at + 4] === 0x4a;
  return isString ? (bytes[at + 5] ?? -1) : -1;
}

/** The body of a heartbeat. Dubbo 3 compares it with the null of its serialization. */
export function heartbeatBody(serialization: number): Buffer {
  return serialization === DubboSerialization.Fastjson2 ? jsonbBodies.null : hessianBodies.null;
}

export function readOnlyBody(serialization: number): Buffer {
  return serialization === DubboSerialization.Fastjson2 ? jsonbBodies.readOnly : hessianBodies.readOnly;
}

export function writableBody(serialization: number): Buffer {
  return serialization === DubboSerialization.Fastjson2 ? jsonbBodies.writable : hessianBodies.writable;
}
