// The case tables: for every kernel of the contract, sizes around the tiles and a bound, and sizes worth timing. Each family
// of kernels has its file in cases/.
import type { Kernels } from "../../src/kernels.js";
import { batchNorm, batchNormGrad, batchNormGradSums, moments, timedNorms } from "./cases/batchNorm.js";
import { callOf, type Case } from "./cases/case.js";
import { elementwise, timedElementwise } from "./cases/elementwise.js";
import { gemm, timedGemm } from "./cases/gemm.js";
import { gruGates, gruGatesGrad, timedGruGates } from "./cases/gruGates.js";
import { lstmGates, lstmGatesGrad, timedGates } from "./cases/lstmGates.js";
import { copyFrom, copyInto, fill, gather, gatherGrad, timedMoves } from "./cases/move.js";
import { adam, rmsprop, sgd, timedUpdates } from "./cases/optimize.js";
import { argMax, logSoftmax, logSoftmaxGrad, max, softmax, softmaxGrad, sum, timedReductions } from "./cases/reduce.js";
import { convolutions, maxPool2d, maxPool2dGrad, timedWindows } from "./cases/windows.js";

export { callOf };

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
  ...{ gruGates, gruGatesGrad },
  ...{ sgd, adam, rmsprop },
};

/** Sizes that MobileNet at 224 and ConvLSTM2D have, of a few milliseconds at most; the same that `npm run bench -- --full` times. */
export const timedCases: Record<keyof Kernels<unknown>, Cases> = {
  ...timedMoves,
  ...timedElementwise,
  ...timedReductions,
  gemm: timedGemm,
  ...timedWindows,
  ...timedNorms,
  ...timedGates,
  ...timedGruGates,
  ...timedUpdates,
};
