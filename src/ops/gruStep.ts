/** A gated recurrent unit (Cho et al., 2014): one time step, written with ordinary ops. */
import { checkFunction } from "../errors.js";
import { checkTensors } from "../op.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import type { StepHook } from "../watch.js";
import { add, multiply, subtract } from "./arithmetic.js";
import { gatePart, noHook } from "./gates.js";

/** The functions of a cell that `gruStep` calls: its products with the state, and its activation functions. */
export interface GruCellFunctions {
  /** The state's part of update and reset: h [...rows, units] to [...rows, 2 units]. */
  projectGates: (h: Tensor) => Tensor;
  /** The state's part of the candidate: h (or r h) [...rows, units] to [...rows, units]. */
  projectCandidate: (h: Tensor) => Tensor;
  /** Whether the reset gate takes effect after the candidate's projection (as in cuDNN), or before it (as in the paper). */
  resetAfter: boolean;
  /** The activation function of the candidate g. */
  activation: (x: Tensor) => Tensor;
  /** The activation function of the gates z and r. */
  recurrentActivation: (x: Tensor) => Tensor;
}

/** The gates of one time step of a GRU and the new state, each [...rows, units]. */
export interface GruStep {
  /** The update gate: how much of the state is kept. */
  z: Tensor;
  /** The reset gate: how much of the state reaches the candidate. */
  r: Tensor;
  /** The candidate for the new state. */
  g: Tensor;
  /** The new state. */
  h: Tensor;
}

/**
 * Computes one time step of a GRU (Cho et al., 2014), with all its intermediate values. x = (x_z, x_r, x_g): [...rows, 3 units] is the
 * projected input; U_z, U_r and U_g are the projections of the state.
 *
 *     z  = sigmoid(x_z + U_z h)              how much of the state is kept
 *     r  = sigmoid(x_r + U_r h)              how much of the state reaches the candidate
 *     g  = tanh(x_g + r (U_g h))             the candidate; tanh(x_g + U_g (r h)) with resetAfter: false
 *     h' = z h + (1 - z) g
 *
 * @param h the state before the step, [...rows, units].
 * @param hook receives each of the four with its name, and returns the tensor that replaces it; by default the same.
 */
export function gruStep(x: Tensor, h: Tensor, cell: GruCellFunctions, hook: StepHook = noHook): GruStep {
  checkTensors("gruStep", [x, h]);
  checkFunction("gruStep: hook", hook);
  return scope(() => {
    const { projectGates, projectCandidate, resetAfter, activation, recurrentActivation } = Object(
      cell,
    ) as GruCellFunctions;
    for (const part of [projectGates, projectCandidate, activation, recurrentActivation]) {
      checkFunction("gruStep: cell", part);
    }
    const gates = add(gatePart(x, 0, 3, 2), projectGates(h));
    const z = hook("z", recurrentActivation(gatePart(gates, 0, 2)));
    const r = hook("r", recurrentActivation(gatePart(gates, 1, 2)));
    const fromState = resetAfter ? multiply(r, projectCandidate(h)) : projectCandidate(multiply(r, h));
    const g = hook("g", activation(add(gatePart(x, 2, 3), fromState)));
    const next = hook("h", add(multiply(z, h), multiply(subtract(1, z), g)), h);
    return { z, r, g, h: next };
  });
}
