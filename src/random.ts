/**
 * A counter-based random number generator: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", 2011). A value depends only on its key and its index, so that every backend gets the
 * same stream.
 */
import { cos, log } from "./elementary.js";
import { checkNumber } from "./errors.js";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
const parity = 0x1bd11bda;

/** Threefry-2x32-20: two unsigned 32-bit words from a key and a counter, of two words each. */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0 | 0, key1 | 0, (key0 ^ key1 ^ parity) | 0];
  let x0 = (counter0 + keys[0]) | 0;
  let x1 = (counter1 + keys[1]) | 0;
  for (let round = 0; round < 20; round++) {
    x0 = (x0 + x1) | 0;
    const turn = rotations[round & 7];
    x1 = ((x1 << turn) | (x1 >>> (32 - turn))) ^ x0;
    if ((round & 3) === 3) {
      const injection = (round >> 2) + 1;
      x0 = (x0 + keys[injection % 3]) | 0;
      x1 = (x1 + keys[(injection + 1) % 3] + injection) | 0;
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** A stream of random numbers. Equal seeds and stream numbers give equal numbers. */
export class RandomStream {
  /** The next counter. */
  counter = 0;
  /** The second word of the last counter, while it has not been used. */
  spare: number | undefined;

  constructor(
    /** The first word of the key. */
    readonly seed: number,
    /** The second word of the key: the number of this stream among those of the seed. 0 by default. */
    readonly stream = 0,
  ) {}

  /** The next 32 random bits, as an unsigned integer. */
  bits(): number {
    numDrawn++;
    let bits = this.spare;
    this.spare = undefined;
    if (bits === undefined) [bits, this.spare] = threefry(this.seed, this.stream, this.counter++, 0);
    return bits;
  }

  /** Uniform in [0, 1): a multiple of 2^-24, so that it is exact in single precision. */
  uniform(): number {
    return (this.bits() >>> 8) / 2 ** 24;
  }

  /** A whole number in [0, limit). */
  integer(limit: number): number {
    return Math.floor((this.bits() / 2 ** 32) * limit);
  }

  /** Standard normal, by the transform of Box and Muller (1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * log((this.bits() + 1) / 2 ** 32));
    return radius * cos((2 * Math.PI * this.bits()) / 2 ** 32);
  }

  /** The numbers 0 to length - 1 in random order, by the shuffle of Fisher and Yates. */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}

let globalSeed = (Date.now() ^ 0x2545f491) >>> 0;
let streams = 0;
/** @internal How many numbers have been drawn from all streams; a recorder looks whether it changes. */
export let numDrawn = 0;

/**
 * Sets the global seed, from which initializers, dropout, shuffling and `random` draw. After equal seeds, equal
 * programs draw equal numbers. Without it, the seed depends on the time.
 *
 * @param seed A whole number; its lowest 32 bits count.
 */
export function setSeed(seed: number): void {
  globalSeed = checkNumber("setSeed", "seed", seed, "a finite number") >>> 0;
  streams = 0;
}

/** The stream of a seed; without a seed, the next stream of the global seed. @throws ArgumentError for no number. */
export function randomStream(seed?: number | null): RandomStream {
  if (seed == null) return new RandomStream(globalSeed, ++streams);
  return new RandomStream(checkNumber("random", "seed", seed, "a number") >>> 0);
}
