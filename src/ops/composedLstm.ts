/**
 * The same recurrence as `lstmSteps`, written with ordinary ops: slower, any activations, every gate of every step a tensor of its
 * own on the tape. It is what to read first, what the fused op is tested against, and what serves activations other than
 * tanh and sigmoid, masks and dropout.
 */
import { scope, type Tensor, zeros } from "../tensor.js";
import { add, multiply } from "./arithmetic.js";
import { gatePart } from "./gates.js";
import type { LstmResult, LstmState } from "./lstmSteps.js";
import { recurrence } from "./recurrence.js";

export interface ComposedCell {
  /** h: [...rows, units] to [...rows, 4 units]. */
  project: (h: Tensor) => Tensor;
  activation: (x: Tensor) => Tensor;
  recurrentActivation: (x: Tensor) => Tensor;
}

/** The gates and states of one step. */
export interface LstmStep extends LstmState {
  i: Tensor;
  f: Tensor;
  g: Tensor;
  o: Tensor;
}

/** One step from the input's projection z: [...rows, 4 units] and the state before it. */
export function lstmStep(z: Tensor, { h, c }: LstmState, cell: ComposedCell): LstmStep {
  return scope(() => {
    const sum = add(z, cell.project(h));
    const i = cell.recurrentActivation(gatePart(sum, 0, 4));
    const f = cell.recurrentActivation(gatePart(sum, 1, 4));
    const g = cell.activation(gatePart(sum, 2, 4));
    const o = cell.recurrentActivation(gatePart(sum, 3, 4));
    const next = add(multiply(f, c), multiply(i, g));
    return { i, f, g, o, c: next, h: multiply(o, cell.activation(next)) };
  });
}

/** All steps. zx: [steps, ...rows, 4 units]; initial state zeros unless given. */
export function composedLstm(zx: Tensor, cell: ComposedCell, sequences: boolean, initial?: LstmState): LstmResult {
  return scope(() => {
    const row = zx.shape.slice(1);
    const nothing = zeros([...row.slice(0, -1), row.at(-1)! / 4]);
    const first = [initial?.h ?? nothing, initial?.c ?? nothing];
    const step = (z: Tensor, [h, c]: Tensor[]): [Tensor, Tensor[]] => {
      const next = lstmStep(z, { h, c }, cell);
      return [next.h, [next.h, next.c]];
    };
    const { outputs, states } = recurrence(zx, first, step, { sequences });
    return { hs: outputs, h: states[0], c: states[1] };
  });
}
