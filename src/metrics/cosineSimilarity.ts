/** The cosine of the angle between targets and outputs. */
import { metricFrom, type MetricRule, unfit } from "../metric.js";
import { divide, maximum, multiply } from "../ops/arithmetic.js";
import { sqrt, square } from "../ops/elementwise.js";
import { sum } from "../ops/reduce.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

const rule: MetricRule = (yTrue, yPred) => {
  if (!sameShape(yTrue.shape, yPred.shape)) throw unfit("cosineSimilarity", yTrue, yPred, "equal shapes");
  const unit = (x: Tensor) => divide(x, sqrt(maximum(sum(square(x), -1, true), 1e-14)));
  return sum(multiply(unit(yTrue), unit(yPred)), -1);
};

/** The cosine of the angle between the rows of targets and outputs: the loss of this name with the opposite sign. */
export const cosineSimilarity = metricFrom("cosineSimilarity", rule, "up");
