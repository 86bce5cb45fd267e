/** The functions that make losses with options; the losses without options are those of the other files. */
import { checkNumber, checkOptions } from "../errors.js";
import { axisLast, type Loss, lossFrom } from "../loss.js";
import { equal } from "../ops/arithmetic.js";
import { affine } from "../ops/elementwise.js";
import { reshape } from "../ops/move.js";
import { where } from "../ops/where.js";
import type { Tensor } from "../tensor.js";
import * as circles from "./circle.js";
import { ctc } from "./ctc.js";
import * as crossentropies from "./crossentropies.js";
import * as focal from "./focal.js";
import * as generalized from "./generalizedCrossentropy.js";
import * as hinges from "./hinges.js";
import * as overlaps from "./overlaps.js";
import { onlyReducible, reducedAs, reducible } from "./reduction.js";
import * as regression from "./regression.js";

/** The option of losses along an axis. */
export interface LossAxisOptions {
  /** The axis along which a loss is computed, that of the classes or features; -1, the last, by default. */
  axis?: number;
}
/** The options of `SparseCategoricalCrossentropy`. */
export interface SparseCrossentropyOptions
  extends Pick<crossentropies.CrossentropyOptions, "fromLogits">, LossAxisOptions {
  /** A class of targets without a loss, such as that of a border; it does not count in the mean. None by default. */
  ignoreClass?: number | null;
}

/** Gives a function that makes a loss the option `axis`. */
const alongAxis =
  <Options extends object>(className: string, make: (options?: Options) => Loss) =>
  ({ axis, ...options }: Options & LossAxisOptions = {} as Options): Loss => {
    const loss = make(options as unknown as Options);
    if (axis === undefined || checkNumber(className, "axis", axis, "a whole number") === -1) return loss;
    return lossFrom(
      loss.name,
      (yTrue, yPred) => {
        // Class numbers may lack the axis.
        const target = yTrue.shape.length < yPred.shape.length ? yTrue : axisLast(className, yTrue, axis);
        return loss.perSample(target, axisLast(className, yPred, axis));
      },
      { axis, ...options },
    );
  };

function sparse({ ignoreClass, ...options }: SparseCrossentropyOptions = {}): Loss {
  const className = "SparseCategoricalCrossentropy";
  const loss = alongAxis(className, crossentropies.SparseCategoricalCrossentropy)(options);
  if (ignoreClass == null) return loss;
  checkNumber(className, "ignoreClass", ignoreClass, "a whole number");
  const counting = lossFrom(loss.name, (yTrue, yPred) => {
    const counts = affine(equal(yTrue, ignoreClass), -1, 1);
    const values = loss.perSample(where(counts, yTrue), yPred);
    const mask = reshape(counts, values.shape);
    const result: Tensor = where(mask, values);
    result.mask = mask;
    return result;
  });
  return reducedAs(counting, "mean", { ignoreClass, ...options });
}

const categorical = crossentropies.CategoricalCrossentropy;
export const CategoricalCrossentropy = /* @__PURE__ */ reducible(
  "CategoricalCrossentropy",
  /* @__PURE__ */ alongAxis("CategoricalCrossentropy", categorical),
);
export const SparseCategoricalCrossentropy = /* @__PURE__ */ reducible("SparseCategoricalCrossentropy", sparse);
export const BinaryCrossentropy = /* @__PURE__ */ reducible(
  "BinaryCrossentropy",
  /* @__PURE__ */ alongAxis("BinaryCrossentropy", crossentropies.BinaryCrossentropy),
);
export const BinaryFocalCrossentropy = /* @__PURE__ */ reducible(
  "BinaryFocalCrossentropy",
  /* @__PURE__ */ alongAxis("BinaryFocalCrossentropy", focal.BinaryFocalCrossentropy),
);
export const CategoricalFocalCrossentropy = /* @__PURE__ */ reducible(
  "CategoricalFocalCrossentropy",
  /* @__PURE__ */ alongAxis("CategoricalFocalCrossentropy", focal.CategoricalFocalCrossentropy),
);
export const CategoricalGeneralizedCrossEntropy = /* @__PURE__ */ reducible(
  "CategoricalGeneralizedCrossEntropy",
  generalized.CategoricalGeneralizedCrossEntropy,
);
export const CosineSimilarity = /* @__PURE__ */ reducible(
  "CosineSimilarity",
  /* @__PURE__ */ alongAxis("CosineSimilarity", (options: object = {}) => {
    checkOptions("CosineSimilarity", options, ["axis", "reduction"]);
    return regression.cosineSimilarity;
  }),
);
export const Circle = /* @__PURE__ */ reducible("Circle", circles.Circle);
export const Dice = /* @__PURE__ */ reducible("Dice", overlaps.Dice);
export const Tversky = /* @__PURE__ */ reducible("Tversky", overlaps.Tversky);
export const Huber = /* @__PURE__ */ reducible("Huber", regression.Huber);

const plain = onlyReducible;
export const CategoricalHinge = /* @__PURE__ */ plain("CategoricalHinge", hinges.categoricalHinge);
export const CTC = /* @__PURE__ */ plain("CTC", ctc);
export const Hinge = /* @__PURE__ */ plain("Hinge", hinges.hinge);
export const KLDivergence = /* @__PURE__ */ plain("KLDivergence", crossentropies.klDivergence);
export const LogCosh = /* @__PURE__ */ plain("LogCosh", regression.logCosh);
export const MeanAbsoluteError = /* @__PURE__ */ plain("MeanAbsoluteError", regression.meanAbsoluteError);
export const MeanAbsolutePercentageError = /* @__PURE__ */ plain(
  "MeanAbsolutePercentageError",
  regression.meanAbsolutePercentageError,
);
export const MeanSquaredError = /* @__PURE__ */ plain("MeanSquaredError", regression.meanSquaredError);
export const MeanSquaredLogarithmicError = /* @__PURE__ */ plain(
  "MeanSquaredLogarithmicError",
  regression.meanSquaredLogarithmicError,
);
export const Poisson = /* @__PURE__ */ plain("Poisson", regression.poisson);
export const SquaredHinge = /* @__PURE__ */ plain("SquaredHinge", hinges.squaredHinge);
