// A row (or some) for every layer: what test/layers/everyLayer.test.ts makes it from, gives it, and expects.
import * as zoetrope from "../../../src/index.js";
import type { HostArray, Layer, PartialShape, Shape } from "../../../src/index.js";
import { integers, numbers } from "./case.js";

export interface LayerRow {
  options?: object;
  /** Makes the layer, where options are not enough. */
  make?: (options: object) => Layer;
  /** [batch, ...] of its input, or of each of several. */
  input: Shape | readonly Shape[];
  /** Number of elements of all weights, 0 by default, and of those that training changes, all by default. */
  params?: number;
  trainable?: number;
  /** Number of weights, 0 by default. */
  weights?: number;
  /** Inputs are whole numbers from 0 to below this, and have no gradient. */
  integers?: number;
  /** Whether inputs are strings, "w0" for the whole number 0; they have no gradient. */
  strings?: boolean;
  /** Whether it is random in training. */
  random?: boolean;
  /** Whether it is refused in training. */
  predictOnly?: boolean;
  /** Whether a call in training changes weights that are trained, so that finite differences say nothing. */
  changesWeights?: boolean;
  /** A shape that it refuses; by default that of the input without its last axis. Null: it is not called on any. */
  wrong?: PartialShape | PartialShape[] | null;
  /** Whether the layer takes every rank; then only a list is an error. */
  anyRank?: boolean;
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** The shape of each input of a row. */
export const shapesOf = ({ input }: LayerRow): Shape[] => (Array.isArray(input[0]) ? input : [input]) as Shape[];

/** Values for inputs of a row: numbers, or whole numbers where it takes these. */
export const valuesOf = (row: LayerRow, shapes: readonly Shape[] = shapesOf(row)): Float32Array[] =>
  shapes.map((shape, i) =>
    row.integers ? integers(sizeOf(shape), i + 1, row.integers) : numbers(sizeOf(shape), i + 1),
  );

/** Whole numbers as strings: "w0" for 0. */
export const textsOf = (values: Float32Array): string[] => Array.from(values, (n) => `w${n}`);

/** What a model of a row's layer is given. */
export const dataOf = (row: LayerRow): HostArray[] =>
  shapesOf(row).map((shape, i) => ({
    data: row.strings ? textsOf(valuesOf(row)[i]) : valuesOf(row)[i],
    shape,
  })) as HostArray[];

type Maker = (...args: unknown[]) => Layer;
/** Read by name at run time, so that a row can be written before its layer exists. */
const make = (name: string, ...args: unknown[]): Layer => (zoetrope as unknown as Record<string, Maker>)[name](...args);

/** The layer of a row: from its function `make`, or from the callable of its name. */
export const layerOf = (name: string, row: LayerRow, more: object = {}): Layer => {
  const options = { ...row.options, ...more };
  return row.make ? row.make(options) : make(name, options);
};

const row = [3, 5];
const sequence = [2, 4, 3];
const frames = [2, 6, 5, 3];
const volume = [2, 4, 5, 6, 2];
const video = [2, 3, 5, 4, 2];
const pairOf = (shape: Shape) => [shape, shape];
const alone = [[null, 3]];

const merge = (options: object = {}, input: readonly Shape[] = pairOf(sequence)): LayerRow[] => [
  { options, input, wrong: alone },
];

const cell = (name: string, params: number): LayerRow[] => [
  {
    options: { units: 3 },
    make: (options) => make("RNN", make(name, options)),
    input: [2, 4, 2],
    params,
    weights: 3,
  },
];

const frameModel = () => {
  const x = zoetrope.Input({ shape: [6, 5, 3] });
  const y = zoetrope.Conv2D({ filters: 2, kernelSize: 3, activation: "tanh" })(x);
  return zoetrope.Model({ inputs: x, outputs: zoetrope.BatchNormalization()(y) });
};

export const layerRows: Readonly<Record<string, readonly LayerRow[]>> = {
  // ── what is there without weights ─────────────────────────────────────────────────────────────────────────────────────
  InputLayer: [{ options: { shape: [3] }, make: (options) => new zoetrope.InputLayer(options as never), input: row, wrong: null }],
  Activation: [
    { options: { activation: "tanh" }, input: row, anyRank: true },
    { options: { activation: "softmax" }, input: sequence, anyRank: true },
  ],
  Flatten: [{ input: frames, anyRank: true }],
  Reshape: [{ options: { targetShape: [-1, 6] }, input: frames, wrong: [null, 5, 5] }],
  Permute: [{ options: { dims: [2, 1] }, input: sequence }],
  RepeatVector: [{ options: { n: 3 }, input: row }],
  Dropout: [{ options: { rate: 0.4 }, input: row, random: true, anyRank: true }],
  SpatialDropout1D: [{ options: { rate: 0.4 }, input: sequence, random: true }],
  SpatialDropout2D: [{ options: { rate: 0.4 }, input: frames, random: true }],
  SpatialDropout3D: [{ options: { rate: 0.4 }, input: volume, random: true }],
  GaussianNoise: [{ options: { stddev: 0.3 }, input: row, random: true, anyRank: true }],
  GaussianDropout: [{ options: { rate: 0.3 }, input: row, random: true, anyRank: true }],
  AlphaDropout: [{ options: { rate: 0.3 }, input: row, random: true, anyRank: true }],
  ActivityRegularization: [{ options: { l2: 0.3 }, input: row, anyRank: true }],
  Identity: [{ input: row, anyRank: true }],
  Masking: [{ options: { maskValue: 0.5 }, input: sequence, wrong: [null] }],
  Rescaling: [{ options: { scale: 0.5, offset: -1 }, input: frames, anyRank: true }],
  ReLU: [{ options: { maxValue: 0.6, negativeSlope: 0.1, threshold: 0.2 }, input: row, anyRank: true }],
  LeakyReLU: [{ options: { negativeSlope: 0.2 }, input: row, anyRank: true }],
  ELU: [{ options: { alpha: 0.7 }, input: row, anyRank: true }],
  Softmax: [{ options: { axis: 1 }, input: sequence, anyRank: true }],

  // ── frames and sequences, larger and smaller ──────────────────────────────────────────────────────────────────────────
  UpSampling1D: [{ options: { size: 3 }, input: sequence }],
  UpSampling3D: [{ options: { size: [1, 2, 3] }, input: volume }],
  UpSampling2D: [
    { options: { size: [2, 3] }, input: frames },
    { options: { size: 2, interpolation: "bilinear" }, input: frames },
  ],
  Resizing: [{ options: { height: 4, width: 7 }, input: frames, wrong: [null, 3] }],
  CenterCrop: [{ options: { height: 3, width: 4 }, input: frames, wrong: [null, 3] }],
  Cropping2D: [{ options: { cropping: [[1, 0], [2, 1]] }, input: frames }],
  Cropping1D: [{ options: { cropping: [1, 2] }, input: sequence }],
  Cropping3D: [{ options: { cropping: [1, 0, 2] }, input: volume }],
  ZeroPadding1D: [{ options: { padding: [1, 2] }, input: sequence }],
  ZeroPadding2D: [{ options: { padding: [[1, 2], [0, 3]] }, input: frames }],
  ZeroPadding3D: [{ options: { padding: [1, 2, 0] }, input: volume }],
  AdaptiveAveragePooling1D: [{ options: { outputSize: 3 }, input: sequence }],
  AdaptiveAveragePooling2D: [{ options: { outputSize: [4, 3] }, input: frames }],
  AdaptiveAveragePooling3D: [{ options: { outputSize: [3, 5, 4] }, input: volume }],
  AdaptiveMaxPooling1D: [{ options: { outputSize: 3 }, input: sequence }],
  AdaptiveMaxPooling2D: [{ options: { outputSize: [4, 7] }, input: frames }],
  AdaptiveMaxPooling3D: [{ options: { outputSize: 2 }, input: volume }],
  MaxPooling1D: [{ options: { poolSize: 2, strides: 1 }, input: sequence }],
  MaxPooling2D: [{ options: { poolSize: [2, 3], padding: "same" }, input: frames }],
  MaxPooling3D: [{ options: { poolSize: 2 }, input: volume }],
  AveragePooling1D: [{ options: { poolSize: 3, strides: 1, padding: "same" }, input: sequence }],
  AveragePooling2D: [{ options: { poolSize: 2 }, input: frames }],
  AveragePooling3D: [{ options: { poolSize: 2 }, input: volume }],
  GlobalAveragePooling1D: [{ input: sequence }],
  GlobalAveragePooling2D: [{ options: { keepdims: true }, input: frames }],
  GlobalAveragePooling3D: [{ input: volume }],
  GlobalMaxPooling1D: [{ input: sequence }],
  GlobalMaxPooling2D: [{ input: frames }],
  GlobalMaxPooling3D: [{ options: { keepdims: true }, input: volume }],

  // ── augmentations ─────────────────────────────────────────────────────────────────────────────────────────────────────
  AugMix: [{ input: frames, predictOnly: true, wrong: [null, 3] }],
  AutoContrast: [{ options: { valueRange: [-1, 1] }, input: frames, wrong: [null, 3] }],
  CutMix: [{ input: frames, random: true, wrong: [null, 3] }],
  Equalization: [{ input: frames, predictOnly: true, wrong: [null, 3] }],
  MixUp: [{ input: video, random: true, wrong: [null, 3] }],
  Pipeline: [
    {
      make: (options) => make("Pipeline", { layers: [make("RandomFlip", { seed: 3 }), make("Dense", { units: 2 })], ...options }),
      input: frames, params: 8, weights: 2, random: true, wrong: [null, 3],
    },
  ],
  RandAugment: [{ input: frames, predictOnly: true, wrong: [null, 3] }],
  RandomBrightness: [{ options: { factor: 0.3, valueRange: [-9, 9] }, input: frames, random: true, wrong: [null, 3] }],
  RandomColorDegeneration: [{ options: { factor: 0.3, valueRange: [-9, 9] }, input: frames, random: true, wrong: [null, 6, 5, 2] }],
  RandomColorJitter: [
    { options: { brightnessFactor: 0.3, contrastFactor: 0.2, hueFactor: 0.4, valueRange: [-9, 9] }, input: frames, random: true, wrong: [null, 6, 5, 2] },
  ],
  RandomContrast: [{ options: { factor: [0.2, 0.7], valueRange: [-9, 9] }, input: video, random: true, wrong: [null, 3] }],
  RandomCrop: [{ options: { height: 3, width: 4 }, input: [2, 9, 9, 1], random: true, wrong: [null, 3] }],
  RandomElasticTransform: [{ input: frames, predictOnly: true, wrong: [null, 3] }],
  RandomErasing: [{ options: { valueRange: [-9, 9] }, input: frames, random: true, wrong: [null, 3] }],
  RandomFlip: [{ options: { mode: "horizontal" }, input: [9, 2, 3, 1], random: true, wrong: [null, 3] }],
  RandomGaussianBlur: [{ options: { kernelSize: [3, 5], valueRange: [-9, 9] }, input: frames, random: true, wrong: [null, 3] }],
  RandomGrayscale: [{ input: [9, 2, 3, 3], random: true, wrong: [null, 6, 5, 2] }],
  RandomHue: [{ options: { factor: 0.5, valueRange: [-2, 2] }, input: frames, random: true, wrong: [null, 6, 5, 2] }],
  RandomInvert: [{ options: { factor: 0.1, valueRange: [-1, 1] }, input: [9, 2, 3, 3], random: true, wrong: [null, 3] }],
  RandomPerspective: [{ input: frames, random: true, wrong: [null, 3] }],
  RandomPosterization: [{ options: { factor: 6, valueRange: [-2, 2] }, input: [9, 2, 3, 3], random: true, wrong: [null, 3] }],
  RandomRotation: [{ options: { factor: 0.3, fillMode: "constant", fillValue: 2 }, input: frames, random: true, wrong: [null, 3] }],
  RandomSaturation: [{ options: { factor: [0.2, 0.9] }, input: frames, random: true, wrong: [null, 6, 5, 2] }],
  RandomSharpness: [{ options: { factor: 0.9, valueRange: [-9, 9] }, input: frames, random: true, wrong: [null, 3] }],
  RandomShear: [{ options: { xFactor: 0.4 }, input: frames, random: true, wrong: [null, 3] }],
  RandomTranslation: [{ options: { heightFactor: 0.3, widthFactor: [0.1, 0.4] }, input: video, random: true, wrong: [null, 3] }],
  RandomZoom: [{ options: { heightFactor: 0.4, perFrame: true }, input: video, random: true, wrong: [null, 3] }],
  Solarization: [{ options: { thresholdFactor: [1, 1], valueRange: [-9, 9] }, input: frames, random: true, wrong: [null, 3] }],

  // ── numbers prepared ──────────────────────────────────────────────────────────────────────────────────────────────────
  CategoryEncoding: [
    { options: { numTokens: 5, outputMode: "count" }, input: [2, 4], integers: 5, wrong: [null] },
    { options: { numTokens: 5, outputMode: "count" }, input: pairOf([2, 4]), integers: 5, wrong: [[null, 4], [null, 3]] },
  ],
  Discretization: [{ options: { binBoundaries: [-0.5, 0.2] }, input: row, integers: 3, anyRank: true }],
  Hashing: [{ options: { numBins: 4, outputMode: "count" }, input: [2, 4], strings: true, integers: 5, wrong: [null] }],
  IntegerLookup: [
    { options: { vocabulary: [3, 0, 2], numOovIndices: 2 }, input: [2, 4], integers: 6, anyRank: true },
    { options: { vocabulary: [3, 0, 2], outputMode: "multi_hot" }, input: [2, 4], integers: 5, wrong: [null] },
  ],
  StringLookup: [
    { options: { vocabulary: ["w3", "w0"], numOovIndices: 2 }, input: [2, 4], strings: true, integers: 5, anyRank: true },
    { options: { vocabulary: ["w3", "w0"], outputMode: "count" }, input: [2, 4], strings: true, integers: 5, wrong: [null] },
  ],
  TextVectorization: [
    { options: { vocabulary: ["w3", "w0"], outputSequenceLength: 2 }, input: [3, 1], strings: true, integers: 5, wrong: [null, 2] },
    {
      options: { vocabulary: ["w3", "w0"], outputMode: "tf_idf", idfWeights: [0.5, 2] },
      ...{ input: [3, 1], strings: true, integers: 5, wrong: [null, 2] },
    },
  ],
  Normalization: [
    { options: { mean: [1, 2, 3], variance: [4, 5, 6] }, input: frames, anyRank: true },
    { options: { axis: [1, -1], invert: true }, input: sequence, params: 25, trainable: 0, weights: 3, wrong: [null] },
  ],

  // ── several inputs ────────────────────────────────────────────────────────────────────────────────────────────────────
  Add: merge({}, [sequence, [2, 1, 3], sequence]),
  Multiply: merge(),
  Subtract: merge(),
  Average: merge(),
  Maximum: merge(),
  Minimum: merge(),
  Concatenate: [{ options: { axis: 1 }, input: [sequence, [2, 2, 3]], wrong: [[null, 4, 3], [null, 4, 2]] }],
  Dot: merge({ axes: 2, normalize: true }),

  Attention: [
    { options: { useScale: true }, input: [[2, 4, 3], [2, 5, 3]], params: 1, weights: 1, wrong: alone },
    { options: { scoreMode: "concat" }, input: [[2, 4, 3], [2, 5, 2], [2, 5, 3]], params: 1, weights: 1, wrong: alone },
  ],
  AdditiveAttention: [{ input: [[2, 4, 3], [2, 5, 3]], params: 3, weights: 1, wrong: alone }],
  MultiHeadAttention: [
    { options: { numHeads: 2, keyDim: 3 }, input: [[2, 4, 3], [2, 5, 3]], params: 93, weights: 8, wrong: alone },
    {
      options: { numHeads: 2, keyDim: 3, valueDim: 2, outputShape: 5, useGate: true, useBias: false, slidingWindow: 2 },
      input: [[2, 4, 3], [2, 5, 4], [2, 5, 2]], params: 78, weights: 5, wrong: alone,
    },
  ],
  GroupQueryAttention: [
    { options: { headDim: 3, numQueryHeads: 4, numKeyValueHeads: 2 }, input: [[2, 4, 3], [2, 5, 3]], params: 135, weights: 8, wrong: alone },
  ],

  // ── weights ───────────────────────────────────────────────────────────────────────────────────────────────────────────
  Dense: [
    { options: { units: 4, activation: "tanh" }, input: row, params: 24, weights: 2, wrong: [null] },
    {
      options: {
        units: 4, useBias: false, kernelInitializer: { className: "HeNormal", config: { seed: 7 } },
        kernelRegularizer: "l2", kernelConstraint: { className: "MaxNorm", config: { maxValue: 2 } },
      },
      input: sequence, params: 12, weights: 1, wrong: [null],
    },
  ],
  Embedding: [{ options: { inputDim: 7, outputDim: 3 }, input: [2, 4], params: 21, weights: 1, integers: 7, anyRank: true }],
  ReversibleEmbedding: [
    { options: { inputDim: 7, outputDim: 3 }, input: [2, 4], params: 21, weights: 1, integers: 7, anyRank: true },
  ],
  Conv1D: [{ options: { filters: 4, kernelSize: 3 }, input: sequence, params: 40, weights: 2 }],
  Conv2D: [
    { options: { filters: 4, kernelSize: [3, 2], padding: "same", strides: 2, activation: "tanh" }, input: frames, params: 76, weights: 2 },
    { options: { filters: 6, kernelSize: 2, groups: 3, dilationRate: 2, useBias: false }, input: frames, params: 24, weights: 1 },
  ],
  Conv3D: [{ options: { filters: 3, kernelSize: 2 }, input: volume, params: 51, weights: 2 }],
  Conv1DTranspose: [{ options: { filters: 4, kernelSize: 3, strides: 2 }, input: sequence, params: 40, weights: 2 }],
  Conv2DTranspose: [{ options: { filters: 4, kernelSize: 3, strides: 2 }, input: frames, params: 112, weights: 2 }],
  Conv3DTranspose: [{ options: { filters: 2, kernelSize: [2, 3, 1], strides: [2, 1, 1], padding: "same" }, input: [1, 2, 3, 3, 2], params: 26, weights: 2 }],
  DepthwiseConv1D: [{ options: { kernelSize: 3, depthMultiplier: 2 }, input: sequence, params: 24, weights: 2 }],
  DepthwiseConv2D: [{ options: { kernelSize: 3, depthMultiplier: 2 }, input: frames, params: 60, weights: 2 }],
  SeparableConv1D: [{ options: { filters: 4, kernelSize: 3, depthMultiplier: 2, padding: "same" }, input: sequence, params: 46, weights: 3 }],
  SeparableConv2D: [{ options: { filters: 4, kernelSize: 3, depthMultiplier: 2 }, input: frames, params: 82, weights: 3 }],
  BatchNormalization: [
    { options: { momentum: 0.9, epsilon: 0.01 }, input: [4, 3, 2], params: 8, trainable: 4, weights: 4, wrong: [null] },
    { options: { axis: 1, scale: false }, input: [4, 3, 2], params: 9, trainable: 3, weights: 3, wrong: [null] },
  ],
  LayerNormalization: [{ options: { epsilon: 0.01 }, input: sequence, params: 6, weights: 2, anyRank: true }],
  GroupNormalization: [{ options: { groups: 2, epsilon: 0.01 }, input: [2, 3, 4], params: 8, weights: 2, wrong: [null] }],
  RMSNormalization: [{ options: { axis: [1, 2], epsilon: 0.01 }, input: sequence, params: 12, weights: 1, wrong: [null, null, 3] }],
  UnitNormalization: [{ options: { axis: 1 }, input: sequence, anyRank: true }],
  SpectralNormalization: [
    {
      options: { powerIterations: 2 },
      make: (options) => make("SpectralNormalization", make("Dense", { units: 4 }), options),
      input: row, params: 28, trainable: 24, weights: 3, wrong: [null], changesWeights: true,
    },
  ],
  LayerScale: [{ options: { initValues: 0.1, projectionDim: 3 }, input: frames, params: 3, weights: 1, wrong: [null, 4] }],
  StochasticDepth: [{ options: { dropPathRate: 0.4 }, input: sequence, random: true, anyRank: true }],
  EinsumDense: [
    { options: { equation: "abc,cde->abde", outputShape: [null, 2, 5], biasAxes: "de" }, input: sequence, params: 40, weights: 2 },
    { options: { equation: "...x,xy->...y", outputShape: 2, activation: "tanh" }, input: frames, params: 6, weights: 1, wrong: [] },
  ],
  PReLU: [{ options: { sharedAxes: [1], alphaInitializer: "ones" }, input: sequence, params: 3, weights: 1, anyRank: true }],

  // ── recurrent ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  SimpleRNN: [{ options: { units: 3 }, input: [2, 4, 2], params: 18, weights: 3 }],
  LSTM: [
    { options: { units: 3, returnSequences: true, returnState: true }, input: [2, 4, 2], params: 72, weights: 3 },
    { options: { units: 3, recurrentActivation: "hardSigmoid", unitForgetBias: false }, input: [2, 4, 2], params: 72, weights: 3 },
  ],
  GRU: [
    { options: { units: 3 }, input: [2, 4, 2], params: 63, weights: 3 },
    { options: { units: 3, resetAfter: false, goBackwards: true, returnSequences: true }, input: [2, 4, 2], params: 54, weights: 3 },
  ],
  ConvLSTM1D: [{ options: { filters: 2, kernelSize: 3 }, input: [2, 3, 5, 2], params: 104, weights: 3 }],
  ConvLSTM2D: [
    { options: { filters: 2, kernelSize: 3, returnSequences: true }, input: video, params: 296, weights: 3 },
    { options: { filters: 2, kernelSize: [2, 3], padding: "same", strides: 2, useBias: false }, input: video, params: 192, weights: 2 },
  ],
  ConvLSTM3D: [{ options: { filters: 1, kernelSize: 2 }, input: [2, 2, 3, 3, 3, 2], params: 100, weights: 3 }],
  SimpleRNNCell: cell("SimpleRNNCell", 18),
  LSTMCell: cell("LSTMCell", 72),
  GRUCell: cell("GRUCell", 63),
  ConvLSTM2DCell: [
    {
      options: { filters: 2, kernelSize: 3 },
      make: (options) => make("RNN", make("ConvLSTM2DCell", options)),
      input: video, params: 296, weights: 3,
    },
  ],
  RNN: [
    {
      options: { returnSequences: true },
      make: (options) => make("RNN", [make("LSTMCell", { units: 3 }), make("GRUCell", { units: 2 })], options),
      input: [2, 4, 2], params: 72 + 42, weights: 6,
    },
  ],
  StackedRNNCells: [
    {
      make: (options) =>
        make("RNN", make("StackedRNNCells", [make("SimpleRNNCell", { units: 3 }), make("SimpleRNNCell", { units: 2 })], options)),
      input: [2, 4, 2], params: 18 + 12, weights: 6,
    },
  ],
  Bidirectional: [
    {
      options: { mergeMode: "sum" },
      make: (options) => make("Bidirectional", make("LSTM", { units: 3, returnSequences: true }), options),
      input: [2, 4, 2], params: 144, weights: 6,
    },
  ],

  // ── layers of layers ──────────────────────────────────────────────────────────────────────────────────────────────────
  ChannelsFirst: [
    {
      make: (options) => make("ChannelsFirst", make("Conv2D", { filters: 4, kernelSize: 3, activation: "tanh" }), options),
      input: [2, 3, 6, 5], params: 112, weights: 2,
    },
    {
      make: (options) =>
        make("ChannelsFirst", make("ConvLSTM2D", { filters: 2, kernelSize: 3, padding: "same", returnSequences: true, returnState: true }), options),
      input: [2, 3, 2, 5, 4], params: 296, weights: 3,
    },
    { make: (options) => make("ChannelsFirst", make("GlobalAveragePooling2D", { keepdims: true }), options), input: [2, 3, 6, 5] },
  ],
  TimeDistributed: [
    {
      options: { statistics: "clip" },
      make: (options) => make("TimeDistributed", make("Dense", { units: 4 }), options),
      input: sequence, params: 16, weights: 2,
    },
    {
      make: (options) => make("TimeDistributed", frameModel(), options),
      input: [2, 3, 6, 5, 3], params: 64, trainable: 60, weights: 6,
      wrong: [null, 3],
    },
  ],
  Functional: [
    {
      make: (options) => {
        const x = zoetrope.Input({ shape: [4] });
        const shared = zoetrope.Dense({ units: 4, activation: "tanh" });
        return zoetrope.Model({ inputs: x, outputs: zoetrope.Add()([shared(x), shared(shared(x))]), ...options });
      },
      input: [2, 4], params: 20, weights: 2, wrong: [null, 4, 4],
    },
  ],
  Sequential: [
    {
      make: (options) =>
        zoetrope.Sequential({ layers: [zoetrope.Input({ shape: [4] }), zoetrope.Dense({ units: 3 }), zoetrope.ReLU()], ...options }),
      input: [2, 4], params: 15, weights: 2, wrong: [null, 4, 4],
    },
  ],
}; // prettier-ignore
