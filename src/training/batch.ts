/** One batch: what is measured on it, and the update by it. */
import { valueAndGrad } from "../autograd/gradients.js";
import { ArgumentError } from "../errors.js";
import type { Measured } from "../metrics/rules.js";
import { withPenalties } from "../penalties.js";
import { scope } from "../scope.js";
import { asTensor } from "../tensor.js";
import type { Trainable } from "../training.js";
import { tensorsOf } from "./averages.js";
import { alone, type ReadyBatch } from "./data.js";

/** Updates the weights. Gives what was measured before. */
export function trainStep(where: string, model: Trainable, batch: ReadyBatch): Measured[] {
  const { optimizer } = model.needCompiled(where);
  return scope(() => {
    let measured: Measured[] = [];
    const step = valueAndGrad(() => {
      measured = measureBatch(where, model, batch, true);
      return tensorsOf(measured);
    }, model.trainableWeights);
    optimizer.apply(step().grads);
    return measured;
  });
}

export const testStep = (where: string, model: Trainable, batch: ReadyBatch): Measured[] =>
  scope(() => measureBatch(where, model, batch, false));

function measureBatch(where: string, model: Trainable, { x, y, weights }: ReadyBatch, training: boolean): Measured[] {
  if (y.length === 0) throw new ArgumentError(`${where}: received no targets; give y, or batches [x, y].`);
  const compiled = model.needCompiled(where);
  return withPenalties(
    () => [model.compute(alone(x.map(asTensor)), { training })].flat(),
    (outputs, penalties) =>
      compiled.measure(where, y.map(asTensor), outputs, weights.map(asTensor), [...model.losses, ...penalties]),
  );
}
