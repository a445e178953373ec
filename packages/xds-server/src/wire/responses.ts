/**
 * Responses, put together from resources that are encoded already: what is written here is only what stands around them.
 */
import type { Resource } from "../resource/resource.ts";

/** What stands before a message of gRPC: a flag for compression, and its length. */
export const FRAME_HEADER = 5;

export interface ResponseParts {
  readonly typeUrl: string;
  /** `version_info` or `system_version_info` */
  readonly version: string;
  readonly nonce: string;
  /** `control_plane.identifier`; empty for none. */
  readonly identifier: string;
  readonly resources: readonly Resource[];
  /** Names; delta only. */
  readonly removed: readonly string[];
}

/** All tags here have field numbers below 16, and so one byte. */
const tag = (field: number): number => field * 8 + 2;

/** `envoy.service.discovery.v3.DiscoveryResponse` as a frame of gRPC, not compressed. */
export function encodeSotwResponse(parts: ResponseParts): Buffer {
  const { resources } = parts;
  let size = sizeOfText(parts.version) + sizeOfText(parts.typeUrl) + sizeOfText(parts.nonce) + sizeOfControlPlane(parts.identifier);
  for (const { any } of resources) size += 1 + sizeOfVarint(any.length) + any.length;
  const writer = new Writer(size);
  writer.text(tag(1), parts.version);
  for (const { any } of resources) writer.bytes(tag(2), any);
  writer.text(tag(4), parts.typeUrl);
  writer.text(tag(5), parts.nonce);
  writer.controlPlane(tag(6), parts.identifier);
  return writer.buffer;
}

/** `envoy.service.discovery.v3.DeltaDiscoveryResponse` as a frame of gRPC, not compressed. */
export function encodeDeltaResponse(parts: ResponseParts): Buffer {
  const { resources, removed } = parts;
  let size = sizeOfText(parts.version) + sizeOfText(parts.typeUrl) + sizeOfText(parts.nonce) + sizeOfControlPlane(parts.identifier);
  const sizes = resources.map(sizeOfDeltaResource);
  for (const inner of sizes) size += 1 + sizeOfVarint(inner) + inner;
  for (const name of removed) size += sizeOfName(name);
  const writer = new Writer(size);
  writer.text(tag(1), parts.version);
  resources.forEach((resource, index) => {
    writer.header(tag(2), sizes[index] ?? 0);
    writer.text(tag(1), resource.version);
    writer.bytes(tag(2), resource.any);
    writer.text(tag(3), resource.name);
  });
  writer.text(tag(4), parts.typeUrl);
  writer.text(tag(5), parts.nonce);
  for (const name of removed) writer.name(tag(6), name);
  writer.controlPlane(tag(7), parts.identifier);
  return writer.buffer;
}

function sizeOfDeltaResource({ name, version, any }: Resource): number {
  return sizeOfText(version) + 1 + sizeOfVarint(any.length) + any.length + sizeOfText(name);
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** With its tag and length, 0 for an empty text, which is its default and not written. */
function sizeOfText(text: string): number {
  return text === "" ? 0 : sizeOfName(text);
}

/** An element of a list, which is written even if it is empty. */
function sizeOfName(name: string): number {
  const length = Buffer.byteLength(name);
  return 1 + sizeOfVarint(length) + length;
}

function sizeOfControlPlane(identifier: string): number {
  const inner = sizeOfText(identifier);
  return inner === 0 ? 0 : 1 + sizeOfVarint(inner) + inner;
}

class Writer {
  readonly buffer: Buffer;
  #at = FRAME_HEADER;

  /** @param size of the message */
  constructor(size: number) {
    // Not of the pool: what is kept there would keep all else of it.
    this.buffer = Buffer.allocUnsafeSlow(FRAME_HEADER + size);
    this.buffer[0] = 0;
    this.buffer.writeUInt32BE(size, 1);
  }

  header(tagByte: number, length: number): void {
    this.buffer[this.#at++] = tagByte;
    let rest = length;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.buffer[this.#at++] = (rest % 128) + 128;
    this.buffer[this.#at++] = rest;
  }

  bytes(tagByte: number, bytes: Uint8Array): void {
    this.header(tagByte, bytes.length);
    this.buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  text(tagByte: number, text: string): void {
    if (text !== "") this.name(tagByte, text);
  }

  name(tagByte: number, name: string): void {
    this.header(tagByte, Buffer.byteLength(name));
    this.#at += this.buffer.write(name, this.#at);
  }

  controlPlane(tagByte: number, identifier: string): void {
    if (identifier === "") return;
    this.header(tagByte, sizeOfText(identifier));
    this.text(tag(1), identifier);
  }
}
