/** The bias and the activation of convolutions. */
import type { EpilogueActivation } from "../../kernels.js";
import type { ReferenceBuffer } from "./buffer.js";
import { activations } from "./elementwise.js";

/** y = activation(sums + bias), in rows of `filters` elements. */
export function addBiasAndActivate(
  y: ReferenceBuffer,
  sums: Float64Array,
  filters: number,
  bias: ReferenceBuffer | undefined,
  activation: EpilogueActivation = "linear",
): void {
  const activate = activations[activation];
  for (let i = 0; i < sums.length; i++) y.values[i] = activate(bias ? sums[i] + bias.values[i % filters] : sums[i]);
}
