/** One batch: loss and metrics, and the update of the weights. */
import { valueAndGrad } from "../autograd/gradients.js";
import { ArgumentError } from "../errors.js";
import type { Measured } from "../metric.js";
import { withPenalties } from "../penalties.js";
import { transaction } from "../scope.js";
import { asTensor } from "../tensor.js";
import { tensorsOf } from "./averages.js";
import type { ReadyBatch } from "./data.js";
import type { TrainedModel } from "./trainedModel.js";

/** Updates the weights with one batch. Returns loss and metrics from before the update. */
export function trainStep(where: string, model: TrainedModel, batch: ReadyBatch): Measured[] {
  const { optimizer } = model.needCompiled(where);
  return transaction(() => {
    let measured: Measured[] = [];
    const step = valueAndGrad(() => {
      measured = measureBatch(where, model, batch, true);
      return tensorsOf(measured);
    }, model.trainableWeights);
    optimizer.apply(step().grads);
    return measured;
  });
}

/** Computes loss and metrics of one batch. */
export const testStep = (where: string, model: TrainedModel, batch: ReadyBatch): Measured[] =>
  transaction(() => measureBatch(where, model, batch, false));

function measureBatch(
  where: string,
  model: TrainedModel,
  { x, y, weights }: ReadyBatch,
  training: boolean,
): Measured[] {
  if (y.length === 0) throw new ArgumentError(`${where}: received no targets; give y, or batches [x, y].`);
  const compiled = model.needCompiled(where);
  return withPenalties(
    () => model.compute(x.map(asTensor), { training }),
    (outputs, penalties) =>
      compiled.measure(where, y.map(asTensor), outputs, weights.map(asTensor), [...model.losses, ...penalties]),
  );
}
