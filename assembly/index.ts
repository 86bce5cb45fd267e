/**
 * What the host sees. An export that begins with `begin, end` computes that range of its rows, whose unit its comment says, with
 * the same bits however they are split; where `scratch` follows, it needs memory of its own for each caller that runs at the same
 * time. Nothing here keeps state between calls: memory and sizes come as addresses and numbers. Constants that the host
 * needs too are exported, so that they are stated once.
 */
export {
  batchNorm,
  batchNormGrad,
  batchNormGradTable,
  batchNormTable,
  normGradScale,
  normGradSums,
  normSums,
} from "./batchNorm";
export { ADD, binary, DIVIDE, EQUAL, GREATER, MAXIMUM, MINIMUM, MULTIPLY, SUBTRACT } from "./binary";
export { conv2d, conv2dGradFilter, conv2dGradInput } from "./conv2d";
export { depthwiseConv2d, depthwiseConv2dGradFilter, depthwiseConv2dGradInput, TAP_BYTES } from "./depthwiseConv2d";
export {
  abs,
  affine,
  BLOCK_BYTES,
  clip,
  clipGrad,
  exp,
  fill,
  log,
  sigmoid,
  sigmoidGrad,
  sign,
  sqrt,
  tanh,
  tanhGrad,
} from "./elementwise";
export {
  CONV_SCRATCH_BYTES,
  gemm,
  GEMM_SCRATCH_BYTES,
  gemmFewRows,
  packPanels,
  packPanelsTransposed,
  ROWS,
} from "./gemm";
export { lstmGates, lstmGatesGrad } from "./lstmGates";
export { copy, gather, gatherGrad, PIECE } from "./move";
export { adam, rmsprop, sgd } from "./optimize";
export { maxPool2d, maxPool2dGrad } from "./pool";
export { addParts, argMax, logSoftmax, logSoftmaxGrad, max, softmax, softmaxGrad, sum } from "./reduce";
export { WINDOW_BYTES, writeWindow } from "./window";
