/** The types by which `zoetrope/inspect` watches recurrent layers while they compute. */
import type { Tensor } from "./tensor.js";

/**
 * A function that receives each gate or state x [batch, ...] of one time step with its name, and returns the tensor with which the cell
 * continues: x itself, or another tensor of the same shape. `before` is the value of a state before the step; undefined for gates.
 */
export type StepHook = (name: string, x: Tensor, before?: Tensor) => Tensor;

/** Watches one sequence. */
export interface SequenceWatch {
  /** Called when a time step begins: the t-th from 0, in the order in which the layer reads the sequence. */
  begin(t: number): void;
  /** Called once when a cell begins the sequence. Returns the hook of the cell; undefined where the cell is not watched. */
  hookFor(cell: object): StepHook | undefined;
}

/** Watches one call of a layer or model. It is passed to all layers inside in the options of the call (`ComputeOptions.watch`). */
export interface Watcher {
  /**
   * Called when a recurrent layer begins a sequence of `time` time steps; mask: [batch, time], if there is one. Returns undefined where
   * this layer is not watched, which then computes as usual; otherwise the layer computes one time step after the other, as in inference.
   */
  begin(layer: object, time: number, mask: Tensor | undefined): SequenceWatch | undefined;
  /** Whether a cell inside this layer is watched: TimeDistributed then calls its layer once, with all frames. */
  watchesInside(layer: object): boolean;
}
