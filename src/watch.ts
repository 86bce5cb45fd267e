/** How `zoetrope/inspect` watches recurrent layers while they compute: types alone. */
import type { Tensor } from "./tensor.js";

/**
 * Is shown a gate or state x [batch, ...] of one time step under its name, and returns what the cell goes on with: x itself, or another
 * tensor of its shape. `before`: of a state, its value before the step.
 */
export type See = (name: string, x: Tensor, before?: Tensor) => Tensor;

/** Watches one sequence. */
export interface SequenceWatch {
  /** Called when a time step begins: the t-th from 0, in the order in which the layer reads the sequence. */
  begin(t: number): void;
  /** Called once when a cell begins the sequence. Returns what is shown the cell's time steps; undefined where the cell is not watched. */
  see(cell: object): See | undefined;
}

/** Handed down in the options of a call (`ComputeOptions.watch`) to all layers inside. */
export interface Watcher {
  /**
   * Called when a recurrent layer begins a sequence of `time` time steps; mask: [batch, time], if there is one. Returns undefined where
   * this layer is not watched, which then computes as ever; otherwise the layer computes time step by time step, as in inference.
   */
  begin(layer: object, time: number, mask: Tensor | undefined): SequenceWatch | undefined;
  /** Whether a cell inside this layer is watched: TimeDistributed then calls its layer once, with all frames. */
  looksInside(layer: object): boolean;
}
