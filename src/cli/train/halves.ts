/**
 * Writes numbers as half floats (IEEE 754 binary16), which `halfFloats` of the formats reads: half the disk space, and
 * three decimal digits are enough for features.
 */

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** The smallest normal half float; below it, half floats are multiples of 2^-24. */
const smallestNormal = 2 ** -14;
const largest = 65504;

/** Rounds to the nearest half float, ties to even; larger numbers become the largest half float. */
export function toHalves(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.min(Math.abs(values[i]), largest);
    const sign = values[i] < 0 ? 0x8000 : 0;
    halves[i] = sign | (magnitude < smallestNormal ? roundEven(magnitude * 2 ** 24) : normalHalf(magnitude));
  }
  return halves;
}

/** The exponent bias of single floats is larger by 112, and their fraction has 13 bits more. */
function normalHalf(magnitude: number): number {
  floats[0] = magnitude;
  const single = bits[0] - (112 << 23);
  return (single + 0xfff + ((single >>> 13) & 1)) >>> 13;
}

function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
