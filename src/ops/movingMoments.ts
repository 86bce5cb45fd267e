/** Moving averages of batch normalization. */
import { stopGradient } from "../op.js";
import { scope } from "../scope.js";
import { type Tensor, tensor, type Variable } from "../tensor.js";
import { add, multiply } from "./arithmetic.js";
import { affine } from "./elementwise.js";
import { reshape, slice } from "./move.js";
import { sum } from "./reduce.js";

/**
 * Updates moving averages with the moments of each time step in turn: average = momentum average + (1 - momentum)
 * moment. All time steps are done at once: the average is scaled by momentum^steps, the moment of step t by (1 -
 * momentum) momentum^(steps - 1 - t). mean, variance: [channels]; moments: [2, steps, channels], as `batchNormTraining`
 * returns them. It is not recorded.
 */
export function moveMoments(mean: Variable, variance: Variable, moments: Tensor, momentum: number): void {
  stopGradient(() =>
    scope(() => {
      const [, steps, channels] = moments.shape;
      const weights = new Float64Array(steps);
      let kept = 1; // momentum^steps in the end
      for (let t = steps - 1; t >= 0; t--, kept *= momentum) weights[t] = (1 - momentum) * kept;
      const latest = sum(multiply(moments, tensor(weights, [steps, 1])), 1);
      [mean, variance].forEach((average, row) => {
        const moment = reshape(slice(latest, [row], [1]), [channels]);
        average.assign(add(affine(average, kept), moment));
      });
    }),
  );
}
