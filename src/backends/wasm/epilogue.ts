/** How matrix products and convolutions end. */
import type { EpilogueActivation } from "../../kernels.js";
import type { Runner } from "./runner.js";

/** What the tiles clip their results to. */
export const bounds: Record<EpilogueActivation, [low: number, high: number]> = {
  linear: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
  sigmoid: [-Infinity, Infinity],
  tanh: [-Infinity, Infinity],
};

/** What is left to do to all of the `length` elements of an output. */
export function finish(run: Runner, y: number, length: number, activation: EpilogueActivation): void {
  if (activation === "sigmoid" || activation === "tanh") run.rows(activation, run.blocks(length), y, y);
}
