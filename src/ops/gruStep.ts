/** A gated recurrent unit (Cho et al., 2014), one step written with ordinary ops. */
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { add, multiply, subtract } from "./arithmetic.js";
import { gatePart } from "./gates.js";

export interface GruCell {
  /** h: [...rows, units] to [...rows, 2 units], for update and reset. */
  projectGates: (h: Tensor) => Tensor;
  /** h (or r h): [...rows, units] to [...rows, units], for the candidate. */
  projectCandidate: (h: Tensor) => Tensor;
  /** Whether the reset gate takes effect after the candidate's projection (as in cuDNN), or before it (as in the paper). */
  resetAfter: boolean;
  activation: (x: Tensor) => Tensor;
  recurrentActivation: (x: Tensor) => Tensor;
}

/** Update z, reset r, candidate g, and the new state h = z h + (1 - z) g. */
export interface GruStep {
  z: Tensor;
  r: Tensor;
  g: Tensor;
  h: Tensor;
}

/** One step from the input's projection x: [...rows, 3 units] and the state h before it. */
export function gruStep(x: Tensor, h: Tensor, cell: GruCell): GruStep {
  return scope(() => {
    const gates = add(gatePart(x, 0, 3, 2), cell.projectGates(h));
    const z = cell.recurrentActivation(gatePart(gates, 0, 2));
    const r = cell.recurrentActivation(gatePart(gates, 1, 2));
    const { resetAfter, projectCandidate } = cell;
    const inner = resetAfter ? multiply(r, projectCandidate(h)) : projectCandidate(multiply(r, h));
    const g = cell.activation(add(gatePart(x, 2, 3), inner));
    return { z, r, g, h: add(multiply(z, h), multiply(subtract(1, z), g)) };
  });
}
