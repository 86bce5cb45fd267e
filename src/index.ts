/** The table of contents: every public name. */
// First, so that bundlers put the kernels before all other code: amid code they hide repetitions from gzip, 1 KB of them.
export { info, init, type InitOptions, memory, setBackend } from "./backend.js";
import "./streaming/unbundled.js";
import "./training/unbundled.js";

export * from "./activations/index.js";
export { type DecodeOptions, type ImagenetClasses, mobileNet, type Prediction } from "./applications/imagenet.js";
export { MobileNet, type MobileNetOptions } from "./applications/mobileNet.js";
export type { DownloadOptions } from "./applications/download.js";
export type { DownloadProgress, TransferOptions } from "./transfer.js";
export { type Gradients, stopGradient, valueAndGrad } from "./autograd.js";
export * from "./callbacks.js";
export {
  type Constraint,
  type ConstraintFunction,
  constraints,
  MaxNorm,
  type MaxNormOptions,
  MinMaxNorm,
  type MinMaxNormOptions,
  NonNeg,
  type NormOptions,
  UnitNorm,
} from "./constraints.js";
export {
  ArgumentError,
  DisposedError,
  FileError,
  LoadError,
  OutOfMemoryError,
  ShapeError,
  ThreadError,
  ZoetropeError,
} from "./errors.js";
export { getInitializer, type Initializer, type InitializerFunction, type InitializerOptions } from "./initializers.js";
export type { Backend, BackendInfo, EpilogueActivation, Kernels, MemoryInfo } from "./kernels.js";
export {
  type AddWeightOptions,
  type CallOptions,
  type CallOptionsOf,
  type ComputeOptions,
  Layer,
  type LayerCall,
  type LayerCallMany,
  type LayerNode,
  type LayerOptions,
  type OneOrMany,
  type Stepper,
  SymbolicTensor,
  userCallable as callable,
} from "./layer.js";
export { clearNames } from "./layer/names.js";
export * from "./layers/index.js";
export * from "./losses/index.js";
export * from "./metrics/index.js";
export {
  type ListOfOutputs,
  type MakeModel,
  Model,
  ModelLayer,
  type ModelOptions,
  Sequential,
  SequentialModel,
  type SequentialOptions,
  type SummaryOptions,
} from "./model.js";
export * from "./operations/index.js";
export * from "./optimizers/index.js";
export { fromPixels, type FromPixelsOptions, type PixelArray, type PixelRect, type PixelSource } from "./pixels.js";
export { formatValues, print, type PrintOptions } from "./print.js";
export { setSeed } from "./random.js";
export { recompute } from "./recompute.js";
export { registerLayer } from "./registry.js";
export {
  L1,
  l1,
  L1L2,
  type L1L2Options,
  L2,
  l2,
  OrthogonalRegularizer,
  type OrthogonalRegularizerOptions,
  type Regularizer,
  type RegularizerFunction,
  regularizers,
} from "./regularizers.js";
export type { Padding, PartialShape, Shape } from "./shape.js";
export type { ModelPlan, PlanProfile, PlanRow, TimedRow } from "./plan/view.js";
export { keep, scope } from "./scope.js";
export {
  full,
  type HostArray,
  type NestedArray,
  ones,
  random,
  type RandomOptions,
  Tensor,
  tensor,
  type TypedArray,
  Variable,
  zeros,
} from "./tensor.js";
export { stream, type StepOptions, type Stream, type StreamOptions, type StreamStates } from "./streaming/stream.js";
export { type NestedStrings, type StringArray, strings, StringTensor } from "./strings.js";
export * from "./training.js";

// Types that the signatures above name.
export type { AdamStep, RmspropStep, SgdStep } from "./kernels.js";
export type { GraphConfig } from "./model.js";
export type { Operand } from "./op.js";
export type { BatchNormTraining } from "./ops/batchNorm.js";
export type { ConvOptions, GroupedConvOptions } from "./ops/conv2d.js";
export type { Conv2dTransposeOptions } from "./ops/conv2dTranspose.js";
export type { Conv3dOptions } from "./ops/conv3d.js";
export type { GruCellFunctions, GruStep } from "./ops/gruStep.js";
export type { LstmResult, LstmState, LstmStep } from "./ops/lstm.js";
export type { Axis } from "./ops/reduce.js";
export type { RandomStream } from "./random.js";
export type {
  BroadcastSize,
  Conv2dSize,
  DepthwiseConv2dSize,
  GateSize,
  GemmSize,
  NormSize,
  ReduceSize,
  StridedSize,
  WindowOptions,
  WindowSize,
} from "./shape.js";
export type { ForOutputs, MetricsOption } from "./training/compiled.js";
export type { Verbosity } from "./training/options.js";
