/**
 * A tensor that is computed by a formula: fixture files hold this in place of weights and inputs. test/fixtures/formula.py is the same in
 * Python.
 */
export interface Spec {
  shape: number[];
  seed: number;
  /** value = float32(offset + scale * u), u in [-1, 1). Default 1 and 0. */
  scale?: number;
  offset?: number;
  /** If given, whole numbers in [0, integer) instead. */
  integer?: number;
  /** [batch, time]: 1 where a step is computed by the formula; another number fills the step. */
  steps?: number[][];
}

/** MurmurHash3's 32-bit finaliser (Austin Appleby, public domain) of seed + index * 2^32/golden ratio, as an unsigned number. */
export function hash32(seed: number, index: number): number {
  let x = (Math.imul(index, 0x9e3779b9) + seed) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The numbers a spec stands for, bit for bit those of Python: products in double, one rounding to float32. */
export function values({ shape, seed, scale = 1, offset = 0, integer, steps }: Spec): Float32Array {
  const result = new Float32Array(shape.reduce((count, size) => count * size, 1));
  for (let i = 0; i < result.length; i++) {
    const h = hash32(seed, i);
    result[i] = integer ? Math.floor((h * integer) / 2 ** 32) : offset + scale * (h / 2 ** 31 - 1);
  }
  const size = result.length / (shape[0] * shape[1]); // of a step
  steps?.flat().forEach((step, k) => step === 1 || result.fill(step, k * size, (k + 1) * size));
  return result;
}
