// Random numbers, the same in every run.

/** `length` numbers in [-scale, scale), by a linear congruential generator (Knuth; constants of Numerical Recipes). */
export function randomFloats(length, scale = 1) {
  const values = new Float32Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = (state / 2 ** 31 - 1) * scale;
  }
  return values;
}

/** `{ data, shape }` with such numbers. */
export const randomArray = (shape, scale) => ({
  data: randomFloats(
    shape.reduce((a, b) => a * b, 1),
    scale,
  ),
  shape,
});
