/**
 * 5000 handwritten digits from MNIST, contained in the code, so that nothing is read or fetched. Source and licence:
 * data/README.md.
 */
import { digitSheet } from "./digitSheet.js";

/** Height and width of a digit, in pixels. */
export const digitSide = 20;
/** Digits of each class. */
export const digitsPerClass = 500;
const numDigits = 10 * digitsPerClass;

let unpacked: Float32Array | undefined;

/**
 * 5000 handwritten digits from MNIST (LeCun, Cortes, Burges): [5000, 20, 20], row-major, with values from 0
 * (background) to 1 in 16 grey levels; 500 of each class, ordered by class from 0 to 9. All calls return the same
 * array: do not write to it.
 */
export function digits(): Float32Array {
  return (unpacked ??= unpack());
}

/**
 * Decodes what scripts/embedDigits.mjs encodes: codes of 4 bits. After a 0 comes the number of further 0s; any other
 * code is a grey level.
 */
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
