/**
 * How many of each kernel's arguments it writes to: the output, which comes first, and what optimizers change beside it. This is
 * what `launch` needs of the kernel table; a test holds the two together, so that pages need not load the whole table for it.
 */
import type { Kernels } from "./kernels.js";

export type KernelName = keyof Kernels<unknown>;

export const numWritten = {
  ...{ fill: 1, copyFrom: 1, copyInto: 1, gather: 1, gatherGrad: 1 },
  ...{ exp: 1, log: 1, sqrt: 1, abs: 1, sign: 1, sigmoid: 1, tanh: 1, affine: 1, clip: 1 },
  ...{ sigmoidGrad: 1, tanhGrad: 1, clipGrad: 1 },
  ...{ add: 1, subtract: 1, multiply: 1, divide: 1, maximum: 1, minimum: 1, greater: 1, equal: 1 },
  ...{ sum: 1, max: 1, argMax: 1, softmax: 1, softmaxGrad: 1, logSoftmax: 1, logSoftmaxGrad: 1 },
  ...{ gemm: 1, conv2d: 1, conv2dGradInput: 1, conv2dGradFilter: 1 },
  ...{ depthwiseConv2d: 1, depthwiseConv2dGradInput: 1, depthwiseConv2dGradFilter: 1, maxPool2d: 1, maxPool2dGrad: 1 },
  ...{ moments: 1, batchNorm: 1, batchNormGradSums: 1, batchNormGrad: 1, lstmGates: 1, lstmGatesGrad: 1 },
  ...{ sgd: 2, adam: 3, rmsprop: 3 },
} as const satisfies Record<KernelName, number>;

export const kernelNames = Object.keys(numWritten) as KernelName[];
