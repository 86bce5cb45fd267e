/** The options of fit, evaluate and predict. */
import type { Callback } from "../callback.js";
import { ArgumentError } from "../errors.js";
import type { ClassWeight } from "./classWeights.js";
import type { BatchSource, DataList } from "./data.js";

/** 0: nothing. 1: a line that moves, where there is a terminal; otherwise, and with 2, one line an epoch. */
export type Verbosity = 0 | 1 | 2;

/** Targets, weights and batch size of a run over data. */
export interface EvaluateOptions {
  /** Samples in a batch, 32 by default; the last one may be shorter. Not for data that come in batches. */
  batchSize?: number;
  /** One weight a sample ([samples]), or a value ([samples, time]), that its loss is multiplied by. */
  sampleWeight?: DataList;
  /** Batches to take, where data have no end. */
  steps?: number;
  callbacks?: readonly Callback[];
  /** 0 by default for `evaluate`, 1 for `fit`: see `fit`. */
  verbose?: Verbosity;
  /** Looked at before each batch (by `predict` also within one); its reason is thrown. */
  signal?: AbortSignal | undefined;
}

export interface PredictOptions extends Pick<EvaluateOptions, "batchSize" | "steps" | "callbacks" | "signal"> {
  /**
   * Called with the share that is done, by multiply-adds, from 0 to 1: whenever others get to run, and after each batch. The
   * number of batches must be known: of those that an iterable gives, `steps`.
   */
  onProgress?: (share: number) => void;
}

export interface FitOptions extends Omit<EvaluateOptions, "steps"> {
  /** Number of the last epoch, 1 by default. */
  epochs?: number;
  /** Number of epochs that are behind, 0 by default. */
  initialEpoch?: number;
  /** Batches in an epoch; without it an epoch is all data once. */
  stepsPerEpoch?: number;
  /** The last part of the samples that is not trained on but validated with, from 0 to 1; cut before shuffling. */
  validationSplit?: number;
  /**
   * Evaluated after each epoch, as `val_loss` and so on: [x, y], [x, y, sampleWeight], or batches. A list is always the
   * former; a list of batches is given as `() => list`.
   */
  validationData?: readonly [x: DataList, y: DataList, sampleWeight?: DataList] | BatchSource;
  validationSteps?: number;
  /** Whether samples come in a new order each epoch, true by default. Batches come as they are given. */
  shuffle?: boolean;
  /** Of the order; without it the next stream of the global seed. */
  seed?: number;
  /** Weights by class, for one output of class numbers or one-hot rows. */
  classWeight?: ClassWeight;
}

export const predictOptions = ["batchSize", "steps", "callbacks", "signal", "onProgress"];

/** @throws ArgumentError for an option of these that is given and no whole number from 1. */
export function checkCounts<Options extends object>(
  where: string,
  options: Options,
  names: readonly (keyof Options & string)[],
): void {
  for (const name of names) {
    const value = options[name];
    if (value === undefined || (Number.isInteger(value) && (value as number) > 0)) continue;
    throw new ArgumentError(`${where}: ${name} is ${JSON.stringify(value)}; expected a whole number from 1.`);
  }
}
