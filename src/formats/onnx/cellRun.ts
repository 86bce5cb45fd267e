/** The arguments and results of the writers of recurrent cells. */
import type { RecurrentLayer } from "../../layers/index.js";
import type { Value } from "./builder.js";

/** One pass of a cell over a sequence. */
export interface CellRun {
  readonly layer: RecurrentLayer;
  /** The input, [batch, time, ...]. */
  readonly x: Value;
  /** The states before the first time step; zeros where undefined. */
  readonly initial: readonly Value[] | undefined;
  /** Whether the sequence is read from its last time step to its first. */
  readonly backwards: boolean;
  /** Whether the outputs of all time steps are needed, not only the last one. */
  readonly sequences: boolean;
  /** Whether the graph is that of one time step, with the states before it as `initial`. */
  readonly isStep: boolean;
}

/** The results of one pass. */
export interface CellResult {
  /** All outputs, [batch, time, ...] in the order of x; undefined where only the last one is needed. */
  readonly outputs: Value | undefined;
  /** The states after the last time step that was read, in the order of the cell's `stateShapes`. */
  readonly states: readonly Value[];
  /** The output of the last time step that was read, the first state by default. */
  readonly output?: Value;
}
