// Small models of all kinds that can be exported, with data for them.
import {
  Activation,
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveMaxPooling1D,
  AdaptiveMaxPooling2D,
  Add,
  AdditiveAttention,
  Attention,
  Average,
  AveragePooling1D,
  AveragePooling2D,
  BatchNormalization,
  Bidirectional,
  CenterCrop,
  Concatenate,
  Conv1D,
  Conv1DTranspose,
  Conv2D,
  Conv2DTranspose,
  Conv3D,
  Conv3DTranspose,
  ConvLSTM1D,
  ConvLSTM2D,
  ConvLSTM3D,
  Cropping2D,
  Dense,
  DepthwiseConv1D,
  DepthwiseConv2D,
  Dot,
  Dropout,
  EinsumDense,
  ELU,
  Embedding,
  Flatten,
  GaussianNoise,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  GroupNormalization,
  GroupQueryAttention,
  GRU,
  GRUCell,
  Input,
  type Layer,
  LayerNormalization,
  LayerScale,
  LeakyReLU,
  LSTM,
  LSTMCell,
  Masking,
  Maximum,
  MaxPooling2D,
  MaxPooling3D,
  Minimum,
  MobileNet,
  Model,
  type ModelLayer,
  MultiHeadAttention,
  Multiply,
  Normalization,
  Permute,
  PReLU,
  RandomFlip,
  RandomRotation,
  ReLU,
  RepeatVector,
  Rescaling,
  Reshape,
  Resizing,
  ReversibleEmbedding,
  RMSNormalization,
  RNN,
  SeparableConv1D,
  SeparableConv2D,
  SimpleRNN,
  Softmax,
  SpatialDropout2D,
  SpectralNormalization,
  StochasticDepth,
  Subtract,
  type SymbolicTensor,
  TimeDistributed,
  UnitNormalization,
  UpSampling1D,
  UpSampling2D,
  UpSampling3D,
  ZeroPadding1D,
  ZeroPadding2D,
} from "../../../src/index.js";
import { integers, numbers } from "./case.js";

export interface OnnxCase {
  readonly name: string;
  make(): ModelLayer | Promise<ModelLayer>;
  /** With the batch; otherwise 2 and what the inputs say. */
  readonly shapes?: readonly number[][];
  /** Whether the inputs are whole numbers from 0 to 4, half of them 0. */
  readonly indices?: boolean;
  /** Whether a graph for one step is tried too. */
  readonly step?: boolean;
}

type Call = (x: SymbolicTensor) => SymbolicTensor;

/** Layers one after the other. */
function chain(shape: (number | null)[], ...layers: unknown[]): ModelLayer {
  const input = Input({ shape });
  return Model({ inputs: input, outputs: (layers as Call[]).reduce((x, layer) => layer(x), input) });
}

/** A layer of two frames of a video, or the like. */
function pair(shape: number[], join: unknown): ModelLayer {
  const [a, b] = [Input({ shape }), Input({ shape })];
  const both = [Conv2D({ filters: 3, kernelSize: 1 })(a), Conv2D({ filters: 3, kernelSize: 1, activation: "tanh" })(b)];
  return Model({ inputs: [a, b], outputs: (join as (xs: SymbolicTensor[]) => SymbolicTensor)(both) });
}

const frame = [7, 6, 3];
const video = [3, 6, 5, 2];
const steps = [4, 3];
const conv = (options: object) => Conv2D({ filters: 4, kernelSize: 3, ...options });
const film = (options: object) => ConvLSTM2D({ filters: 3, kernelSize: 3, ...options });

const activationNames = [
  ...["linear", "relu", "relu6", "leakyRelu", "elu", "celu", "selu", "gelu", "sigmoid", "hardSigmoid", "hardSigmoidKeras2"],
  ...["silu", "hardSilu", "mish", "tanh", "hardTanh", "tanhShrink", "softplus", "softsign", "exponential", "logSigmoid"],
  ...["sparseSigmoid", "softmax", "logSoftmax"],
]; // prettier-ignore

const layers: [name: string, shape: (number | null)[], ...layers: unknown[]][] = [
  ["Conv2D same, strides", frame, conv({ padding: "same", strides: 2 })],
  ["Conv2D valid, strides", frame, conv({ strides: [2, 1], activation: "relu" })],
  ["Conv2D same, dilation", frame, conv({ padding: "same", dilationRate: 2, activation: "softmax" })],
  ["Conv2D even kernel, groups", [7, 6, 4], conv({ kernelSize: [2, 4], padding: "same", groups: 2 })],
  ["Conv2D, batch norm, ReLU", frame, conv({}), BatchNormalization(), ReLU({ maxValue: 2, negativeSlope: 0.1, threshold: 0.2 })],
  ["padding, DepthwiseConv2D, batch norm", frame, ZeroPadding2D({ padding: [[0, 1], [2, 0]] }), DepthwiseConv2D({ kernelSize: 3, strides: 2, depthMultiplier: 2 }), BatchNormalization()],
  ["batch norm before a convolution", frame, BatchNormalization(), conv({ padding: "same" }), LeakyReLU()],
  ["batch norm of an inner axis", frame, BatchNormalization({ axis: 1 })],
  ["Dense, batch norm", [5], Dense({ units: 4 }), BatchNormalization({ scale: false }), ELU()],
  ["SeparableConv2D", frame, SeparableConv2D({ filters: 5, kernelSize: 3, padding: "same" })],
  ["Conv2DTranspose same", frame, Conv2DTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same" })],
  ["Conv2DTranspose valid", frame, Conv2DTranspose({ filters: 4, kernelSize: [2, 3], strides: [3, 2] })],
  ["Conv1D causal", steps, Conv1D({ filters: 4, kernelSize: 2, padding: "causal", dilationRate: 2 })],
  ["Conv1D, pooling", [9, 3], ZeroPadding1D({ padding: [0, 1] }), Conv1D({ filters: 4, kernelSize: 3, strides: 2 }), AveragePooling1D({ poolSize: 3, strides: 2, padding: "same" })],
  ["Conv3D, pooling", [4, 6, 5, 2], Conv3D({ filters: 3, kernelSize: 3, padding: "same" }), MaxPooling3D({ poolSize: 2 }), Flatten()],
  ["pooling", frame, MaxPooling2D({ poolSize: 3, strides: 2, padding: "same" }), AveragePooling2D({ poolSize: 2, strides: 1, padding: "same" })],
  ["Flatten after a convolution", frame, conv({}), Flatten(), Dropout({ rate: 0.5 }), Dense({ units: 3, activation: "softmax" })],
  ["global mean", frame, conv({}), GlobalAveragePooling2D()],
  ["global mean that keeps axes", frame, conv({}), GlobalAveragePooling2D({ keepdims: true }), conv({ kernelSize: 1 }), Reshape({ targetShape: [2, 2] })],
  ["global largest", frame, GlobalMaxPooling2D(), RepeatVector({ n: 3 })],
  ["cropping, upsampling", frame, conv({}), Cropping2D({ cropping: [[1, 0], [0, 2]] }), UpSampling2D({ size: [2, 3] }), SpatialDropout2D({ rate: 0.3 })],
  ["bilinear upsampling", frame, UpSampling2D({ interpolation: "bilinear" })],
  ["Permute, Softmax, PReLU", frame, conv({}), Permute({ dims: [2, 3, 1] }), Softmax({ axis: 1 }), PReLU({ sharedAxes: [1] })],
  ["augmentations, Normalization", frame, RandomFlip(), RandomRotation({ factor: 0.1 }), Normalization({ mean: [1, 2, 3], variance: [4, 5, 6] }), conv({}), Normalization({ axis: [1, -1], mean: 0.5, variance: 0.2, invert: true })],
  ["Rescaling, LayerNormalization", frame, Rescaling({ scale: [1, 2, 3], offset: 0.5 }), conv({}), LayerNormalization({ axis: [1, -1] }), Rescaling({ scale: 2, offset: -1 }), GaussianNoise({ stddev: 1 })],
  ...activationNames.map((name): [string, number[], unknown] => [`activation ${name}`, frame, conv({ activation: name })]),
  ["activation with options", frame, conv({ activation: { className: "relu", config: { maxValue: 1, negativeSlope: 0.2 } } }), Activation({ activation: { className: "gelu", config: { approximate: true } } })],
  ["Conv1DTranspose, UpSampling1D", steps, Conv1DTranspose({ filters: 3, kernelSize: 4, strides: 2, padding: "same" }), UpSampling1D({ size: 3 }), Conv1DTranspose({ filters: 2, kernelSize: 2, strides: 3, outputPadding: 1 })],
  ["Conv3DTranspose, UpSampling3D", [2, 3, 4, 2], Conv3DTranspose({ filters: 3, kernelSize: [2, 3, 2], strides: [2, 1, 3], activation: "relu" }), UpSampling3D({ size: [1, 2, 2] })],
  ["DepthwiseConv1D, SeparableConv1D", [9, 3], DepthwiseConv1D({ kernelSize: 3, depthMultiplier: 2, padding: "same", strides: 2 }), SeparableConv1D({ filters: 4, kernelSize: 2, padding: "causal", dilationRate: 2 })],
  ["adaptive pooling", frame, conv({}), AdaptiveAveragePooling2D({ outputSize: [3, 2] }), AdaptiveMaxPooling2D({ outputSize: [2, 5] })],
  ["adaptive pooling over time", [9, 3], AdaptiveMaxPooling1D({ outputSize: 4 }), AdaptiveAveragePooling1D({ outputSize: 1 })],
  ["GroupNormalization", frame, conv({}), GroupNormalization({ groups: 2 }), conv({ kernelSize: 1 }), GroupNormalization({ groups: -1, axis: 1, scale: false })],
  ["RMSNormalization, UnitNormalization", steps, RMSNormalization(), UnitNormalization({ axis: 1 }), RMSNormalization({ axis: [1, 2] })],
  ["SpectralNormalization, LayerScale, StochasticDepth", frame, SpectralNormalization(conv({})), LayerScale({ initValues: 0.5, projectionDim: 4 }), StochasticDepth({ dropPathRate: 0.5 })],
  ["EinsumDense", steps, EinsumDense({ equation: "abc,cde->abde", outputShape: [null, 2, 5], biasAxes: "de", activation: "tanh" }), EinsumDense({ equation: "...de,def->...f", outputShape: 3 })],
  ...(["bilinear", "nearest", "bicubic", "lanczos3"] as const).map((interpolation): [string, number[], unknown, unknown] => [`Resizing ${interpolation}`, frame, conv({}), Resizing({ height: 9, width: 3, interpolation })]),
  ["Resizing that smooths", frame, Resizing({ height: 3, width: 4, antialias: true }), Resizing({ height: 8, width: 8, cropToAspectRatio: true }), Resizing({ height: 4, width: 9, padToAspectRatio: true, fillValue: 0.5 })],
  ["Resizing of any size", [null, null, 3], Resizing({ height: 9, width: 3 }), Resizing({ height: 3, width: 9, interpolation: "nearest" })],
  ["CenterCrop", frame, conv({}), CenterCrop({ height: 3, width: 2 }), CenterCrop({ height: 6, width: 4 })],
  ["bicubic upsampling", frame, UpSampling2D({ size: [2, 3], interpolation: "bicubic" })],
  ["LSTM", steps, LSTM({ units: 5 })],
  ["LSTM with swish", steps, LSTM({ units: 5, activation: "silu", returnSequences: true, goBackwards: true }), LSTM({ units: 3, activation: "gelu", recurrentActivation: "hardSilu" })],
  ["GRU with gelu", steps, GRU({ units: 5, activation: "gelu", returnSequences: true }), GRU({ units: 3, activation: "silu", resetAfter: false, useBias: false }), Dense({ units: 2 })],
  ["Masking, GRU with swish", steps, Masking(), GRU({ units: 4, activation: "silu", returnSequences: true }), SimpleRNN({ units: 3, activation: "silu" })],
  ["LSTM of any length", [null, 3], LSTM({ units: 5, returnSequences: true, activation: "softsign", recurrentActivation: "hardSigmoid" }), Dense({ units: 2 })],
  ["LSTM backwards", steps, LSTM({ units: 5, returnSequences: true, goBackwards: true, useBias: false })],
  ["GRU", steps, GRU({ units: 5, returnSequences: true, recurrentActivation: "hardSigmoidKeras2", activation: "elu" })],
  ["GRU, reset before", steps, GRU({ units: 5, resetAfter: false }), Dense({ units: 2 })],
  ["SimpleRNN", steps, SimpleRNN({ units: 5, returnSequences: true }), GlobalAveragePooling1D()],
  ["stacked cells", steps, RNN([LSTMCell({ units: 4 }), GRUCell({ units: 3 })], { returnSequences: true })],
  ["Bidirectional LSTM", steps, Bidirectional(LSTM({ units: 4, returnSequences: true })), Bidirectional(GRU({ units: 3 }), { mergeMode: "ave" })],
  ["Bidirectional ConvLSTM2D", video, Bidirectional(film({ returnSequences: true }), { mergeMode: "mul" }), Bidirectional(film({}))],
  ["ConvLSTM2D, same, strides", video, film({ padding: "same", strides: 2, recurrentActivation: "hardSigmoid" })],
  ["ConvLSTM2D, dilation, even kernel", video, film({ kernelSize: [2, 3], dilationRate: 2, activation: "relu" })],
  ["ConvLSTM2D stacked", video, film({ returnSequences: true }), BatchNormalization(), film({ returnSequences: true, goBackwards: true, padding: "same" }), TimeDistributed(Flatten()), LSTM({ units: 2 })],
  ["ConvLSTM1D", [3, 6, 2], ConvLSTM1D({ filters: 2, kernelSize: 3, strides: 2, returnSequences: true })],
  ["ConvLSTM3D", [2, 4, 4, 3, 2], ConvLSTM3D({ filters: 2, kernelSize: 2, padding: "same" })],
  ["Masking, LSTM", steps, Masking(), LSTM({ units: 4, returnSequences: true }), Bidirectional(LSTM({ units: 3, returnSequences: true })), GlobalAveragePooling1D()],
  ["TimeDistributed in TimeDistributed", [2, ...video], TimeDistributed(TimeDistributed(conv({}))), TimeDistributed(TimeDistributed(GlobalMaxPooling2D())) , TimeDistributed(LSTM({ units: 2 }))],
]; // prettier-ignore

/** The seed's model, small: MobileNet frame by frame, ConvLSTM2D, Dense. */
export async function seed(
  options: { size?: number; steps?: number; alpha?: number; filters?: number; kernelSize?: number } = {},
) {
  const { size = 32, steps = 3, alpha = 0.25, filters = 4, kernelSize = 1 } = options;
  const shape = [size, size, 3] as const;
  const cnn = await MobileNet({ inputShape: shape, alpha, weights: null, includeTop: false });
  const clip = Input({ shape: [steps, ...shape], name: "clip" });
  let x = ConvLSTM2D({ filters, kernelSize, name: "memory" })(TimeDistributed(cnn)(clip));
  x = Dense({ units: 5, activation: "relu" })(Flatten()(x));
  return Model({ inputs: clip, outputs: Dense({ units: 3, activation: "softmax", name: "verdict" })(x), name: "seed" });
}

function encoderAndDecoder(): ModelLayer {
  const [past, future] = [Input({ shape: [3, 2] }), Input({ shape: [2, 2] })];
  const [, ...states] = LSTM({ units: 3, returnState: true })(past);
  return Model({
    inputs: [past, future],
    outputs: LSTM({ units: 3, returnSequences: true })(future, { initialState: states }),
  });
}

function shared(): ModelLayer {
  const [a, b] = [Input({ shape: frame }), Input({ shape: frame })];
  const inner = Input({ shape: frame });
  const twin = Model({ inputs: inner, outputs: BatchNormalization()(conv({ useBias: false })(inner)), name: "twin" });
  const [x, y] = [twin(a), twin(b)];
  return Model({ inputs: [a, b], outputs: [Subtract()([x, y]), x] });
}

/** Attention of two sequences, or of one masked one on itself. */
const attended = (name: string, attend: (x: SymbolicTensor, y: SymbolicTensor) => SymbolicTensor | SymbolicTensor[]): OnnxCase => ({
  name,
  make: () => {
    const [x, y] = [Input({ shape: [4, 3] }), Input({ shape: [5, 3] })];
    return Model({ inputs: [x, y], outputs: [attend(x, y)].flat() });
  },
}); // prettier-ignore

const heads = { numHeads: 2, keyDim: 3 };
const attention: OnnxCase[] = [
  attended("Attention", (x, y) => Attention({ useScale: true })([x, y], { returnAttentionScores: true })),
  attended("Attention, causal, by sums", (x, y) => Attention({ scoreMode: "concat", useScale: true })([x, y, y], { useCausalMask: true })),
  attended("Attention, masked", (x, y) => Attention()([Masking()(x), Masking()(y)], { useCausalMask: false })),
  attended("AdditiveAttention", (x, y) => AdditiveAttention()([x, y], { returnAttentionScores: true })),
  attended("MultiHeadAttention", (x, y) => MultiHeadAttention({ ...heads, valueDim: 2, useGate: true })([x, y])),
  attended("MultiHeadAttention, causal, scores", (x, y) => MultiHeadAttention(heads)([x, y, y], { useCausalMask: true, returnAttentionScores: true })),
  attended("MultiHeadAttention, masked, window", (x, y) => MultiHeadAttention({ ...heads, outputShape: 5, slidingWindow: 3 })([Masking()(x), Masking()(y)])),
  attended("GroupQueryAttention", (x, y) => GroupQueryAttention({ headDim: 3, numQueryHeads: 4, numKeyValueHeads: 2 })([x, y], { useCausalMask: true })),
  {
    name: "MultiHeadAttention, mask of pairs",
    make: () => {
      const [x, mask] = [Input({ shape: [4, 3] }), Input({ shape: [4, 4] })];
      return Model({ inputs: [x, mask], outputs: MultiHeadAttention(heads)([x, x], { attentionMask: mask }) });
    },
  },
  {
    name: "an embedding there and back",
    make: () => {
      const words = ReversibleEmbedding({ inputDim: 5, outputDim: 3, logitSoftCap: 2 });
      const x = Input({ shape: [6] });
      return Model({ inputs: x, outputs: words(words(x), { reverse: true }) });
    },
    shapes: [[3, 6]],
    indices: true,
  },
  attended("Dot", (x, y) => Dot({ axes: -1 })([x, y])),
  attended("Dot of unit vectors", (x, y) => Dot({ axes: [2, 2], normalize: true })([y, x])),
  { name: "Dot of rows", make: () => pair2([5], Dot({ axes: 1 })) },
]; // prettier-ignore

function pair2(shape: number[], join: unknown): ModelLayer {
  const [a, b] = [Input({ shape }), Input({ shape })];
  return Model({ inputs: [a, b], outputs: (join as (xs: SymbolicTensor[]) => SymbolicTensor)([a, b]) });
}

export const cases: readonly OnnxCase[] = [
  ...attention,
  ...layers.map(([name, shape, ...rest]): OnnxCase => ({ name, make: () => chain(shape, ...(rest as Layer[])) })),
  ...[Add(), Average(), Subtract(), Multiply(), Maximum(), Minimum(), Concatenate(), Concatenate({ axis: 1 })].map(
    (join): OnnxCase => ({ name: join.label, make: () => pair(frame, join) }),
  ),
  { name: "seed", make: () => seed(), step: true },
  {
    name: "MobileNet with top",
    make: () => MobileNet({ inputShape: [32, 32, 3], alpha: 0.25, weights: null, classes: 5 }),
  },
  { name: "initial state", make: encoderAndDecoder },
  { name: "shared layers, two outputs", make: shared },
  {
    name: "reviews",
    make: () => chain([6], Embedding({ inputDim: 5, outputDim: 3, maskZero: true }), Dropout({ rate: 0.5 }), LSTM({ units: 4 }), Dense({ units: 1, activation: "sigmoid" })), // prettier-ignore
    shapes: [[3, 6]],
    indices: true,
    step: true,
  },
  {
    name: "tags for any length",
    make: () => chain([null], Embedding({ inputDim: 5, outputDim: 3, maskZero: true }), GRU({ units: 4, returnSequences: true }), Dense({ units: 2 })), // prettier-ignore
    shapes: [[2, 6]],
    indices: true,
    step: true,
  },
  {
    name: "frames of any size and number",
    make: () => chain([null, null, null, 2], TimeDistributed(conv({ padding: "same" })), TimeDistributed(GlobalAveragePooling2D()), SimpleRNN({ units: 2, returnSequences: true })), // prettier-ignore
    shapes: [[2, 3, 6, 5, 2]],
    step: true,
  },
  {
    name: "ConvLSTM2D twice",
    make: () => chain(video, film({ returnSequences: true, padding: "same" }), film({ returnSequences: true })),
    step: true,
  },
  {
    name: "stacked LSTM cells",
    make: () => chain(steps, RNN([LSTMCell({ units: 2 }), LSTMCell({ units: 3 })])),
    step: true,
  },
];

/** The same numbers for a model's weights every time; variances from 0.5. */
export function fill(model: ModelLayer): void {
  model.weights.forEach((weight, i) => {
    const isVariance = weight.name.endsWith("variance");
    const inputs = weight.shape.length > 1 ? weight.size / weight.shape.at(-1)! : 1;
    weight.assign(numbers(weight.size, i + 1, isVariance ? 0.5 : 1.5 / Math.sqrt(inputs), isVariance ? 1 : 0));
  });
}

/** Data for each of a model's inputs. */
export function dataFor({ inputs }: ModelLayer, { shapes, indices }: Partial<OnnxCase>) {
  return inputs.map((input, i) => {
    const shape = shapes?.[i] ?? [2, ...input.shape.slice(1).map((n) => n ?? 4)];
    const size = shape.reduce((product, n) => product * n, 1);
    const isGap = integers(size, 77, 2);
    const data = indices ? integers(size, 5 + i, 5).map((n, k) => n * isGap[k]) : numbers(size, 5 + i, 1.5);
    // For masks: a sample that is all zeros, or one whose first steps and one in the middle are.
    if (indices) data.fill(0, 0, size / shape[0]);
    if (!indices && shape.length === 3) data.fill(0, 0, shape[2]).fill(0, 2 * shape[2], 3 * shape[2]);
    return { data, shape };
  });
}
