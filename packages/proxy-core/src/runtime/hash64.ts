/** An unsigned number of 64 bits in two halves: a bigint of it would have to be allocated anew for each step of its making. */
export class Hash64 {
  readonly high: number;
  readonly low: number;

  /** @param high unsigned, as `low` */
  constructor(high: number, low: number) {
    this.high = high;
    this.low = low;
  }

  /** Sixteen hexadecimal digits, as Envoy writes such numbers. */
  get hex(): string {
    return this.high.toString(16).padStart(8, "0") + this.low.toString(16).padStart(8, "0");
  }

  get bigint(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** The upper 53 bits: numbers are in the order in which these are, but for one pair in some thousand billions. */
  get order(): number {
    return this.high * 0x20_0000 + (this.low >>> 11);
  }

  /** @param divisor up to 2^26 */
  modulo(divisor: number): number {
    return ((this.high % divisor) * (0x1_0000_0000 % divisor) + this.low) % divisor;
  }

  /** Another one for each number but 0: with all bits turned but those that the number says, as Envoy's MAGLEV does for further attempts. */
  turned(times: number): Hash64 {
    return times === 0 ? this : new Hash64(~this.high >>> 0, (this.low ^ -times) >>> 0);
  }

  /** Joined with another hash as Envoy joins the hashes of several policies: equal ones do not take each other away. */
  joined(next: Hash64): Hash64 {
    const high = ((this.high << 1) | (this.low >>> 31)) ^ next.high;
    const low = ((this.low << 1) | (this.high >>> 31)) ^ next.low;
    return new Hash64(high >>> 0, low >>> 0);
  }
}

/** A mutable number of 64 bits, the workplace of a hash. */
class Word {
  high = 0;
  low = 0;

  set(high: number, low: number): this {
    this.high = high | 0;
    this.low = low | 0;
    return this;
  }

  add(high: number, low: number): this {
    const sum = (this.low >>> 0) + (low >>> 0);
    this.high = (this.high + high + (sum > 0xffff_ffff ? 1 : 0)) | 0;
    this.low = sum | 0;
    return this;
  }

  multiply(high: number, low: number): this {
    const upper = upperProduct(this.low, low) + Math.imul(this.high, low) + Math.imul(this.low, high);
    this.low = Math.imul(this.low, low);
    this.high = upper | 0;
    return this;
  }

  xor(high: number, low: number): this {
    this.high ^= high;
    this.low ^= low;
    return this;
  }

  /** @param bits 1 to 31 */
  rotate(bits: number): this {
    const { high, low } = this;
    this.high = (high << bits) | (low >>> (32 - bits));
    this.low = (low << bits) | (high >>> (32 - bits));
    return this;
  }

  /** @param bits 1 to 63 */
  xorShifted(bits: number): this {
    const { high, low } = this;
    if (bits < 32) return this.xor(high >>> bits, (low >>> bits) | (high << (32 - bits)));
    return this.xor(0, bits === 32 ? high : high >>> (bits - 32));
  }
}

/** The upper 32 bits of a product of two unsigned numbers. */
function upperProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (other >>> 16)) | 0;
}

const [prime1High, prime1Low] = [0x9e3779b1, 0x85ebca87];
const [prime2High, prime2Low] = [0xc2b2ae3d, 0x27d4eb4f];
const [prime3High, prime3Low] = [0x165667b1, 0x9e3779f9];
const [prime4High, prime4Low] = [0x85ebca77, 0xc2b2ae63];
const [prime5High, prime5Low] = [0x27d4eb2f, 0x165667c5];

const hash = new Word();
const lane = new Word();
const lanes = [new Word(), new Word(), new Word(), new Word()] as const;

function mix(target: Word, high: number, low: number): void {
  lane.set(high, low).multiply(prime2High, prime2Low);
  target.add(lane.high, lane.low).rotate(31).multiply(prime1High, prime1Low);
}

/**
 * XXH64 (xxHash specification, §XXH64), which Envoy takes for all that it hashes.
 *
 * @param length bytes of `bytes` that count; default: all
 * @param seed 0 to 2^32 - 1
 */
export function hash64(bytes: Buffer, length: number = bytes.length, seed: number = 0): Hash64 {
  let at = 0;
  if (length < 32) {
    hash.set(prime5High, prime5Low).add(0, seed);
  } else {
    const [first, second, third, fourth] = lanes;
    first.set(prime1High, prime1Low).add(prime2High, prime2Low).add(0, seed);
    second.set(prime2High, prime2Low).add(0, seed);
    third.set(0, seed);
    // The seed less the first prime.
    fourth.set(~prime1High, ~prime1Low).add(0, 1).add(0, seed);
    for (; at + 32 <= length; at += 32) {
      for (let i = 0; i < 4; i++) mix(lanes[i] as Word, bytes.readInt32LE(at + 8 * i + 4), bytes.readInt32LE(at + 8 * i));
    }
    hash.set(0, 0);
    for (let i = 0; i < 4; i++) {
      const { high, low } = lanes[i] as Word;
      lane.set(high, low).rotate(laneRotations[i] as number);
      hash.add(lane.high, lane.low);
    }
    for (let i = 0; i < 4; i++) {
      const { high, low } = lanes[i] as Word;
      mixIn(high, low);
      hash.multiply(prime1High, prime1Low).add(prime4High, prime4Low);
    }
  }
  hash.add(0, length);
  for (; at + 8 <= length; at += 8) {
    mixIn(bytes.readInt32LE(at + 4), bytes.readInt32LE(at));
    hash.rotate(27).multiply(prime1High, prime1Low).add(prime4High, prime4Low);
  }
  if (at + 4 <= length) {
    lane.set(0, bytes.readInt32LE(at)).multiply(prime1High, prime1Low);
    hash.xor(lane.high, lane.low).rotate(23).multiply(prime2High, prime2Low).add(prime3High, prime3Low);
    at += 4;
  }
  for (; at < length; at++) {
    lane.set(0, bytes.readUInt8(at)).multiply(prime5High, prime5Low);
    hash.xor(lane.high, lane.low).rotate(11).multiply(prime1High, prime1Low);
  }
  hash.xorShifted(33).multiply(prime2High, prime2Low).xorShifted(29).multiply(prime3High, prime3Low).xorShifted(32);
  return new Hash64(hash.high >>> 0, hash.low >>> 0);
}

const laneRotations: readonly number[] = [1, 7, 12, 18];

/** `hash ^= round(0, word)` */
function mixIn(high: number, low: number): void {
  lane.set(high, low).multiply(prime2High, prime2Low).rotate(31).multiply(prime1High, prime1Low);
  hash.xor(lane.high, lane.low);
}

const scratch = Buffer.alloc(4096);

/** The same of a text in UTF-8. */
export function hashText64(text: string, seed: number = 0): Hash64 {
  if (text.length * 3 > scratch.length) return hash64(Buffer.from(text), undefined, seed);
  return hash64(scratch, scratch.write(text), seed);
}
