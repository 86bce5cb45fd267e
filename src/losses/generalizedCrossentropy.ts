/** The generalized cross-entropy (Zhang and Sabuncu, 2018), for targets some of which are wrong. */
import { ArgumentError, checkNumber, checkOptions } from "../errors.js";
import { classNumbers, type Loss, lossFrom, oneHotLike } from "../loss.js";
import { multiply } from "../ops/arithmetic.js";
import { affine } from "../ops/elementwise.js";
import { sum } from "../ops/reduce.js";
import { power } from "./power.js";

/** The options of `CategoricalGeneralizedCrossEntropy`. */
export interface CategoricalGeneralizedCrossEntropyOptions {
  /** Between 0, where it is the cross-entropy, and 1, where it is the absolute error; 0.5 by default. */
  q?: number;
}

const name = "categoricalGeneralizedCrossEntropy";

export function CategoricalGeneralizedCrossEntropy(options: CategoricalGeneralizedCrossEntropyOptions = {}): Loss {
  checkOptions("CategoricalGeneralizedCrossEntropy", options, ["q"]);
  const { q = 0.5 } = options;
  checkNumber("CategoricalGeneralizedCrossEntropy", "q", q, "a number above 0");
  if (q >= 1) throw new ArgumentError(`CategoricalGeneralizedCrossEntropy: q ${q}; expected a number below 1.`);
  return lossFrom(
    name,
    (yTrue, yPred) => {
      const p = sum(multiply(yPred, oneHotLike(yPred, classNumbers(name, yTrue, yPred))), -1);
      return affine(power(p, q), -1 / q, 1 / q);
    },
    options,
  );
}

export const categoricalGeneralizedCrossEntropy = /* @__PURE__ */ CategoricalGeneralizedCrossEntropy();
