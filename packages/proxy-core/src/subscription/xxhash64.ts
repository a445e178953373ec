const prime1 = 0x9e3779b185ebca87n;
const prime2 = 0xc2b2ae3d27d4eb4fn;
const prime3 = 0x165667b19e3779f9n;
const prime4 = 0x85ebca77c2b2ae63n;
const prime5 = 0x27d4eb2f165667c5n;

const mask = 0xffffffffffffffffn;
const times = (left: bigint, right: bigint): bigint => (left * right) & mask;
const plus = (left: bigint, right: bigint): bigint => (left + right) & mask;
const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & mask;

const round = (sum: bigint, input: bigint): bigint => times(rotate(plus(sum, times(input, prime2)), 31n), prime1);
const merge = (hash: bigint, sum: bigint): bigint => plus(times(hash ^ round(0n, sum), prime1), prime4);

/** XXH64 with the seed 0 (xxHash specification, §XXH64), for what is short and hashed when configuration comes. */
export function xxhash64(bytes: Buffer): bigint {
  const { length } = bytes;
  let at = 0;
  let hash = prime5;
  if (length >= 32) {
    let [first, second, third, fourth] = [plus(prime1, prime2), prime2, 0n, mask - prime1 + 1n];
    for (; at + 32 <= length; at += 32) {
      first = round(first, bytes.readBigUInt64LE(at));
      second = round(second, bytes.readBigUInt64LE(at + 8));
      third = round(third, bytes.readBigUInt64LE(at + 16));
      fourth = round(fourth, bytes.readBigUInt64LE(at + 24));
    }
    hash = plus(plus(rotate(first, 1n), rotate(second, 7n)), plus(rotate(third, 12n), rotate(fourth, 18n)));
    for (const sum of [first, second, third, fourth]) hash = merge(hash, sum);
  }
  hash = plus(hash, BigInt(length));
  for (; at + 8 <= length; at += 8) hash = plus(times(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n), prime1), prime4);
  if (at + 4 <= length) {
    hash = plus(times(rotate(hash ^ times(BigInt(bytes.readUInt32LE(at)), prime1), 23n), prime2), prime3);
    at += 4;
  }
  for (; at < length; at++) hash = times(rotate(hash ^ times(BigInt(bytes.readUInt8(at)), prime5), 11n), prime1);
  hash = times(hash ^ (hash >> 33n), prime2);
  hash = times(hash ^ (hash >> 29n), prime3);
  return hash ^ (hash >> 32n);
}
