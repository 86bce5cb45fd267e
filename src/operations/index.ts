/**
 * The public ops. Those of `symbolic/` take symbolic tensors too; layers import the ones of `ops/` in their place, which are
 * smaller.
 */
export {
  batchNorm,
  batchNormTraining,
  composedLstm,
  conv1d,
  conv2d,
  conv2dTranspose,
  conv3d,
  convLstm2d,
  dense,
  depthwiseConv2d,
  gruStep,
  type Interpolation,
  lstm,
  lstmStep,
  type ResizeOptions,
} from "../ops/index.js";
export type { IndexKey, SliceKey } from "./moves.js";
export {
  type OperandPlace,
  type OperationDefinition,
  OperationLayer,
  type OperationOptions,
  type SymbolicOperand,
} from "./operation.js";
export {
  add,
  divide,
  equal,
  gather,
  greater,
  matMul,
  maximum,
  minimum,
  multiply,
  power,
  subtract,
} from "./symbolic/arithmetic.js";
export { averagePool2d, maxPool2d, resize2d } from "./symbolic/frames.js";
export {
  abs,
  affine,
  clip,
  exp,
  log,
  logSoftmax,
  negative,
  relu,
  relu6,
  sigmoid,
  sign,
  softmax,
  sqrt,
  square,
  tanh,
} from "./symbolic/functions.js";
export {
  concat,
  expandDims,
  flip,
  getItem,
  pad,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  transpose,
} from "./symbolic/moves.js";
export { argMax, max, mean, min, sum } from "./symbolic/reductions.js";
export type {
  BinaryOperation,
  ListOperation,
  PartsOperation,
  ProductOperation,
  UnaryOperation,
} from "./symbolic/types.js";
