/** How the options of Keras's layers correspond to ours: a row for each class, whose name is the same in both. */
import type { Named } from "../../../named.js";

export interface LayerWords {
  /**
   * Options that both have, by our names; Keras's are in snake case. The name of an option also decides how its value is
   * read.
   */
  readonly options: readonly string[];
  /** Options that only Keras has, with the values for which its layer does the same as ours: `any` for all values. */
  readonly fixed: Readonly<Record<string, readonly unknown[] | typeof any>>;
  /**
   * The values that our layer uses by default, where the default of Keras is another or the option is required there.
   */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Names of options in Keras 2 -> our names. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Options with one number, which Keras 2 writes as a list of one. */
  readonly listed: readonly string[];
  /** Options that only our layer has, which do not change its predictions: they are not written. */
  readonly dropped: readonly string[];
  /** Whether the class in Keras takes neither `trainable` nor other options of all layers. */
  readonly isBare: boolean;
  /** The module of the class in Keras. */
  readonly module: string;
}

/** All values of an option are accepted, because it makes no difference here. */
export const any: unique symbol = Symbol("any");

const words = (options: readonly string[] = [], more: Partial<LayerWords> = {}): LayerWords => ({
  options,
  fixed: {},
  defaults: {},
  renamed: {},
  listed: [],
  dropped: [],
  isBare: false,
  module: "keras.layers",
  ...more,
});

/** `kernelInitializer`, `kernelRegularizer` and `kernelConstraint` for the role "kernel". */
const weights = (...roles: string[]): string[] =>
  roles.flatMap((role) => ["Initializer", "Regularizer", "Constraint"].map((rule) => role + rule));

/** Layers with channels first are read as ours inside a `ChannelsFirst`. */
const anyChannels = { data_format: ["channels_last", "channels_first"] };
/** Options of a layer of images and the like. */
const spatial = (options: readonly string[] = [], more: Partial<LayerWords> = {}): LayerWords =>
  words(options, { ...more, fixed: { ...anyChannels, ...more.fixed } });

// ── convolutions ─────────────────────────────────────────────────────────────────────────────────────────────────────

const window = ["kernelSize", "strides", "padding", "dilationRate"];
const result = ["activation", "useBias"];
const convolution = spatial(["filters", "groups", ...window, ...result, ...weights("kernel", "bias")]);
/** Other convolutions of Keras 2 also write the options of the plain one, and do not read them. */
const leftOvers: LayerWords["fixed"] = {
  groups: [1],
  kernel_initializer: any,
  kernel_regularizer: any,
  kernel_constraint: any,
};

const transposed = spatial(["filters", "outputPadding", ...window, ...result, ...weights("kernel", "bias")], {
  fixed: { groups: [1] },
});
const depthwise = spatial(["depthMultiplier", ...window, ...result, ...weights("depthwise", "bias")], {
  fixed: leftOvers,
});
const separable = spatial(
  ["filters", "depthMultiplier", ...window, ...result, ...weights("depthwise", "pointwise", "bias")],
  { fixed: leftOvers },
);

// ── pooling ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const pooling = spatial(["poolSize", "strides", "padding"], { defaults: { poolSize: 2 } });
const globalPooling = spatial(["keepdims"]);

const adaptivePooling = spatial(["outputSize"]);

// ── recurrent layers and their cells ─────────────────────────────────────────────────────────────────────────────────

/** The option `implementation` of Keras 2. Implementations 1 and 2 differ only in rounding. */
const keras2Cell: LayerWords["fixed"] = { implementation: any };
const keras2Layer: LayerWords["fixed"] = { ...keras2Cell, time_major: [false] };
const recurrent = ["returnSequences", "returnState", "goBackwards", "stateful", "zeroOutputForMask", "unroll"];
const plainCell = [
  "activation",
  "useBias",
  "dropout",
  "recurrentDropout",
  "seed",
  ...weights("kernel", "recurrent", "bias"),
];
const gatedCell = [...plainCell, "recurrentActivation"];
const convLstmCell = ["filters", ...window, "unitForgetBias", ...gatedCell];
const cell = (options: string[]) => words(options, { fixed: keras2Cell });
const repeated = (options: string[]) => words([...recurrent, ...options], { fixed: keras2Layer });
const convLstm = spatial([...recurrent, ...convLstmCell], { fixed: keras2Layer, defaults: { kernelSize: 3 } });

/** The rows of the layers for 1, 2 and 3 axes of space: `Conv1D`, `Conv2D`, `Conv3D`. */
const forEachRank = (name: string, row: LayerWords): Record<string, LayerWords> =>
  Object.fromEntries([1, 2, 3].map((rank) => [`${name}${rank}D`, row]));

// ── preprocessing and augmentation ───────────────────────────────────────────────────────────────────────────────────

/**
 * Augmentations; `perFrame` is ours alone, bounding boxes are data that no model here has, and Keras 2 says what its random
 * numbers come from.
 */
const augmentation = (options: readonly string[], more: Partial<LayerWords> = {}): LayerWords =>
  spatial([...options, "seed"], {
    ...more,
    dropped: ["perFrame"],
    fixed: { bounding_box_format: any, rng_type: any, ...more.fixed },
  });
const coloured = (...options: string[]): LayerWords => augmentation([...options, "valueRange"]);
const warped = (...options: string[]): LayerWords =>
  augmentation([...options, "fillMode", "fillValue", "interpolation"]);

// ── vocabularies ─────────────────────────────────────────────────────────────────────────────────────────────────────

const vocabulary = ["maxTokens", "vocabulary", "idfWeights", "outputMode", "padToMaxTokens"];
const tokens = ["numOovIndices", "maskToken", "oovToken"];
/** Strings are of no dtype of numbers; the size of a vocabulary is that of the one in the file. */
const lookup: LayerWords["fixed"] = {
  dtype: any,
  encoding: ["utf-8"],
  sparse: [false],
  vocabulary_size: any,
  has_input_vocabulary: any,
};

// ── attention ────────────────────────────────────────────────────────────────────────────────────────────────────────

const attention = ["useScale", "dropout", "seed"];
const heads = ["dropout", "useBias", "useGate", "slidingWindow", "seed", ...weights("kernel", "bias")];
/** What Keras 2 writes beside: the shapes that its weights were made for, and how rows without any step are masked. */
const keras2Heads: LayerWords["fixed"] = {
  query_shape: any,
  key_shape: any,
  value_shape: any,
  softmax_robust_masking: [false],
};

// ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────

const spatialDropout = spatial(["rate", "seed"], { isBare: true });
const cropped = spatial(["cropping"]);
const normalization = ["epsilon", "center", "scale", ...weights("beta", "gamma")];

/** The row of each layer, by its class. */
export const layerTable: Readonly<Record<string, LayerWords>> = {
  Activation: words(["activation"]),
  Flatten: spatial(),
  Reshape: words(["targetShape"]),
  Permute: words(["dims"]),
  RepeatVector: words(["n"]),
  Dropout: words(["rate", "noiseShape", "seed"]),
  SpatialDropout1D: words(["rate", "seed"], { isBare: true }),
  SpatialDropout2D: spatialDropout,
  SpatialDropout3D: spatialDropout,
  GaussianNoise: words(["stddev", "seed"]),
  GaussianDropout: words(["rate", "seed"]),
  AlphaDropout: words(["rate", "noiseShape", "seed"]),
  ActivityRegularization: words(["l1", "l2"]),
  Identity: words(),
  Masking: words(["maskValue"]),
  Rescaling: words(["scale", "offset"], { defaults: { offset: 0 } }),
  ReLU: words(["maxValue", "negativeSlope", "threshold"]),
  LeakyReLU: words(["negativeSlope"], { renamed: { alpha: "negativeSlope" } }),
  ELU: words(["alpha"]),
  Softmax: words(["axis"]),
  PReLU: words(["sharedAxes", ...weights("alpha")]),

  UpSampling1D: words(["size"], { defaults: { size: 2 } }),
  UpSampling3D: spatial(["size"]),
  UpSampling2D: spatial(["size", "interpolation"]),
  Resizing: spatial(
    [...["height", "width", "interpolation", "cropToAspectRatio", "padToAspectRatio", "fillValue", "antialias"]],
    { fixed: { fill_mode: ["constant"] } },
  ),
  CenterCrop: spatial(["height", "width"]),
  AutoContrast: spatial(["valueRange"], { fixed: { bounding_box_format: any } }),
  AugMix: coloured("numChains", "chainDepth", "factor", "alpha", "allOps", "interpolation"),
  CutMix: augmentation(["factor"]),
  Equalization: coloured("bins"),
  MixUp: augmentation(["alpha"]),
  Pipeline: words(["layers"], { isBare: true }),
  RandAugment: coloured("numOps", "factor", "interpolation"),
  RandomBrightness: coloured("factor"),
  RandomColorDegeneration: coloured("factor"),
  RandomColorJitter: coloured("brightnessFactor", "contrastFactor", "saturationFactor", "hueFactor"),
  RandomContrast: coloured("factor"),
  RandomCrop: augmentation(["height", "width"]),
  RandomElasticTransform: coloured("factor", "scale", "interpolation", "fillMode", "fillValue"),
  RandomErasing: coloured("factor", "scale", "fillValue"),
  RandomFlip: augmentation(["mode"]),
  RandomGaussianBlur: coloured("factor", "kernelSize", "sigma"),
  RandomGrayscale: augmentation(["factor"]),
  RandomHue: coloured("factor"),
  RandomInvert: coloured("factor"),
  RandomPerspective: augmentation(["factor", "scale", "interpolation", "fillValue"]),
  RandomPosterization: coloured("factor"),
  RandomRotation: warped("factor"),
  RandomSaturation: coloured("factor"),
  RandomSharpness: coloured("factor"),
  RandomShear: warped("xFactor", "yFactor"),
  RandomTranslation: warped("heightFactor", "widthFactor"),
  RandomZoom: warped("heightFactor", "widthFactor"),
  Solarization: coloured("additionFactor", "thresholdFactor"),
  Cropping1D: words(["cropping"]),
  Cropping2D: cropped,
  Cropping3D: cropped,
  ...forEachRank("ZeroPadding", spatial(["padding"])),

  ...forEachRank("MaxPooling", pooling),
  ...forEachRank("AveragePooling", pooling),
  ...forEachRank("GlobalAveragePooling", globalPooling),
  ...forEachRank("GlobalMaxPooling", globalPooling),

  ...forEachRank("AdaptiveAveragePooling", adaptivePooling),
  ...forEachRank("AdaptiveMaxPooling", adaptivePooling),

  Add: words(),
  Multiply: words(),
  Subtract: words(),
  Average: words(),
  Maximum: words(),
  Minimum: words(),
  Concatenate: words(["axis"]),
  Dot: words(["axes", "normalize"]),

  Attention: words(["scoreMode", ...attention], { fixed: { causal: [false] } }),
  AdditiveAttention: words(attention, { fixed: { causal: [false] } }),
  MultiHeadAttention: words(["numHeads", "keyDim", "valueDim", "outputShape", "attentionAxes", ...heads], {
    fixed: keras2Heads,
  }),
  GroupQueryAttention: words(["headDim", "numQueryHeads", "numKeyValueHeads", ...heads]),

  Dense: words(["units", ...result, ...weights("kernel", "bias")]),
  Embedding: words(["inputDim", "outputDim", "maskZero", ...weights("embeddings")], {
    fixed: { input_length: any, sparse: [false] },
  }),
  ReversibleEmbedding: words(
    ["inputDim", "outputDim", "maskZero", "tieWeights", "logitSoftCap", ...weights("embeddings")],
    { fixed: { reverse_dtype: ["float32"] } },
  ),
  EinsumDense: words(["equation", "outputShape", "biasAxes", "activation", ...weights("kernel", "bias")]),
  ...forEachRank("Conv", convolution),
  Conv1DTranspose: transposed,
  Conv2DTranspose: transposed,
  Conv3DTranspose: transposed,
  DepthwiseConv1D: depthwise,
  DepthwiseConv2D: depthwise,
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  BatchNormalization: words(
    ["axis", "momentum", "movingMeanInitializer", "movingVarianceInitializer", ...normalization],
    { listed: ["axis"], fixed: { synchronized: [false], renorm: [false], renorm_momentum: any, fused: any } },
  ),
  Normalization: words(["axis", "mean", "variance", "invert"]),
  CategoryEncoding: words(["numTokens", "outputMode"], {
    fixed: { sparse: [false] },
    renamed: { max_tokens: "numTokens" },
  }),
  Discretization: words(["binBoundaries", "numBins", "epsilon", "outputMode"], {
    fixed: { sparse: [false] },
    defaults: { epsilon: 0.01 },
    isBare: true,
  }),
  Hashing: words(["numBins", "maskValue", "salt", "outputMode"], { fixed: { dtype: any, sparse: [false] } }),
  IntegerLookup: words([...vocabulary, ...tokens, "invert"], {
    fixed: { ...lookup, vocabulary_dtype: ["int64", "int32"], oov_method: ["floormod"] },
    defaults: { vocabulary_dtype: "int64" },
  }),
  StringLookup: words([...vocabulary, ...tokens, "salt"], {
    fixed: { ...lookup, invert: [false], oov_method: any },
    defaults: { invert: false },
  }),
  TextVectorization: words([...vocabulary, "standardize", "split", "ngrams", "outputSequenceLength"], {
    fixed: { ...lookup, ragged: [false] },
  }),
  LayerNormalization: words(["axis", ...normalization], { fixed: { rms_scaling: [false] } }),
  GroupNormalization: words(["groups", "axis", ...normalization]),
  RMSNormalization: words(["axis", "epsilon"]),
  UnitNormalization: words(["axis"]),
  SpectralNormalization: words(["layer", "powerIterations"]),
  LayerScale: words(["initValues", "projectionDim"], { module: "keras.src.applications.convnext" }),
  StochasticDepth: words(["dropPathRate"], { module: "keras.src.applications.convnext" }),

  SimpleRNN: repeated(["units", ...plainCell]),
  LSTM: repeated(["units", "unitForgetBias", ...gatedCell]),
  GRU: repeated(["units", "resetAfter", ...gatedCell]),
  ...forEachRank("ConvLSTM", convLstm),
  SimpleRNNCell: cell(["units", ...plainCell]),
  LSTMCell: cell(["units", "unitForgetBias", ...gatedCell]),
  GRUCell: cell(["units", "resetAfter", ...gatedCell]),
  StackedRNNCells: words(["cells"], { fixed: { reverse_state_order: [false] } }),
  RNN: words([...recurrent, "cell"], { fixed: keras2Layer }),
  Bidirectional: words(["layer", "backwardLayer", "mergeMode"]),
  TimeDistributed: words(["layer"], { dropped: ["statistics"] }),
};

/** Options of Keras that are refused -> what to do instead. */
export const optionAdvice: Readonly<Record<string, string>> = {
  sparse: "results are dense here, set it to false in Keras",
  ragged: "rows are filled with zeros here, set it to false in Keras",
  invert: "cut the model before it, and look its numbers up in the vocabulary",
};

/** Layers of Keras that are refused -> why, and what to do. */
export const refused: Readonly<Record<string, string>> = {
  ContrastLimitedAdaptiveHistogramEqualization: "needs histograms of pixels; apply it to the data before",
  HashedCrossing: "hashes by TensorFlow's functions; prepare the data before",
  MaxNumBoundingBoxes: "works on bounding boxes, which no model here takes; take it out",
  MelSpectrogram: "needs Fourier transforms; prepare the data before",
  STFTSpectrogram: "needs Fourier transforms; prepare the data before",
};

/** Our layers that Keras does not have -> what to use instead. */
export const notKeras: Readonly<Record<string, string>> = { ConvLSTM2DCell: "ConvLSTM2D" };

/**
 * Other layers of Keras, and other names of them, that ours replace -> ours, with the options that make them the same. The
 * class of GroupQueryAttention has another name within Keras 3, which its `.h5` files give.
 */
export const replacedLayers: Readonly<Record<string, Required<Named>>> = {
  CuDNNLSTM: { className: "LSTM", config: {} },
  CuDNNGRU: { className: "GRU", config: { resetAfter: true } },
  GroupedQueryAttention: { className: "GroupQueryAttention", config: {} },
};
/** Our layers that stand for an option in Keras. */
export const asOptions: Readonly<Record<string, string>> = { ChannelsFirst: "data_format" };
