/** How the options of Keras's layers correspond to ours: a row for each class, whose name is the same in both. */

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

// ── pooling ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const pooling = spatial(["poolSize", "strides", "padding"], { defaults: { poolSize: 2 } });
const globalPooling = spatial(["keepdims"]);

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
  Masking: words(["maskValue"]),
  Rescaling: words(["scale", "offset"]),
  ReLU: words(["maxValue", "negativeSlope", "threshold"]),
  LeakyReLU: words(["negativeSlope"], { renamed: { alpha: "negativeSlope" } }),
  ELU: words(["alpha"]),
  Softmax: words(["axis"]),
  PReLU: words(["sharedAxes", ...weights("alpha")]),

  UpSampling2D: spatial(["size", "interpolation"]),
  Resizing: spatial(
    [...["height", "width", "interpolation", "cropToAspectRatio", "padToAspectRatio", "fillValue", "antialias"]],
    { fixed: { fill_mode: ["constant"] } },
  ),
  CenterCrop: spatial(["height", "width"]),
  Cropping1D: words(["cropping"]),
  Cropping2D: cropped,
  Cropping3D: cropped,
  ...forEachRank("ZeroPadding", spatial(["padding"])),

  ...forEachRank("MaxPooling", pooling),
  ...forEachRank("AveragePooling", pooling),
  ...forEachRank("GlobalAveragePooling", globalPooling),
  ...forEachRank("GlobalMaxPooling", globalPooling),

  Add: words(),
  Multiply: words(),
  Subtract: words(),
  Average: words(),
  Maximum: words(),
  Minimum: words(),
  Concatenate: words(["axis"]),
  Dot: words(["axes", "normalize"]),

  Dense: words(["units", ...result, ...weights("kernel", "bias")]),
  Embedding: words(["inputDim", "outputDim", "maskZero", ...weights("embeddings")], {
    fixed: { input_length: any, sparse: [false] },
  }),
  ...forEachRank("Conv", convolution),
  Conv2DTranspose: spatial(["filters", "outputPadding", ...window, ...result, ...weights("kernel", "bias")], {
    fixed: { groups: [1] },
  }),
  DepthwiseConv2D: spatial(["depthMultiplier", ...window, ...result, ...weights("depthwise", "bias")], {
    fixed: leftOvers,
  }),
  SeparableConv2D: spatial(
    ["filters", "depthMultiplier", ...window, ...result, ...weights("depthwise", "pointwise", "bias")],
    { fixed: leftOvers },
  ),
  BatchNormalization: words(
    ["axis", "momentum", "movingMeanInitializer", "movingVarianceInitializer", ...normalization],
    { listed: ["axis"], fixed: { synchronized: [false], renorm: [false], renorm_momentum: any, fused: any } },
  ),
  LayerNormalization: words(["axis", ...normalization], { fixed: { rms_scaling: [false] } }),

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

/** Our layers that Keras does not have -> what to use instead. */
export const notKeras: Readonly<Record<string, string>> = { ConvLSTM2DCell: "ConvLSTM2D" };

/** Our layers that stand for an option in Keras. */
export const asOptions: Readonly<Record<string, string>> = { ChannelsFirst: "data_format" };
