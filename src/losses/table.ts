/** Losses by name: one table. */
import { checkFunction, unknownName } from "../errors.js";
import { type Loss, lossFrom, type LossRule } from "../loss.js";
import * as crossentropies from "./crossentropies.js";
import * as hinges from "./hinges.js";
import * as regression from "./regression.js";

/** Every loss by its name, and by the short names that Keras has. */
export const losses: Readonly<Record<string, Loss>> = {
  categoricalCrossentropy: crossentropies.categoricalCrossentropy,
  sparseCategoricalCrossentropy: crossentropies.sparseCategoricalCrossentropy,
  binaryCrossentropy: crossentropies.binaryCrossentropy,
  klDivergence: crossentropies.klDivergence,
  meanSquaredError: regression.meanSquaredError,
  meanAbsoluteError: regression.meanAbsoluteError,
  meanAbsolutePercentageError: regression.meanAbsolutePercentageError,
  meanSquaredLogarithmicError: regression.meanSquaredLogarithmicError,
  huber: regression.huber,
  logCosh: regression.logCosh,
  poisson: regression.poisson,
  cosineSimilarity: regression.cosineSimilarity,
  hinge: hinges.hinge,
  squaredHinge: hinges.squaredHinge,
  categoricalHinge: hinges.categoricalHinge,
  bce: crossentropies.binaryCrossentropy,
  kld: crossentropies.klDivergence,
  mse: regression.meanSquaredError,
  mae: regression.meanAbsoluteError,
  mape: regression.meanAbsolutePercentageError,
  msle: regression.meanSquaredLogarithmicError,
};

/**
 * Finds the loss that an option names: a name of the table, a loss, or a user-defined rule that gives a loss for each sample.
 * @throws ArgumentError for a name that is not in the table.
 */
export function getLoss(where: string, loss: string | LossRule): Loss {
  if (typeof loss !== "string") {
    checkFunction(`${where}: loss`, loss);
    return isLoss(loss) ? loss : lossFrom(loss.name || "loss", loss);
  }
  if (Object.hasOwn(losses, loss)) return losses[loss];
  throw unknownName(where, "loss", loss, Object.keys(losses));
}

const isLoss = (loss: LossRule): loss is Loss => "perSample" in loss;
