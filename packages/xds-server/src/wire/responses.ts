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
  /** Lists of further resources, each encoded already. */
  readonly lists: readonly Buffer[];
  /** Names; delta only. */
  readonly removed: readonly string[];
}

/** How a protocol's responses are encoded. */
export interface ResponseEncoding {
  /** A response as a frame of gRPC, not compressed, in the buffers that are to be sent one after the other: the last ones are `lists`. */
  encode(parts: ResponseParts): readonly Buffer[];
  /** Resources as a response has them, to be sent in several. */
  encodeList(resources: readonly Resource[]): Buffer;
}

/** All tags here have field numbers below 16, and so one byte. */
const tag = (field: number): number => field * 8 + 2;

/** `envoy.service.discovery.v3.DiscoveryResponse` */
export const sotwEncoding: ResponseEncoding = {
  encode(parts) {
    const { resources } = parts;
    const writer = frameWriter(parts, sizeOfSotwResources(resources));
    writer.text(tag(1), parts.version);
    writeSotwResources(writer, resources);
    writer.text(tag(4), parts.typeUrl);
    writer.text(tag(5), parts.nonce);
    writer.controlPlane(tag(6), parts.identifier);
    return withLists(writer, parts);
  },
  encodeList(resources) {
    const writer = new Writer(sizeOfSotwResources(resources));
    writeSotwResources(writer, resources);
    return writer.buffer;
  },
};

/** `envoy.service.discovery.v3.DeltaDiscoveryResponse` */
export const deltaEncoding: ResponseEncoding = {
  encode(parts) {
    const { resources, removed } = parts;
    const sizes = resources.map(sizeOfDeltaResource);
    let size = sizeOfAll(sizes);
    for (const name of removed) size += sizeOfName(name);
    const writer = frameWriter(parts, size);
    writer.text(tag(1), parts.version);
    writeDeltaResources(writer, resources, sizes);
    writer.text(tag(4), parts.typeUrl);
    writer.text(tag(5), parts.nonce);
    for (const name of removed) writer.name(tag(6), name);
    writer.controlPlane(tag(7), parts.identifier);
    return withLists(writer, parts);
  },
  encodeList(resources) {
    const sizes = resources.map(sizeOfDeltaResource);
    const writer = new Writer(sizeOfAll(sizes));
    writeDeltaResources(writer, resources, sizes);
    return writer.buffer;
  },
};

/** A frame's header is written; fields of a message may come in any order, so that lists are behind all others. */
function frameWriter({ version, typeUrl, nonce, identifier, lists }: ResponseParts, sizeOfOthers: number): Writer {
  const own = sizeOfText(version) + sizeOfText(typeUrl) + sizeOfText(nonce) + sizeOfControlPlane(identifier) + sizeOfOthers;
  const writer = new Writer(FRAME_HEADER + own);
  writer.frameHeader(lists.reduce((sum, { length }) => sum + length, own));
  return writer;
}

const withLists = ({ buffer }: Writer, { lists }: ResponseParts): readonly Buffer[] => [
  buffer,
  ...lists.filter(({ length }) => length > 0),
];

const sizeOfSotwResources = (resources: readonly Resource[]): number => sizeOfAll(resources.map(({ any }) => any.length));

function writeSotwResources(writer: Writer, resources: readonly Resource[]): void {
  for (const { any } of resources) writer.bytes(tag(2), any);
}

function writeDeltaResources(writer: Writer, resources: readonly Resource[], sizes: readonly number[]): void {
  resources.forEach((resource, index) => {
    writer.header(tag(2), sizes[index] ?? 0);
    writer.text(tag(1), resource.version);
    writer.bytes(tag(2), resource.any);
    writer.text(tag(3), resource.name);
  });
}

/** Of fields with these lengths. */
function sizeOfAll(lengths: readonly number[]): number {
  let size = 0;
  for (const length of lengths) size += 1 + sizeOfVarint(length) + length;
  return size;
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
  #at = 0;

  constructor(size: number) {
    // Not of the pool: what is kept there would keep all else of it.
    this.buffer = Buffer.allocUnsafeSlow(size);
  }

  /** Of a message that is not compressed. */
  frameHeader(length: number): void {
    this.buffer[this.#at] = 0;
    this.buffer.writeUInt32BE(length, this.#at + 1);
    this.#at += FRAME_HEADER;
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
