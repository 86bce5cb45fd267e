/** How somebody looks on while recurrent layers compute, as `zoetrope/inspect` does: types alone. */
import type { Tensor } from "./tensor.js";

/**
 * Is shown a gate or state x [batch, ...] of one time step under its name, and returns what the cell goes on with: x itself, or another
 * tensor of its shape. `before`: of a state, its value before the step.
 */
export type See = (name: string, x: Tensor, before?: Tensor) => Tensor;

/** Looks at one sequence. */
export interface SequenceWatch {
  /** Called when a time step begins: the t-th from 0, in the order in which the layer reads the sequence. */
  begin(t: number): void;
  /** What is shown the steps of this cell; undefined where nobody looks at it. */
  see(cell: object): See | undefined;
}

/** Handed down in the options of a call (`ComputeOptions.watch`) to all layers inside. */
export interface Watcher {
  /**
   * Called when a recurrent layer begins a sequence of `time` steps; mask: [batch, time], if there is one. Returns undefined where nobody
   * looks at this layer, which then computes as ever; otherwise the layer computes step by step, as in inference.
   */
  begin(layer: object, time: number, mask: Tensor | undefined): SequenceWatch | undefined;
  /** Whether somebody looks at a layer inside of this one: TimeDistributed then calls that once, with all frames. */
  looksInside(layer: object): boolean;
}
