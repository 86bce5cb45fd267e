// Medians, and how sure they are.

/** The median of the values; of an even number of them, the mean of the middle two. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

const draws = 2000;

/** Numbers in [0, 1), the same in every run (a linear congruential generator; constants of Numerical Recipes). */
function makeRandom() {
  let state = 1;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** `{ median, low, high }` of what `draw` gives, of which 95 % lie from `low` to `high`. */
function bootstrap(value, draw) {
  const drawn = Array.from({ length: draws }, draw).sort((a, b) => a - b);
  return { median: value, low: drawn[draws * 0.025], high: drawn[draws * 0.975 - 1] };
}

const drawnFrom = (values, random) => values.map(() => values[Math.floor(random() * values.length)]);

/** The median with its 95 % interval, by Efron's bootstrap: medians of draws of as many values, with repetition. */
export function medianOf(values) {
  const random = makeRandom();
  return bootstrap(median(values), () => median(drawnFrom(values, random)));
}

/** The median of the ratios a[i] / b[i] of values that were measured in the same round. */
export const ratioOfPairs = (a, b) => medianOf(a.map((value, i) => value / b[i]));

/** The ratio of the medians of two lists that were measured apart: both are drawn for the interval. */
export function ratioOfMedians(a, b) {
  const random = makeRandom();
  const draw = () => median(drawnFrom(a, random)) / median(drawnFrom(b, random));
  return bootstrap(median(a) / median(b), draw);
}
