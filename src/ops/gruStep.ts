/** A gated recurrent unit (Cho et al., 2014): one time step, written with ordinary ops. */
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import type { See } from "../watch.js";
import { add, multiply, subtract } from "./arithmetic.js";
import { gatePart, unseen } from "./gates.js";

/** What `gruStep` needs of a cell: its products with the state, and its functions. */
export interface GruCell {
  /** The state's part of update and reset: h [...rows, units] to [...rows, 2 units]. */
  projectGates: (h: Tensor) => Tensor;
  /** The state's part of the candidate: h (or r h) [...rows, units] to [...rows, units]. */
  projectCandidate: (h: Tensor) => Tensor;
  /** Whether the reset gate takes effect after the candidate's projection (as in cuDNN), or before it (as in the paper). */
  resetAfter: boolean;
  /** Of the candidate g. */
  activation: (x: Tensor) => Tensor;
  /** Of the gates z and r. */
  recurrentActivation: (x: Tensor) => Tensor;
}

/** Update z, reset r, candidate g, and the new state h; each [...rows, units]. */
export interface GruStep {
  /** The update gate: how much of the state stays. */
  z: Tensor;
  /** The reset gate: how much of the state reaches the candidate. */
  r: Tensor;
  /** The candidate for the new state. */
  g: Tensor;
  /** The new state. */
  h: Tensor;
}

/**
 * One time step of a GRU (Cho et al., 2014), with all that is computed on the way. x = (x_z, x_r, x_g): [...rows, 3 units] is the
 * projected input; U_z, U_r and U_g stand for the state's projections.
 *
 *     z  = sigmoid(x_z + U_z h)              how much of the state stays
 *     r  = sigmoid(x_r + U_r h)              how much of the state reaches the candidate
 *     g  = tanh(x_g + r (U_g h))             the candidate; tanh(x_g + U_g (r h)) with resetAfter: false
 *     h' = z h + (1 - z) g
 *
 * @param h the state before the step, [...rows, units].
 * @param see is shown each of the four under its name, and gives the tensor to go on with; by default the same.
 */
export function gruStep(x: Tensor, h: Tensor, cell: GruCell, see: See = unseen): GruStep {
  return scope(() => {
    const { projectGates, projectCandidate, resetAfter, activation, recurrentActivation } = cell;
    const gates = add(gatePart(x, 0, 3, 2), projectGates(h));
    const z = see("z", recurrentActivation(gatePart(gates, 0, 2)));
    const r = see("r", recurrentActivation(gatePart(gates, 1, 2)));
    const fromState = resetAfter ? multiply(r, projectCandidate(h)) : projectCandidate(multiply(r, h));
    const g = see("g", activation(add(gatePart(x, 2, 3), fromState)));
    const next = see("h", add(multiply(z, h), multiply(subtract(1, z), g)), h);
    return { z, r, g, h: next };
  });
}
