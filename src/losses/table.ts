/** Losses by name: one table. */
import { unknownName } from "../errors.js";
import { type Loss, lossFrom, type LossRule } from "../loss.js";
import {
  BinaryCrossentropy,
  binaryCrossentropy,
  CategoricalCrossentropy,
  categoricalCrossentropy,
  klDivergence,
  SparseCategoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from "./crossentropies.js";
import { categoricalHinge, hinge, squaredHinge } from "./hinges.js";
import {
  cosineSimilarity,
  Huber,
  huber,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
} from "./regression.js";

const all = [
  ...[categoricalCrossentropy, sparseCategoricalCrossentropy, binaryCrossentropy, klDivergence],
  ...[meanSquaredError, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredLogarithmicError],
  ...[huber, logCosh, poisson, cosineSimilarity, hinge, squaredHinge, categoricalHinge],
];

/** Every loss by its name, and by the short names that Keras has. */
export const losses: Readonly<Record<string, Loss>> = {
  ...Object.fromEntries(all.map((loss) => [loss.name, loss])),
  bce: binaryCrossentropy,
  kld: klDivergence,
  mse: meanSquaredError,
  mae: meanAbsoluteError,
  mape: meanAbsolutePercentageError,
  msle: meanSquaredLogarithmicError,
};

/** For the losses that have options: makes one from its options, by the name of the loss. */
export const lossFactories: Readonly<Record<string, (options?: never) => Loss>> = {
  categoricalCrossentropy: CategoricalCrossentropy,
  sparseCategoricalCrossentropy: SparseCategoricalCrossentropy,
  binaryCrossentropy: BinaryCrossentropy,
  huber: Huber,
};

/**
 * The loss that an option means: a name of the table, a loss, or a user-defined rule that gives a loss for each sample.
 * @throws ArgumentError for a name that is not in the table.
 */
export function getLoss(where: string, loss: string | LossRule): Loss {
  if (typeof loss !== "string") return isLoss(loss) ? loss : lossFrom(loss.name || "loss", loss);
  if (Object.hasOwn(losses, loss)) return losses[loss];
  throw unknownName(where, "loss", loss, Object.keys(losses));
}

const isLoss = (loss: LossRule): loss is Loss => "perSample" in loss;
