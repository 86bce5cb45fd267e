/** Focal losses (Lin et al., 2017): cross-entropies in which elements that are right already count less. */
import { checkNumbers, checkOptions } from "../errors.js";
import { asRows, epsilon, type Loss, lossFrom, targetLike } from "../loss.js";
import { add, divide, multiply } from "../ops/arithmetic.js";
import { affine, clip, log, negative, sigmoid } from "../ops/elementwise.js";
import { mean, sum } from "../ops/reduce.js";
import { softmax } from "../ops/softmax.js";
import { tensor } from "../tensor.js";
import { binaryTerms, type CrossentropyOptions, smoothedBits, smoothedRows } from "./crossentropies.js";
import { power } from "./power.js";

/** The options of `BinaryFocalCrossentropy`. */
export interface BinaryFocalCrossentropyOptions extends CrossentropyOptions {
  /** Whether targets of 1 weigh `alpha` and those of 0 weigh 1 - `alpha`; false by default. */
  applyClassBalancing?: boolean;
  /** The weight of targets of 1 with `applyClassBalancing`, 0.25 by default. */
  alpha?: number;
  /** The exponent: how much less right outputs count; 2 by default. */
  gamma?: number;
}
/** The options of `CategoricalFocalCrossentropy`. */
export interface CategoricalFocalCrossentropyOptions extends CrossentropyOptions {
  /** A factor, or one for each class; 0.25 by default. */
  alpha?: number | readonly number[];
  /** The exponent: how much less right outputs count; 2 by default. */
  gamma?: number;
}

const optionNames = ["fromLogits", "labelSmoothing", "alpha", "gamma"];

function checkFocal(name: string, options: CrossentropyOptions, known: readonly string[]): void {
  checkOptions(name, options, known);
  checkNumbers(name, options, "a number from 0, below 1", ["labelSmoothing"]);
  checkNumbers(name, options, "a number from 0", ["gamma"]);
}

export function BinaryFocalCrossentropy(options: BinaryFocalCrossentropyOptions = {}): Loss {
  checkFocal("BinaryFocalCrossentropy", options, [...optionNames, "applyClassBalancing"]);
  checkNumbers("BinaryFocalCrossentropy", options, "a finite number", ["alpha"]);
  const { fromLogits = false, labelSmoothing = 0, alpha = 0.25, gamma = 2, applyClassBalancing = false } = options;
  return lossFrom(
    "binaryFocalCrossentropy",
    (yTrue, yPred) => {
      const target = smoothedBits(targetLike("binaryFocalCrossentropy", yTrue, asRows(yPred)), labelSmoothing);
      const p = asRows(fromLogits ? sigmoid(yPred) : yPred);
      const right = add(multiply(target, p), multiply(affine(target, -1, 1), affine(p, -1, 1)));
      const focal = multiply(power(affine(right, -1, 1), gamma), binaryTerms(target, yPred, fromLogits));
      return mean(applyClassBalancing ? multiply(affine(target, 2 * alpha - 1, 1 - alpha), focal) : focal, -1);
    },
    options,
  );
}

export function CategoricalFocalCrossentropy(options: CategoricalFocalCrossentropyOptions = {}): Loss {
  checkFocal("CategoricalFocalCrossentropy", options, optionNames);
  const { fromLogits = false, labelSmoothing = 0, alpha = 0.25, gamma = 2 } = options;
  for (const factor of [alpha].flat()) {
    checkNumbers("CategoricalFocalCrossentropy", { alpha: factor }, "a finite number", ["alpha"]);
  }
  return lossFrom(
    "categoricalFocalCrossentropy",
    (yTrue, yPred) => {
      const target = smoothedRows(targetLike("categoricalFocalCrossentropy", yTrue, yPred), labelSmoothing);
      const output = fromLogits ? softmax(yPred) : yPred;
      const p = clip(divide(output, sum(output, -1, true)), epsilon, 1 - epsilon);
      const focal = multiply(power(affine(p, -1, 1), gamma), negative(multiply(target, log(p))));
      return sum(typeof alpha === "number" ? affine(focal, alpha) : multiply(focal, tensor(alpha)), -1);
    },
    options,
  );
}

export const binaryFocalCrossentropy = /* @__PURE__ */ BinaryFocalCrossentropy();
export const categoricalFocalCrossentropy = /* @__PURE__ */ CategoricalFocalCrossentropy();
