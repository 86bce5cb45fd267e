/** The square root of the mean squared error over all batches. */
import { checkOptions } from "../errors.js";
import { asRows, targetLike } from "../loss.js";
import type { RunningMetric } from "../metric.js";
import { type NamedMetricOptions, ratio, runningMetric } from "./running.js";

export function RootMeanSquaredError(options: NamedMetricOptions = {}): RunningMetric {
  checkOptions("RootMeanSquaredError", options, ["name"]);
  return runningMetric({
    className: "RootMeanSquaredError",
    maker: "rootMeanSquaredError",
    direction: "down",
    config: options,
    fit: (name, yTrue, yPred) => [targetLike(name, yTrue, asRows(yPred)), asRows(yPred)],
    start(sums = [0, 0]) {
      let [squares, weight] = sums as [number, number];
      return {
        add({ yTrue, yPred, weights }) {
          for (let i = 0; i < yPred.length; i++) {
            const factor = weights?.[i] ?? 1;
            weight += factor;
            const error = yPred[i] - yTrue[i];
            if (factor !== 0) squares += factor * error * error;
          }
        },
        result: () => Math.sqrt(ratio(squares, weight)),
        sums: () => [squares, weight],
      };
    },
  });
}
