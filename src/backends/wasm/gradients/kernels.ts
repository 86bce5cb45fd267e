/** The kernels that only training needs: gradients, but for those of a few lines, which lie beside their functions; and updates. */
import type { RoadOptions } from "../../../convolutionRoad.js";
import type { Runner } from "../runner.js";
import { batchNorm } from "./batchNorm.js";
import { conv2d } from "./conv2d.js";
import { depthwiseConv2d } from "./depthwiseConv2d.js";
import { optimize } from "./optimize.js";

/** Makes these kernels for a runner. */
export const gradients = (run: Runner, options: RoadOptions) => ({
  ...conv2d(run, options),
  ...depthwiseConv2d(run),
  ...batchNorm(run),
  ...optimize(run),
});
