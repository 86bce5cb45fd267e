/** The table of contents: every public name. */
export { type ActivationFunction, type ActivationParts, getActivation } from "./activations.js";
export { type DecodeOptions, type ImagenetClasses, mobileNet, type Prediction } from "./applications/imagenet.js";
export { MobileNet, type MobileNetOptions } from "./applications/mobileNet.js";
export { type Gradients, stopGradient, valueAndGrad } from "./autograd.js";
export { init, type InitOptions, memory, setBackend } from "./backend.js";
export {
  type Callback,
  EarlyStopping,
  type EarlyStoppingOptions,
  type History,
  LearningRateScheduler,
  type Logs,
  type MonitorOptions,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
  TerminateOnNaN,
} from "./callbacks.js";
export * from "./errors.js";
export { getInitializer, type Initializer, type InitializerFunction, type InitializerOptions } from "./initializers.js";
export type { Backend, Epilogue, Kernels, MemoryInfo } from "./kernels.js";
export {
  callable,
  type CallOptions,
  clearNames,
  Layer,
  type LayerCall,
  type LayerCallMany,
  type LayerNode,
  type LayerOptions,
  type OneOrMany,
  SymbolicTensor,
} from "./layer.js";
export * from "./layers/index.js";
export {
  BinaryCrossentropy,
  binaryCrossentropy,
  CategoricalCrossentropy,
  categoricalCrossentropy,
  categoricalHinge,
  cosineSimilarity,
  type CrossentropyOptions,
  hinge,
  Huber,
  huber,
  klDivergence,
  logCosh,
  type Loss,
  losses,
  type LossRule,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  SparseCategoricalCrossentropy,
  sparseCategoricalCrossentropy,
  squaredHinge,
} from "./losses.js";
export {
  accuracy,
  BinaryAccuracy,
  binaryAccuracy,
  categoricalAccuracy,
  type Metric,
  type MetricRule,
  metrics,
  sparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  TopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from "./metrics.js";
export {
  Model,
  ModelLayer,
  type ModelOptions,
  Sequential,
  type SequentialOptions,
  type SummaryOptions,
} from "./model.js";
export * from "./ops/index.js";
export {
  Adam,
  type AdamOptions,
  AdamW,
  type LearningRate,
  Optimizer,
  type OptimizerOptions,
  optimizers,
  RMSprop,
  type RmspropOptions,
  SGD,
  type SgdOptions,
} from "./optimizers.js";
export { formatValues, print, type PrintOptions } from "./print.js";
export { setSeed } from "./random.js";
export type { Padding, PartialShape, Shape } from "./shape.js";
export {
  full,
  type HostArray,
  keep,
  type NestedArray,
  ones,
  random,
  type RandomOptions,
  scope,
  Tensor,
  tensor,
  type TypedArray,
  Variable,
  zeros,
} from "./tensor.js";
export {
  type Batch,
  type BatchSource,
  type ClassWeight,
  type CompileOptions,
  type Data,
  type DataList,
  type EvaluateOptions,
  type FitOptions,
  type LossOption,
  type MetricOption,
  type PredictOptions,
  Trainable,
} from "./training.js";
