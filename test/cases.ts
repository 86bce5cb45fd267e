// The case table: for every kernel of the contract, sizes around the tiles and a bound. Families stand in cases/.
import type { Kernels } from "../src/kernels.js";
import { batchNorm, batchNormGrad, batchNormGradSums, moments } from "./cases/batchNorm.js";
import type { Case } from "./cases/case.js";
import { elementwise } from "./cases/elementwise.js";
import { gemm } from "./cases/gemm.js";
import { lstmGates, lstmGatesGrad } from "./cases/lstmGates.js";
import { copyFrom, copyInto, fill, gather, gatherGrad } from "./cases/move.js";
import { adam, rmsprop, sgd } from "./cases/optimize.js";
import { argMax, logSoftmax, logSoftmaxGrad, max, softmax, softmaxGrad, sum } from "./cases/reduce.js";
import { convolutions, maxPool2d, maxPool2dGrad } from "./cases/windows.js";

/** Makes the cases of one kernel; they are many and large, so one is held at a time. */
export type Cases = () => Iterable<Case>;

export const cases: Record<keyof Kernels<unknown>, Cases> = {
  ...{ fill, copyFrom, copyInto, gather, gatherGrad },
  ...elementwise,
  ...{ sum, max, argMax, softmax, softmaxGrad, logSoftmax, logSoftmaxGrad },
  gemm,
  ...convolutions,
  ...{ maxPool2d, maxPool2dGrad },
  ...{ moments, batchNorm, batchNormGradSums, batchNormGrad },
  ...{ lstmGates, lstmGatesGrad },
  ...{ sgd, adam, rmsprop },
};
