/**
 * The part of a model that the training loops use. `Trainable` implements it; the loops import this file instead of
 * `Trainable`, so that there is no import cycle.
 */
import type { CallbackModel, History } from "../callback.js";
import type { Layer, SymbolicTensor } from "../layer.js";
import type { Compiled } from "./compiled.js";
import type { Ends } from "./data.js";

export interface TrainedModel
  extends CallbackModel, Ends, Pick<Layer, "label" | "compute" | "trainableWeights" | "losses"> {
  /** The symbolic tensors of the outputs. */
  readonly outputs: readonly Pick<SymbolicTensor, "shape">[];
  /** The history of the last (or running) `fit`. */
  history: History | undefined;
  /** @throws ArgumentError where `compile` was not called. */
  needCompiled(where: string): Compiled;
}
