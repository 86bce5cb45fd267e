/** Every loss by name, and every function that makes one: what files name. No page that only trains holds this table. */
import type { Loss } from "../loss.js";
import { circle } from "./circle.js";
import * as classes from "./classes.js";
import { ctc } from "./ctc.js";
import { binaryFocalCrossentropy, categoricalFocalCrossentropy } from "./focal.js";
import { categoricalGeneralizedCrossEntropy } from "./generalizedCrossentropy.js";
import { dice, tversky } from "./overlaps.js";
import { losses } from "./table.js";

/** Every loss by its name: those that `compile` takes by name, and those that it takes as functions. */
export const allLosses: Readonly<Record<string, Loss>> = {
  ...losses,
  binaryFocalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  circle,
  ctc,
  dice,
  tversky,
};

/** The functions that make losses with options, by the name of the loss. */
export const lossMakers: Readonly<Record<string, (options?: never) => Loss>> = {
  binaryCrossentropy: classes.BinaryCrossentropy,
  binaryFocalCrossentropy: classes.BinaryFocalCrossentropy,
  categoricalCrossentropy: classes.CategoricalCrossentropy,
  categoricalFocalCrossentropy: classes.CategoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy: classes.CategoricalGeneralizedCrossEntropy,
  categoricalHinge: classes.CategoricalHinge,
  circle: classes.Circle,
  ctc: classes.CTC,
  cosineSimilarity: classes.CosineSimilarity,
  dice: classes.Dice,
  hinge: classes.Hinge,
  huber: classes.Huber,
  klDivergence: classes.KLDivergence,
  logCosh: classes.LogCosh,
  meanAbsoluteError: classes.MeanAbsoluteError,
  meanAbsolutePercentageError: classes.MeanAbsolutePercentageError,
  meanSquaredError: classes.MeanSquaredError,
  meanSquaredLogarithmicError: classes.MeanSquaredLogarithmicError,
  poisson: classes.Poisson,
  sparseCategoricalCrossentropy: classes.SparseCategoricalCrossentropy,
  squaredHinge: classes.SquaredHinge,
  tversky: classes.Tversky,
};
