/** The activations of matrix products and convolutions. */
import type { EpilogueActivation } from "../../kernels.js";
import type { Runner } from "./runner.js";

/** The interval that the kernels clip their results to, by activation. */
export const bounds: Record<EpilogueActivation, [low: number, high: number]> = {
  linear: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
  sigmoid: [-Infinity, Infinity],
  tanh: [-Infinity, Infinity],
};

/** Applies those activations that clipping does not compute, to all `length` elements of an output. */
export function finish(run: Runner, y: number, length: number, activation: EpilogueActivation): void {
  if (activation === "sigmoid" || activation === "tanh") run.rows(activation, run.blocks(length), y, y);
}
