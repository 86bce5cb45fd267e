/** ReLU and its relatives: activation functions that are defined piecewise. */
import { defineActivation } from "../activation.js";
import * as ops from "../ops/index.js";
import { where } from "../ops/where.js";

/** The options of the activation "relu". */
export interface ReluActivationOptions {
  /** The slope below the threshold, 0 by default. */
  negativeSlope?: number;
  /** The largest value of the result; null, the default, for none. */
  maxValue?: number | null;
  /** The value of x from which on the function is x, 0 by default. */
  threshold?: number;
}

/** Computes x from the threshold on, up to maxValue, and negativeSlope (x - threshold) below it. */
export const relu = defineActivation<ReluActivationOptions>(
  "relu",
  (x, { negativeSlope = 0, maxValue, threshold = 0 }) => {
    const kept = threshold === 0 ? x : where(ops.greater(x, threshold), x);
    const positive = ops.clip(kept, 0, maxValue ?? Infinity);
    if (negativeSlope === 0) return positive;
    return ops.subtract(positive, ops.affine(ops.relu(ops.affine(x, -1, threshold)), negativeSlope));
  },
  ["negativeSlope", "maxValue", "threshold"],
);

/** Computes min(max(x, 0), 6). */
export const relu6 = defineActivation("relu6", ops.relu6);

/**
 * Computes x where x > 0 and negativeSlope x below. The slope is 0.2 by default, as for the name "leakyRelu" in Keras;
 * that of the layer LeakyReLU is 0.3. Any shape; the result has the same.
 */
export const leakyRelu = defineActivation<{ negativeSlope?: number }>(
  "leakyRelu",
  (x, { negativeSlope = 0.2 }) => ops.add(ops.relu(x), ops.affine(ops.minimum(x, 0), negativeSlope)),
  ["negativeSlope"],
);

/**
 * Computes x where x > 0 and alpha (e^x - 1) below; alpha is 1 by default (Clevert et al., 2015). Any shape; the result
 * has the same.
 */
export const elu = defineActivation<{ alpha?: number }>(
  "elu",
  (x, { alpha = 1 }) => ops.add(ops.relu(x), ops.affine(ops.exp(ops.minimum(x, 0)), alpha, -alpha)),
  ["alpha"],
);

/**
 * Computes 1.0507 elu(x) with alpha = 1.6733, for which mean 0 and variance 1 are a fixed point (Klambauer et al.,
 * 2017).
 */
export const selu = defineActivation("selu", (x) =>
  ops.affine(elu(x, { alpha: 1.6732632423543772 }), 1.0507009873554805),
);

/** Computes max(x, 0) + min(0, alpha (e^(x / alpha) - 1)); alpha is 1 by default (Barron, 2017). */
export const celu = defineActivation<{ alpha?: number }>(
  "celu",
  (x, { alpha = 1 }) =>
    ops.add(ops.relu(x), ops.affine(ops.exp(ops.affine(ops.minimum(x, 0), 1 / alpha)), alpha, -alpha)),
  ["alpha"],
);

/** Computes x where x > threshold (0 by default), and defaultValue (0 by default) elsewhere. */
export const threshold = defineActivation<{ threshold?: number; defaultValue?: number }>(
  "threshold",
  (x, { threshold = 0, defaultValue = 0 }) => {
    const mask = ops.greater(x, threshold);
    return where(mask, x, ops.affine(mask, 0, defaultValue));
  },
  ["threshold", "defaultValue"],
);

/** Computes x where |x| > threshold (0.5 by default), and 0 elsewhere. */
export const hardShrink = defineActivation<{ threshold?: number }>(
  "hardShrink",
  (x, { threshold = 0.5 }) => ops.multiply(x, ops.greater(ops.abs(x), threshold)),
  ["threshold"],
);

/** Moves x towards 0 by threshold (0.5 by default), at most to 0. */
export const softShrink = defineActivation<{ threshold?: number }>(
  "softShrink",
  (x, { threshold = 0.5 }) => ops.subtract(x, ops.clip(x, -threshold, threshold)),
  ["threshold"],
);
