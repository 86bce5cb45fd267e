/** What layers that compute each time step alone have in common, for `Layer.stepper`: true, or a text that says why not. */
import type { PartialShape } from "../shape.js";

/** Whether a layer leaves the time axis of x `[batch, time, ...]` alone if it works along these axes, the last by default. */
export function alongOthers([x]: readonly PartialShape[], axes: number | readonly number[] = -1): true | string {
  const meetsTime = [axes].flat().some((axis) => axis === 1 || axis + x.length === 1);
  return !meetsTime || "it works along the time axis";
}

/** Whether tensors that are joined element by element have the same time axis. */
export function sameTime(shapes: readonly PartialShape[]): true | string {
  const [first] = shapes;
  const fits = (x: PartialShape) => x.length === first.length && (x[1] === 1) === (first[1] === 1);
  return shapes.every(fits) || "its inputs have different time axes";
}

/** Whether an activation function leaves the time axis alone, which is not known of a user's own. */
export function activationSteps(shapes: readonly PartialShape[], activation: unknown): true | string {
  if (typeof activation === "function" && !("className" in activation)) return "its activation is a function of yours, which may work along the time axis"; // prettier-ignore
  return alongOthers(shapes, (activation as { config?: { axis?: number } } | undefined)?.config?.axis);
}
