/** How far outputs move with targets along an axis. */
import { checkNumber, checkOptions } from "../errors.js";
import { axisLast, epsilon, targetLike } from "../loss.js";
import type { Metric, MetricRule } from "../metric.js";
import { add, divide, multiply, subtract } from "../ops/arithmetic.js";
import { affine, sqrt, square } from "../ops/elementwise.js";
import { mean } from "../ops/reduce.js";
import type { Tensor } from "../tensor.js";
import { metricName, namedMetric, type NamedMetricOptions } from "./running.js";

/** The options of `PearsonCorrelation` and `ConcordanceCorrelation`. */
export interface CorrelationOptions extends NamedMetricOptions {
  /** The axis along which targets and outputs are compared; the last by default. */
  axis?: number;
}

const meanOver = (x: Tensor) => mean(x, -1, true);
const centred = (x: Tensor) => subtract(x, meanOver(x));
const variance = (x: Tensor) => meanOver(square(centred(x)));
const standardized = (x: Tensor) => divide(centred(x), sqrt(variance(x)));

function correlation(className: string, maker: string, options: CorrelationOptions, rule: MetricRule): Metric {
  checkOptions(className, options, ["axis", "name"]);
  const { axis = -1 } = options;
  checkNumber(className, "axis", axis, "a whole number");
  const name = metricName(className, options, maker);
  const alongAxis: MetricRule = (yTrue, y) =>
    rule(axisLast(name, targetLike(name, yTrue, y), axis), axisLast(name, y, axis));
  return namedMetric(maker, name, alongAxis, "up", options);
}

export const PearsonCorrelation = (options: CorrelationOptions = {}): Metric =>
  correlation("PearsonCorrelation", "pearsonCorrelation", options, (t, y) =>
    mean(multiply(standardized(t), standardized(y)), -1),
  );

export const ConcordanceCorrelation = (options: CorrelationOptions = {}): Metric =>
  correlation("ConcordanceCorrelation", "concordanceCorrelation", options, (t, y) => {
    const distance = square(subtract(meanOver(t), meanOver(y)));
    const spread = affine(add(add(variance(t), variance(y)), distance), 1, epsilon);
    const together = multiply(subtract(t, meanOver(y)), centred(y));
    return mean(divide(affine(together, 2), spread), -1);
  });
