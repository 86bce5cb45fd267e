/** How somebody looks on while recurrent layers compute (`zoetrope/inspect` does): types alone. */
import type { Tensor } from "./tensor.js";

/**
 * Is shown a gate or state x [batch, ...] of one time step under its name, and gives what the cell goes on with: x itself, or another
 * tensor of its shape. `before`: of a state, its value before the step.
 */
export type See = (name: string, x: Tensor, before?: Tensor) => Tensor;

/** Of one sequence: what is shown the steps of this cell, or undefined where nobody looks at it. */
export type SequenceWatch = (cell: object) => ((name: string, x: Tensor, step: number) => Tensor) | undefined;

/** Handed down in the options of a call (`CallOptions.watch`) to all layers inside. */
export interface Watcher {
  /**
   * A recurrent layer begins a sequence; mask: [batch, time], where it has one. Gives undefined where nobody looks at this layer, which
   * then computes as ever; otherwise the layer computes step by step, as in inference. `step` is the place in the sequence that the layer
   * was given, also where it is read from its end.
   */
  begin(layer: object, mask: Tensor | undefined): SequenceWatch | undefined;
  /** Whether somebody looks at a layer inside of this one: then TimeDistributed calls it once, with all frames. */
  looksInside(layer: object): boolean;
}
