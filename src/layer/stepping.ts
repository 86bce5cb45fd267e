/** How a layer takes part in streams, which compute a model one time step after the other. */
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { ComputeOptions } from "./options.js";

/** Computes a layer one time step at a time, from states that the stream keeps for it. */
export interface Stepper {
  /** For each output, whether it has a time axis, `[batch, 1, ...]`, or is the value after the step, `[batch, ...]`. */
  readonly timed: readonly boolean[];
  /** The shapes of the states, `[batch, ...]`, with null for the batch. */
  readonly stateShapes: readonly PartialShape[];
  /**
   * Computes the outputs of one time step from its inputs `[batch, 1, ...]` and the states after the step before; before
   * the first one the list is empty. The tensors that it is given must stay as they are.
   */
  step(inputs: Tensor[], states: readonly Tensor[], options: ComputeOptions): { outputs: Tensor[]; states: Tensor[] };
}
