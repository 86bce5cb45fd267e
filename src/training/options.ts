/** The options of fit, evaluate and predict. */
import type { Callback } from "../callback.js";
import { ArgumentError, checkNumbers, checkOptions, shown } from "../errors.js";
import type { ClassWeight } from "./classWeights.js";
import type { BatchSource, DataList, SampleWeight } from "./data.js";
import type { Checkpoint } from "./keeper.js";

/**
 * How much is printed: 0 nothing; 1 a progress line in a terminal, and elsewhere one line for each epoch; 2 one line for
 * each epoch.
 */
export type Verbosity = 0 | 1 | 2;

/** The options of `evaluate`. */
export interface EvaluateOptions {
  /** The number of samples in a batch, 32 by default; the last batch may be shorter. Ignored for data that come in batches. */
  batchSize?: number;
  /**
   * Factors of the losses: one for each sample, [samples], or for each time step, [samples, time]. With several outputs
   * one array for all, or a list with one for each, where null stands for 1 everywhere. All 1 by default.
   */
  sampleWeight?: SampleWeight;
  /** The number of batches to use; all by default. Required for data without an end. */
  steps?: number;
  /** Objects whose hooks are called; none by default. */
  callbacks?: readonly Callback[];
  /** How much is printed: 0, 1 or 2, see `Verbosity`; 0 by default for `evaluate`, 1 for `fit`. */
  verbose?: Verbosity;
  /**
   * Checked before each batch (by `predict` and `fit` also within one); when it is aborted its reason is thrown. None by
   * default.
   */
  signal?: AbortSignal | undefined;
}

/** The options of `predict`. */
export interface PredictOptions extends Pick<EvaluateOptions, "batchSize" | "steps" | "callbacks" | "signal"> {
  /**
   * Called with the fraction that is done, from 0 to 1, by multiply-adds: at each yield to the event loop and after
   * each batch. The number of batches must be known: for batches of an iterable give `steps`. None by default.
   */
  onProgress?: (share: number) => void;
  /**
   * Whether kernel calls are planned: joined, and kept for the next call with inputs of the same shape. Without, the
   * model is computed layer by layer. True by default.
   */
  plan?: boolean;
}

/** The options of `fit`. */
export interface FitOptions extends Omit<EvaluateOptions, "steps"> {
  /** The total number of epochs, those before `initialEpoch` included; 1 by default. */
  epochs?: number;
  /** The number of the first epoch, which is the number of epochs that were trained before; 0 by default. */
  initialEpoch?: number;
  /** The number of batches in an epoch; by default an epoch is all data once. */
  stepsPerEpoch?: number;
  /**
   * The fraction of the samples, the last ones before shuffling, to validate with instead of training on; 0 by default.
   */
  validationSplit?: number;
  /**
   * Data to evaluate after each epoch, as `val_loss` and so on: [x, y], [x, y, sampleWeight], or batches. A list is
   * always one of the former; give a list of batches as `() => list`. None by default.
   */
  validationData?: readonly [x: DataList, y: DataList, sampleWeight?: SampleWeight] | BatchSource;
  /** The number of batches of `validationData` to use after each epoch; all by default. */
  validationSteps?: number;
  /** Whether samples are shuffled for each epoch, true by default. Batches keep the order in which they are given. */
  shuffle?: boolean;
  /** The seed of the shuffling; by default the next stream of the global seed (`setSeed`). */
  seed?: number;
  /**
   * Whether the layers before the first one that training changes are computed once for each sample, at the beginning,
   * and not again in each epoch; false by default. For a head on a network that was trained before: what is frozen by
   * `layer.trainable = false`, has no state and draws no random numbers is kept, as float32 in the host's memory; a layer
   * of yours only if it has `pure = true`, by which it says that it computes the same in training as otherwise. Inputs
   * and validation data must be samples, not batches. The losses are the same as without, up to rounding.
   */
  cacheFrozen?: boolean;
  /** Factors of the losses by class, for one output of class numbers or one-hot rows; all 1 by default. */
  classWeight?: ClassWeight;
  /**
   * Where the state of the training is kept, as `checkpointAt("run.checkpoint")` of `zoetrope/formats`: the same call goes on
   * from there, whatever has ended the one before. None by default.
   */
  checkpoint?: Checkpoint | undefined;
  /**
   * Whether the kernel calls of a step are recorded and kept for the next steps with data of the same shape, instead of
   * calling the layers at each step; the results have the same bits. By default they are where layers, losses and metrics
   * are all of this package. True: also code of yours, which must do the same at each step, and depend on nothing but its
   * tensors and the fields of its layers. False: never. Models with a layer of `recompute` or `pure: false` are not planned.
   */
  plan?: boolean;
}

/** The names of the options of `predict`. */
export const predictOptions = ["batchSize", "steps", "callbacks", "signal", "onProgress", "plan"];

/** Checks the options of `fit`, `evaluate` and `predict`. @throws ArgumentError */
export function checkLoopOptions(
  where: string,
  options: Pick<EvaluateOptions, "callbacks">,
  known: readonly string[],
): void {
  checkOptions(where, options, known);
  const counts = ["batchSize", "epochs", "steps", "stepsPerEpoch", "validationSteps"];
  checkNumbers(where, options, "a whole number from 1", counts);
  checkNumbers(where, options, "a whole number from 0", ["initialEpoch"]);
  checkNumbers(where, options, "a number from 0, below 1", ["validationSplit"]);
  const { callbacks = [] } = options;
  if (Array.isArray(callbacks) && [...callbacks].every((callback) => callback instanceof Object)) return;
  throw new ArgumentError(`${where}: callbacks ${shown(callbacks)}; expected a list.`);
}
