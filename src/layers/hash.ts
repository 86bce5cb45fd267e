/**
 * The hashes by which TensorFlow puts texts into buckets, in 64-bit arithmetic: FarmHash's Fingerprint64 (Geoff Pike, 2014,
 * https://github.com/google/farmhash, "farmhashna"), and SipHash-2-4 with a key (Aumasson and Bernstein, 2012,
 * https://www.aumasson.jp/siphash/siphash.pdf).
 */
import { ArgumentError, shown } from "../errors.js";

const [k0, k1, k2] = [0xc3a5c85c97cb3127n, 0xb492b66fbe98f273n, 0x9ae16a3b2f90404fn];

const whole = (x: bigint): bigint => BigInt.asUintN(64, x);
const turnRight = (x: bigint, bits: bigint): bigint => whole((whole(x) >> bits) | (x << (64n - bits)));
const turnLeft = (x: bigint, bits: bigint): bigint => turnRight(x, 64n - bits);
const shiftMix = (x: bigint): bigint => whole(x) ^ (whole(x) >> 47n);

type Pair = readonly [bigint, bigint];

function mix(u: bigint, v: bigint, factor: bigint): bigint {
  const a = shiftMix((u ^ v) * factor);
  return whole(shiftMix((whole(v) ^ a) * factor) * factor);
}

/** FarmHash's Fingerprint64 of bytes. */
export function fingerprint64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = (place: number) => view.getBigUint64(place, true);
  const { length } = bytes;
  const size = BigInt(length);
  const factor = k2 + size * 2n;
  if (length > 64) return longFingerprint(at, length);
  if (length > 32) return mediumFingerprint(at, length, factor);
  if (length > 16) {
    const [a, b, c, d] = [at(0) * k1, at(8), at(length - 8) * factor, at(length - 16) * k2];
    return mix(turnRight(a + b, 43n) + turnRight(c, 30n) + d, a + turnRight(b + k2, 18n) + c, factor);
  }
  if (length >= 8) {
    const [a, b] = [at(0) + k2, at(length - 8)];
    return mix(turnRight(b, 37n) * factor + a, (turnRight(a, 25n) + b) * factor, factor);
  }
  if (length >= 4) {
    return mix(size + (BigInt(view.getUint32(0, true)) << 3n), BigInt(view.getUint32(length - 4, true)), factor);
  }
  if (length === 0) return k2;
  const [a, b, c] = [bytes[0], bytes[length >> 1], bytes[length - 1]].map(BigInt);
  return whole(shiftMix(whole((a + (b << 8n)) * k2) ^ whole((size + (c << 2n)) * k0)) * k2);
}

function mediumFingerprint(at: (place: number) => bigint, length: number, factor: bigint): bigint {
  const [a, b, c, d] = [at(0) * k2, at(8), at(length - 8) * factor, at(length - 16) * k2];
  const y = turnRight(a + b, 43n) + turnRight(c, 30n) + d;
  const z = mix(y, a + turnRight(b + k2, 18n) + c, factor);
  const [e, f] = [at(16) * factor, at(24)];
  const [g, h] = [(y + at(length - 32)) * factor, (z + at(length - 24)) * factor];
  return mix(turnRight(e + f, 43n) + turnRight(g, 30n) + h, e + turnRight(f + a, 18n) + g, factor);
}

function longFingerprint(at: (place: number) => bigint, length: number): bigint {
  /** Mixes 32 bytes at a place with two seeds. */
  const mix32 = (place: number, a: bigint, b: bigint): Pair => {
    const [w, x, y, z] = [at(place), at(place + 8), at(place + 16), at(place + 24)];
    const sum = a + w + x + y;
    return [whole(sum + z), whole(turnRight(b + a + w + z, 21n) + turnRight(sum, 44n) + a + w)];
  };
  let [x, y] = [81n * k2 + at(0), 81n * k1 + 113n];
  let z = shiftMix(y * k2 + 113n) * k2;
  let [v, w]: Pair[] = [[0n, 0n], [0n, 0n]]; // prettier-ignore
  const end = Math.floor((length - 1) / 64) * 64;
  const round = (place: number, factor: bigint, isLast: boolean) => {
    const weight = isLast ? 9n : 1n;
    x = turnRight(x + y + v[0] + at(place + 8), 37n) * factor;
    y = turnRight(y + v[1] + at(place + 48), 42n) * factor;
    x = whole(x) ^ whole(w[1] * weight);
    y = whole(y + v[0] * weight + at(place + 40));
    z = turnRight(z + w[0], 33n) * factor;
    v = mix32(place, v[1] * factor, x + w[0]);
    w = mix32(place + 32, z + w[1], y + at(place + 16));
    [z, x] = [x, whole(z)];
  };
  for (let place = 0; place < end; place += 64) round(place, k1, false);
  const factor = k1 + ((z & 0xffn) << 1n);
  w = [w[0] + BigInt((length - 1) & 63), w[1]];
  v = [v[0] + w[0], v[1]];
  w = [w[0] + v[0], w[1]];
  round(length - 64, factor, true);
  return mix(mix(v[0], w[0], factor) + shiftMix(y) * k0 + z, mix(v[1], w[1], factor) + x, factor);
}

/** SipHash-2-4 of bytes with a key of two 64-bit numbers. */
export function sipHash64(bytes: Uint8Array, [first, second]: Pair): bigint {
  let [v0, v1, v2, v3] = [
    whole(first) ^ 0x736f6d6570736575n,
    whole(second) ^ 0x646f72616e646f6dn,
    whole(first) ^ 0x6c7967656e657261n,
    whole(second) ^ 0x7465646279746573n,
  ];
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      [v0, v2] = [whole(v0 + v1), whole(v2 + v3)];
      [v1, v3] = [turnLeft(v1, 13n) ^ v0, turnLeft(v3, 16n) ^ v2];
      v0 = turnLeft(v0, 32n);
      [v2, v0] = [whole(v2 + v1), whole(v0 + v3)];
      [v1, v3] = [turnLeft(v1, 17n) ^ v2, turnLeft(v3, 21n) ^ v0];
      v2 = turnLeft(v2, 32n);
    }
  };
  // Whole words of eight bytes, then the rest with the length in its last byte.
  const padded = new Uint8Array((Math.floor(bytes.length / 8) + 1) * 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length;
  const view = new DataView(padded.buffer);
  for (let place = 0; place < padded.length; place += 8) {
    const word = view.getBigUint64(place, true);
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
  v2 ^= 0xffn;
  rounds(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

/** A key of SipHash: two whole numbers, or one for both. */
export type Salt = number | readonly [number, number];

/** Gives a key as two numbers; null for none. @throws ArgumentError for what is no key. */
export function readSalt(label: string, salt: Salt | null | undefined): readonly [number, number] | null {
  if (salt == null) return null;
  const pair = [salt, salt].flat().slice(0, 2) as [number, number];
  const isPair = !Array.isArray(salt) || salt.length === 2;
  if (isPair && pair.every((word) => Number.isSafeInteger(word) && word >= 0)) return pair;
  throw new ArgumentError(`${label}: salt ${shown(salt)}; expected a whole number from 0, or two.`);
}

/**
 * Gives a function that puts texts into buckets, from 0 on, as TensorFlow does.
 * @param key for SipHash; null for Fingerprint64, which has none.
 */
export function bucketOf(numBuckets: number, key: readonly [number, number] | null): (text: string) => number {
  const encoder = new TextEncoder();
  const words = key && (key.map(BigInt) as unknown as Pair);
  const hash = (bytes: Uint8Array) => (words ? sipHash64(bytes, words) : fingerprint64(bytes));
  return (text) => Number(hash(encoder.encode(text)) % BigInt(numBuckets));
}
