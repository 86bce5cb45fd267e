/** The smallest normal number in single precision. */
const leastNormal = 2 ** -126;

/**
 * x, with 0 in place of smaller numbers and of -0, also in double precision: what the kernels with `flushes` in
 * src/kernelTable.ts do to their results.
 */
export const flush = (x: number): number => (Math.abs(x) < leastNormal ? 0 : x);
