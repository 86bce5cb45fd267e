/** The cosine of the angle between targets and outputs. */
import { unfit, unitRows } from "../loss.js";
import { metricFrom, type MetricRule } from "../metric.js";
import { multiply } from "../ops/arithmetic.js";
import { sum } from "../ops/reduce.js";
import { sameShape } from "../shape.js";

const rule: MetricRule = (yTrue, yPred) => {
  if (!sameShape(yTrue.shape, yPred.shape)) throw unfit("cosineSimilarity", yTrue, yPred, "equal shapes");
  return sum(multiply(unitRows(yTrue), unitRows(yPred)), -1);
};

/** The cosine of the angle between the rows of targets and outputs: the loss of this name with the opposite sign. */
export const cosineSimilarity = metricFrom("cosineSimilarity", rule, "up");
