/**
 * The same recurrence as `lstmSteps`, written with ordinary ops: slower, any activations, every gate of every step a tensor of its
 * own on the tape. It is what to read first, what the fused op is tested against, and what serves activations other than
 * tanh and sigmoid.
 */
import { scope, Tensor, zeros } from "../tensor.js";
import { add, multiply } from "./arithmetic.js";
import { reshape, slice, stack } from "./move.js";
import type { LstmResult, LstmState } from "./lstmSteps.js";

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
    const units = sum.shape.at(-1)! / 4;
    const lead = sum.shape.slice(0, -1).map(() => 0);
    const gate = (index: number) => slice(sum, [...lead, index * units], [...lead.map(() => -1), units]);
    const i = cell.recurrentActivation(gate(0));
    const f = cell.recurrentActivation(gate(1));
    const g = cell.activation(gate(2));
    const o = cell.recurrentActivation(gate(3));
    const next = add(multiply(f, c), multiply(i, g));
    return { i, f, g, o, c: next, h: multiply(o, cell.activation(next)) };
  });
}

/** All steps. zx: [steps, ...rows, 4 units]; initial state zeros unless given. */
export function composedLstm(zx: Tensor, cell: ComposedCell, sequences: boolean, initial?: LstmState): LstmResult {
  return scope(() => {
    const [steps, ...row] = zx.shape as [number, ...number[]];
    const stateShape = [...row.slice(0, -1), row.at(-1)! / 4];
    let state: LstmState = initial ?? { h: zeros(stateShape), c: zeros(stateShape) };
    const hs: Tensor[] = [];
    for (let t = 0; t < steps; t++) {
      const z = reshape(slice(zx, [t], [1]), row);
      state = lstmStep(z, state, cell);
      hs.push(state.h);
    }
    return { hs: sequences ? stack(hs) : undefined, h: state.h, c: state.c };
  });
}
