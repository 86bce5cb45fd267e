/** How the work of a call is split: long sums into parts, long rows into chunks. */

/** Index of the first term of part `part` of a sum over n terms. */
@inline
export function partStart(n: i32, part: i32, parts: i32): i32 {
  return <i32>((<i64>n * part) / parts);
}

/** Rows that a long sum adds up before it adds them to its total, so that fewer roundings follow each other. */
export const SUM_BLOCK: i32 = 256;

/** Elements of the last axis that one unit of work covers, in kernels over four axes. */
export const CHUNK: i32 = 1024;

/** Chunks of a row of n elements. */
@inline
export function chunksOf(n: i32): i32 {
  return (n + CHUNK - 1) / CHUNK;
}
