/** The rarer activation functions of Keras 3, and the common ones with options. */
import { type ActivationFunction, elu, gelu, hardSigmoid, leakyRelu, logSigmoidPart, softplus } from "./basic.js";
import { ArgumentError, checkOptions } from "../errors.js";
import { named } from "../named.js";
import {
  abs,
  add,
  affine,
  clip,
  divide,
  exp,
  greater,
  logSoftmax as logSoftmaxOfLast,
  max,
  minimum,
  multiply,
  relu as plainRelu,
  sigmoid,
  slice,
  softmax as softmaxOfLast,
  sqrt,
  square,
  subtract,
  sum,
  tanh,
  transpose,
} from "../ops/index.js";
import { stopGradient } from "../op.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";

/** Name -> what makes the function from its options. */
export const moreActivations: Record<string, (options: object) => ActivationFunction> = {};

/** Enters a function into the table. It can be given as an option itself, too, and says its name in a config. */
function activation<Options extends object = object>(
  name: string,
  work: (x: Tensor, options: Options) => Tensor,
  known: readonly (keyof Options & string)[] = [],
  shapeFor?: (x: PartialShape, options: Options) => PartialShape,
): (x: Tensor, options?: Options) => Tensor {
  const apply = (x: Tensor, options: Options = {} as Options) => {
    checkOptions(name, options, known);
    return scope(() => work(x, options));
  };
  moreActivations[name] = (options) => {
    checkOptions(name, options, known);
    const made: ActivationFunction = (x) => apply(x, options as Options);
    if (shapeFor) made.shape = (x) => shapeFor(x, options as Options);
    return named(made, name, options);
  };
  const plain: typeof apply & ActivationFunction = apply;
  if (shapeFor) plain.shape = (x) => shapeFor(x, {} as Options);
  return named(plain, name, {});
}

/** `work`, which goes over the last axis, done over another one. */
const alongLast = (where: string, x: Tensor, axis: number, work: ActivationFunction): Tensor => {
  const last = x.shape.length - 1;
  const at = normalizeAxis(where, axis, last + 1);
  if (at === last) return work(x);
  const order = x.shape.map((_, i) => (i === at ? last : i === last ? at : i)); // its own inverse
  return transpose(work(transpose(x, order)), order);
};

const above = (x: Tensor, limit: number): Tensor => greater(x, limit);

/** max(x, 0) + min(0, alpha (e^(x / alpha) - 1)); alpha is 1 unless given. */
export const celu = activation<{ alpha?: number }>(
  "celu",
  (x, { alpha = 1 }) => add(plainRelu(x), affine(exp(affine(minimum(x, 0), 1 / alpha)), alpha, -alpha)),
  ["alpha"],
);

/** a sigmoid(b) of the two halves of x along an axis (the last unless given). */
export const glu = activation<{ axis?: number }>(
  "glu",
  (x, { axis = -1 }) => {
    const at = normalizeAxis("glu", axis, x.shape.length);
    const half = x.shape[at] / 2;
    if (!Number.isInteger(half)) throw new ArgumentError(`glu: ${x.shape[at]} elements on axis ${axis}; expected an even number.`); // prettier-ignore
    const part = (start: number) =>
    slice(x, x.shape.map((_, i) => (i === at ? start : 0)), x.shape.map((n, i) => (i === at ? half : n))); // prettier-ignore
    return multiply(part(0), sigmoid(part(half)));
  },
  ["axis"],
  (shape, { axis = -1 }) => {
    const at = normalizeAxis("glu", axis, shape.length);
    return shape.map((n, i) => (i === at && n !== null ? n / 2 : n));
  },
);

/** x where |x| > threshold (0.5 unless given), else 0. */
export const hardShrink = activation<{ threshold?: number }>(
  "hardShrink",
  (x, { threshold = 0.5 }) => multiply(x, above(abs(x), threshold)),
  ["threshold"],
);

/** x moved towards 0 by threshold (0.5 unless given), at most to 0. */
export const softShrink = activation<{ threshold?: number }>(
  "softShrink",
  (x, { threshold = 0.5 }) => subtract(x, clip(x, -threshold, threshold)),
  ["threshold"],
);

/** x where x > threshold, else defaultValue. */
export const threshold = activation<{ threshold?: number; defaultValue?: number }>(
  "threshold",
  (x, { threshold = 0, defaultValue = 0 }) => {
    const mask = above(x, threshold);
    return add(multiply(x, mask), affine(mask, -defaultValue, defaultValue));
  },
  ["threshold", "defaultValue"],
);

/** 0 up to -1, (x + 1)^2 / 4 up to 1, then x. */
export const sparsePlus = activation("sparsePlus", (x) =>
  add(affine(square(affine(clip(x, -1, 1), 1, 1)), 0.25), plainRelu(affine(x, 1, -1))),
);
/** (x + 1) / 2 between 0 and 1. */
export const sparseSigmoid = activation("sparseSigmoid", (x) => clip(affine(x, 0.5, 0.5), 0, 1));

/**
 * The nearest point of the simplex along an axis, the last unless given (Martins and Astudillo, 2016). The threshold is found by
 * halving the interval [max - 1, max] that it lies in, so that no sorting is needed, then computed from what lies above it.
 */
export const sparsemax = activation<{ axis?: number }>(
  "sparsemax",
  (x, { axis = -1 }) =>
    alongLast("sparsemax", x, axis, (z) => {
      const support = stopGradient(() => {
        let low = affine(max(z, -1, true), 1, -1);
        for (let step = 0.5; step > 2 ** -26; step /= 2) {
          const middle = affine(low, 1, step);
          const mass = sum(plainRelu(subtract(z, middle)), -1, true);
          low = add(low, affine(above(mass, 1), step));
        }
        return greater(z, low);
      });
      const tau = divide(affine(sum(multiply(z, support), -1, true), 1, -1), sum(support, -1, true));
      return plainRelu(subtract(z, tau));
    }),
  ["axis"],
);

/** ln sigmoid(x). */
export const logSigmoid = activation("logSigmoid", (x) => logSigmoidPart(x, 0));
/** x hardSigmoid(x). */
export const hardSilu = activation("hardSilu", (x) => multiply(x, hardSigmoid(x)));
/** x tanh(softplus(x)). */
export const mish = activation("mish", (x) => multiply(x, tanh(softplus(x))));
/** x between -1 and 1. */
export const hardTanh = activation("hardTanh", (x) => clip(x, -1, 1));
/** x - tanh x. */
export const tanhShrink = activation("tanhShrink", (x) => subtract(x, tanh(x)));
/** (x + sqrt(x^2 + b)) / 2; b is 4 unless given. */
export const squareplus = activation<{ b?: number }>(
  "squareplus",
  (x, { b = 4 }) => affine(add(x, sqrt(affine(square(x), 1, b))), 0.5),
  ["b"],
);

interface ReluOptions {
  negativeSlope?: number;
  maxValue?: number | null;
  threshold?: number;
}

/** x from the threshold on, up to maxValue; negativeSlope (x - threshold) below it. */
activation<ReluOptions>(
  "relu",
  (x, options) => {
    const { negativeSlope = 0, maxValue, threshold = 0 } = options;
    const kept = threshold === 0 ? x : multiply(x, above(x, threshold));
    const positive = clip(kept, 0, maxValue ?? Infinity);
    if (negativeSlope === 0) return positive;
    return subtract(positive, affine(plainRelu(affine(x, -1, threshold)), negativeSlope));
  },
  ["negativeSlope", "maxValue", "threshold"],
);
activation<{ axis?: number }>("softmax", (x, { axis = -1 }) => alongLast("softmax", x, axis, softmaxOfLast), ["axis"]);
activation<{ axis?: number }>("logSoftmax", (x, { axis = -1 }) => alongLast("logSoftmax", x, axis, logSoftmaxOfLast), [
  "axis",
]);

/** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
const tanhGelu = (x: Tensor): Tensor => {
  const inner = affine(multiply(x, affine(square(x), 0.044715, 1)), Math.sqrt(2 / Math.PI));
  return multiply(affine(x, 0.5), affine(tanh(inner), 1, 1));
};
activation<{ approximate?: boolean }>("gelu", (x, { approximate }) => (approximate ? tanhGelu(x) : gelu(x)), [
  "approximate",
]);
activation<{ alpha?: number }>("elu", elu, ["alpha"]);
activation<{ negativeSlope?: number }>("leakyRelu", leakyRelu, ["negativeSlope"]);
moreActivations.hardSwish = moreActivations.hardSilu;
