/** Whether no value is infinite or NaN. A loop, as `every(Number.isFinite)` takes 40 ms for a million. */
export function allFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i]) < Infinity)) return false;
  return true;
}
