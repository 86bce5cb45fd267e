/** One batch: what is measured on it, and the update by it. */
import { stopGradient, valueAndGrad } from "../autograd.js";
import { ArgumentError } from "../errors.js";
import { getLoss, losses, weightedSum } from "../losses/rules.js";
import { measure, type Measured, metricFrom, type MetricRule, metrics } from "../metrics/rules.js";
import { withPenalties } from "../penalties.js";
import { scope, type Tensor } from "../tensor.js";
import type { Trainable } from "../training.js";
import { tensorsOf } from "./averages.js";
import type { Compiled, MetricOption } from "./compiled.js";
import { alone, asTensor, type ReadyBatch } from "./data.js";

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
      measureOutputs(where, compiled, y.map(asTensor), outputs, weights.map(asTensor), [...model.losses, ...penalties]),
  );
}

/** Loss (with `penalties`) and metrics of a batch. Only the loss, which is the first, leaves a trace for gradients. */
function measureOutputs(
  where: string,
  compiled: Compiled,
  y: readonly Tensor[],
  outputs: readonly Tensor[],
  weights: readonly Tensor[],
  penalties: readonly Tensor[],
): Measured[] {
  if (compiled.losses.length === 0) {
    throw new ArgumentError(`${where}: compile was given no loss; say which, as in compile({ loss: "mse" }).`);
  }
  const parts = compiled.losses.map(({ loss, output: i }) => getLoss(where, loss)(y[i], outputs[i], weights[i]));
  const loss = weightedSum(
    [...parts, ...penalties],
    [...compiled.losses.map(({ weight }) => weight), ...penalties.map(() => 1)],
  );
  const count = outputs[0].shape[0];
  const several = parts.length > 1 ? parts : [];
  const measured = stopGradient(() =>
    compiled.metrics.map(({ metric, name, output: i }) => measure(metricFrom(name, ruleOf(metric)), y[i], outputs[i])),
  );
  return [...[loss, ...several].map((value) => ({ value, count })), ...measured];
}

function ruleOf(metric: MetricOption): MetricRule {
  if (typeof metric === "string") return (Object.hasOwn(metrics, metric) ? metrics : losses)[metric].perSample;
  return "perSample" in metric ? (metric.perSample as MetricRule) : metric;
}
