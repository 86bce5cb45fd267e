/**
 * Boundaries between bins that hold about equally many numbers, found from batch after batch in bounded memory, as Keras does:
 * each batch is summarized by some of its sorted numbers with weights, summaries are merged, and merged ones are made shorter
 * by interpolation. Sums are in 32 bits where Keras's are, so that the boundaries are the same to the last bits.
 */

/** Some numbers in ascending order, and how many numbers each stands for. */
interface Summary {
  readonly values: Float32Array;
  readonly weights: Float32Array;
}

/** Gives every so many of the numbers, so that at most about 1 / epsilon are left. */
function summarize(numbers: ArrayLike<number>, epsilon: number): Summary {
  const sorted = Float32Array.from(numbers).sort();
  const step = Math.max(sorted.length * epsilon, 1);
  const stride = Math.floor(step);
  const values = sorted.filter((_, i) => i >= stride - 1 && (i - stride + 1) % stride === 0);
  return { values, weights: new Float32Array(values.length).fill(step) };
}

function merge(a: Summary, b: Summary): Summary {
  const [values, weights] = (["values", "weights"] as const).map((part) => [...a[part], ...b[part]]);
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  return { values: Float32Array.from(order, (i) => values[i]), weights: Float32Array.from(order, (i) => weights[i]) };
}

/** Gives the piecewise linear function through points (x ascending), which is constant outside of them. */
const interpolation = (xs: ArrayLike<number>, ys: ArrayLike<number>) => (x: number) => {
  const last = xs.length - 1;
  let [low, high] = [-1, last];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (xs[middle] <= x) low = middle;
    else high = middle - 1;
  }
  if (low < 0) return ys[0];
  if (low === last || xs[low] === x) return ys[low];
  return ((ys[low + 1] - ys[low]) / (xs[low + 1] - xs[low])) * (x - xs[low]) + ys[low];
};

/** Gives a summary of 1 / epsilon numbers, between which lie equal shares of the weights. */
function compress(summary: Summary, epsilon: number): Summary {
  const { values, weights } = summary;
  if (values.length * epsilon < 1) return summary;
  const sums = Float32Array.from(weights);
  for (let i = 1; i < sums.length; i++) sums[i] += sums[i - 1];
  const shares = sums.map((sum) => sum / sums[sums.length - 1]);
  const wanted = Array.from({ length: Math.ceil(1 / epsilon) }, (_, i) => epsilon + i * epsilon);
  const sumAt = wanted.map(interpolation(shares, sums));
  return {
    values: Float32Array.from(wanted, interpolation(shares, values)),
    weights: Float32Array.from(sumAt, (sum, i) => sum - (sumAt[i - 1] ?? 0)),
  };
}

/** Gathers numbers for boundaries between bins. */
export class Quantiles {
  #summary: Summary = { values: new Float32Array(), weights: new Float32Array() };

  /** @param epsilon how exact the boundaries are, as a share of all numbers. */
  constructor(private readonly epsilon: number) {}

  /** Adds a batch of numbers. */
  add(numbers: ArrayLike<number>): void {
    const { epsilon } = this;
    if (numbers.length > 0) this.#summary = compress(merge(summarize(numbers, epsilon), this.#summary), epsilon);
  }

  /** Gives the boundaries between so many bins; fewer where there are few numbers, undefined where there is none. */
  boundaries(numBins: number): number[] | undefined {
    const { values } = this.#summary;
    return values.length === 0 ? undefined : [...compress(this.#summary, 1 / numBins).values].slice(0, -1);
  }
}
