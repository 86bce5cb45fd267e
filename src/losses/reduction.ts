/** How the losses of samples become one, other than by their mean. */
import { ArgumentError, checkOptions, shown } from "../errors.js";
import { epsilon, type Loss, lossFrom, meanOf, type Reduce, weigh } from "../loss.js";
import { computeLike, record, stopGradient } from "../op.js";
import { divide, maximum, multiply } from "../ops/arithmetic.js";
import { mean, sum } from "../ops/reduce.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";

/**
 * "sum_over_batch_size" and "mean": the mean of the losses, each times its sample weight. "mean_with_sample_weight": their
 * sum divided by that of the weights. "sum": their sum. "none": a loss for each sample; a model follows the gradient of
 * their sum, and reports their mean. Names as in Keras.
 */
export type Reduction = "sum_over_batch_size" | "mean" | "mean_with_sample_weight" | "sum" | "none";

/** The option that every loss has. */
export interface ReductionOptions {
  /** How the losses of the samples become one, see `Reduction`; "sum_over_batch_size", their mean, by default. */
  reduction?: Reduction;
}

/** Losses times weights and mask. */
const weighed: Reduce = (name, values, weights, mask) => {
  const factors = values.shape.length > 0 ? [weights, mask] : [weights];
  return factors.reduce<Tensor>((product, by) => (by ? weigh(name, product, by) : product), values);
};

const reductions: Readonly<Record<Reduction, Reduce>> = {
  sum_over_batch_size: meanOf,
  mean: meanOf,
  sum: (...given) => sum(weighed(...given)),
  none: weighed,
  mean_with_sample_weight(name, values, weights, mask) {
    const product = weighed(name, values, weights, mask);
    if (!weights && !mask) return mean(product);
    return divide(sum(product), maximum(sum(jointly(name, weights, mask)!), epsilon));
  },
};

/** Weights and mask as one: the product, in the shape of the one with more axes. */
function jointly(name: string, weights: Tensor | undefined, mask: Tensor | undefined): Tensor | undefined {
  if (!weights || !mask) return weights ?? mask;
  const [large, small] = weights.shape.length < mask.shape.length ? [mask, weights] : [weights, mask];
  return weigh(name, large, small);
}

/**
 * The same loss with another reduction. Values that have a mask of their own, as of a class that is ignored, are left
 * out of sums and means.
 */
export function reducedAs(loss: Loss, reduction: Reduction, config: object | undefined): Loss {
  const reduce = reductions[reduction];
  const reduced = lossFrom(loss.name, loss.perSample, config, (name, values, weights, mask) => {
    const own = values.mask;
    return reduce(name, values, weights, mask && own ? multiply(mask, own) : (own ?? mask));
  });
  if (reduction !== "none") return reduced;
  return Object.assign(reduced, {
    objective: (...given: Parameters<Loss>) => scope(() => withGradientOfSum(reduced(...given))),
  });
}

/** The mean of x, with the gradient of the sum: TensorFlow differentiates several losses at once as their sum. */
function withGradientOfSum(x: Tensor): Tensor {
  const value = stopGradient(() => mean(x));
  const ones = (dy: Tensor) =>
    computeLike(x, (k, dx) => k.copyFrom(dx, dy.buffer, { shape: [x.size], strides: [0], offset: 0 }));
  record({ name: "none", inputs: [x], outputs: [value], backward: ([dy]) => [() => ones(dy!)] });
  return value;
}

/**
 * Gives a function that makes a loss the option `reduction`.
 * @param make makes the loss from its other options.
 */
export const reducible =
  <Options extends object>(className: string, make: (options?: Options) => Loss) =>
  (options?: Options & ReductionOptions): Loss => {
    const { reduction, ...others } = (options ?? {}) as ReductionOptions;
    if (options !== undefined && Object(options) !== options) checkOptions(className, options, ["reduction"]);
    const loss = make(others as Options);
    if (reduction === undefined) return loss;
    if (typeof reduction !== "string" || !Object.hasOwn(reductions, reduction)) {
      const known = Object.keys(reductions).map(shown).join(", ");
      throw new ArgumentError(`${className}: reduction ${shown(reduction)}; expected ${known}.`);
    }
    return reducedAs(loss, reduction, { ...options });
  };

/** Makes a function that makes a loss with no option but `reduction`. */
export const onlyReducible = (className: string, loss: Loss): ((options?: ReductionOptions) => Loss) =>
  reducible(className, (options: object = {}) => {
    checkOptions(className, options, ["reduction"]);
    return loss;
  });
