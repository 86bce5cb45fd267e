/** The loop over time of all recurrent layers whose steps are ordinary ops: whatever the cell, this is what runs it. */
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { where } from "./where.js";
import { reshape, slice, stack } from "./move.js";

/** What a cell gives for one step. */
export type CellResult = [output: Tensor, states: Tensor[]];

export interface RecurrenceOptions {
  /** Whether all outputs are wanted, or only the last. */
  sequences: boolean;
  /** [steps, batch] of 1 and 0. Where it is 0 the states stay, and the output is the one before it (zeros at first). */
  mask?: Tensor | undefined;
  /** Whether the output of a masked step is zeros instead. */
  zeroOutputForMask?: boolean;
}

/** outputs: [steps, batch, ...] if asked for; output: the last. */
export interface RecurrenceResult {
  outputs: Tensor | undefined;
  output: Tensor;
  states: Tensor[];
}

/** Runs `step` on x: [steps, batch, ...], one step after the other; each is handed the states that the one before it gave. */
export function recurrence(
  x: Tensor,
  initial: readonly Tensor[],
  step: (x: Tensor, states: Tensor[]) => CellResult,
  { sequences, mask, zeroOutputForMask }: RecurrenceOptions,
): RecurrenceResult {
  return scope(() => {
    const outputs: Tensor[] = [];
    let states = [...initial];
    let output: Tensor | undefined;
    for (let t = 0; t < x.shape[0]; t++) {
      const before = zeroOutputForMask ? undefined : output;
      [output, states] = scope(() => {
        const [y, next] = step(at(x, t), states);
        if (!mask) return [y, next];
        const isUsed = at(mask, t);
        return [where(isUsed, y, before), next.map((state, i) => where(isUsed, state, states[i]))];
      });
      if (sequences) outputs.push(output);
    }
    // Handles of their own: a cell may give a state for its output, or a state that it was given.
    const own = (y: Tensor) => reshape(y, y.shape);
    return { outputs: sequences ? stack(outputs) : undefined, output: own(output!), states: states.map(own) };
  });
}

const at = (x: Tensor, t: number): Tensor => reshape(slice(x, [t], [1]), x.shape.slice(1));
