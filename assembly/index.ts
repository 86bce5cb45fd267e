/** What the host sees. */
export { batchNorm, batchNormGrad, batchNormGradSums, moments } from "./batchNorm";
export { binary } from "./binary";
export { conv2d, conv2dGradFilter, conv2dGradInput } from "./conv2d";
export { depthwiseConv2d, depthwiseConv2dGradFilter, depthwiseConv2dGradInput } from "./depthwiseConv2d";
export {
  abs,
  affine,
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
export { gemm, gemmFewRows, packPanels, packPanelsTransposed, setPanelColumns } from "./gemm";
export { lstmGates, lstmGatesGrad } from "./lstmGates";
export { copy, gather, gatherGrad } from "./move";
export { adam, rmsprop, sgd } from "./optimize";
export { maxPool2d, maxPool2dGrad } from "./pool";
export { argMax, logSoftmax, logSoftmaxGrad, max, softmax, softmaxGrad, sum } from "./reduce";
export { setWindow } from "./window";
