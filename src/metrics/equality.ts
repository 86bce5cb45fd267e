/** Whether targets and outputs are equal. */
import { checkOptions } from "../errors.js";
import { asRows, targetLike } from "../loss.js";
import type { Metric } from "../metric.js";
import { equal } from "../ops/arithmetic.js";
import { metricName, namedMetric, type NamedMetricOptions } from "./running.js";

export function Accuracy(options: NamedMetricOptions = {}): Metric {
  checkOptions("Accuracy", options, ["name"]);
  const name = metricName("Accuracy", options, "accuracy");
  return namedMetric("accuracy", name, (t, y) => equal(targetLike(name, t, asRows(y)), asRows(y)), "up", options);
}
