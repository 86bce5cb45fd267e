/** 5000 handwritten digits from MNIST, in this module: nothing is read or fetched. Source and licence: data/README.md. */
import { digitSheet } from "./digitSheet.js";

export const digitSide = 20;
export const digitsPerClass = 500;
const numDigits = 10 * digitsPerClass;

let unpacked: Float32Array | undefined;

/**
 * All digits, [5000, 20, 20], values 0 (background) to 1 in 16 grey levels: 500 of each class, in order from 0 to 9.
 * Unpacked at the first call, then shared: not to be written to.
 */
export function digits(): Float32Array {
  return (unpacked ??= unpack());
}

/** Undoes scripts/embedDigits.mjs: codes of 4 bits; a 0 is followed by how many more 0s follow, anything else is a grey level. */
function unpack(): Float32Array {
  const bytes = atob(digitSheet);
  const codeAt = (i: number) => (bytes.charCodeAt(i >> 1) >> (i & 1 ? 0 : 4)) & 15;
  const result = new Float32Array(numDigits * digitSide * digitSide);
  for (let pixel = 0, i = 0; pixel < result.length;) {
    const code = codeAt(i++);
    if (code === 0) pixel += 1 + codeAt(i++);
    else result[pixel++] = code / 15;
  }
  return result;
}
