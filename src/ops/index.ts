/** The public ops. */
export { add, divide, equal, greater, maximum, minimum, multiply, subtract } from "./arithmetic.js";
export { averagePool2d } from "./averagePool2d.js";
export { batchNorm, batchNormTraining } from "./batchNorm.js";

export { conv1d } from "./conv1d.js";
export { conv2d } from "./conv2d.js";
export { conv2dTranspose } from "./conv2dTranspose.js";
export { conv3d } from "./conv3d.js";

export { depthwiseConv2d } from "./depthwiseConv2d.js";
export {
  abs,
  affine,
  clip,
  exp,
  log,
  negative,
  relu,
  relu6,
  sigmoid,
  sign,
  sqrt,
  square,
  tanh,
} from "./elementwise.js";
export { gather } from "./gather.js";
export { gruStep } from "./gruStep.js";
export { composedLstm, convLstm2d, lstm, lstmStep } from "./lstm.js";
export { dense, matMul } from "./matMul.js";
export { maxPool2d } from "./maxPool2d.js";
export { concat, flip, pad, reshape, slice, stack, transpose } from "./move.js";
export { argMax, max, mean, sum } from "./reduce.js";
export { type Interpolation, resize2d, type ResizeOptions } from "./resize2d.js";
export { logSoftmax, softmax } from "./softmax.js";
