/** How Keras's operations correspond to ours: a row for each class of `keras.ops`. */
import type { JsonObject } from "../../json.js";

/** The arguments of an operation by Keras's names; inputs are `{ tensor: i }`. */
export type KerasArguments = Readonly<Record<string, unknown>>;

/** An operation of ours with its arguments, as `OperationLayer` takes them. */
export interface OurCall {
  readonly operation: string;
  readonly args: readonly unknown[];
}

export interface OperationRow {
  /** The last part of the module in Keras: `keras.src.ops.numpy`. */
  readonly module: string;
  /** Our operation. */
  readonly ours: string;
  /** Keras's names of the arguments of a call, in order. With those of the config after them, they are in our order. */
  readonly call: readonly string[];
  /** Keras's names of the arguments that are kept in the config. */
  readonly config: readonly string[];
  /** Values where Keras and we have different defaults: Keras's for a file that lacks one, ours for a call that does. */
  readonly defaults: Readonly<Record<string, { readonly keras: unknown; readonly ours: unknown }>>;
  /** Arguments that only Keras has, with the values for which it does the same as ours; null and undefined always. */
  readonly fixed: Readonly<Record<string, readonly unknown[] | "any">>;
  /** Our call, where it is not the arguments in order; undefined for arguments that ours cannot take. */
  readonly read?: (values: KerasArguments, dtypes: readonly (string | undefined)[]) => OurCall | undefined;
  /** Keras's arguments for ours, where they are not in order; undefined for arguments that Keras's does not have. */
  readonly write?: (args: readonly unknown[]) => KerasArguments | undefined;
}

const row =
  (module: string) =>
  (ours: string, call: string, config = "", more: Partial<OperationRow> = {}): OperationRow => ({
    module,
    ours,
    call: words(call),
    config: words(config),
    defaults: {},
    fixed: {},
    ...more,
  });
const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

const [numpy, nn, core, math, image, linalg] = ["numpy", "nn", "core", "math", "image", "linalg"].map(row);
const unary = (ours: string) => numpy(ours, "x");
const binary = (ours: string) => numpy(ours, "x1 x2");
const reduction = (ours: string, more: Partial<OperationRow> = {}) => numpy(ours, "x", "axis keepdims", more);
const activation = (ours: string, config = "", more: Partial<OperationRow> = {}) => nn(ours, "x", config, more);
const lastChannels = { data_format: ["channels_last"] };
const anyDtype = { fixed: { dtype: "any" } } as const;
const joined = (ours: string, list: string) => numpy(ours, list, "axis", { defaults: { axis: { keras: 0, ours: ours === "concat" ? -1 : 0 } } }); // prettier-ignore

/** A number, or a constant tensor with one element. */
const scalar = (value: unknown): number | undefined => {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return value;
  return Array.isArray(value) && value.length === 1 ? scalar(value[0]) : undefined;
};
const isTensor = (value: unknown): boolean => value instanceof Object && "tensor" in value;

/** A power of a tensor and a number; two tensors are none of ours. */
function readPower({ x1, x2 }: KerasArguments): OurCall | undefined {
  const [base, exponent] = [scalar(x1), scalar(x2)];
  if (isTensor(x1) && exponent !== undefined) return { operation: "power", args: [x1, exponent] };
  return isTensor(x2) && base !== undefined && base > 0 ? { operation: "powerOf", args: [x2, base] } : undefined;
}

/** All numbers are floats here: whole numbers stay what they are, but floats cannot be rounded. */
function readCast(
  { x, dtype }: KerasArguments,
  [from = "float32"]: readonly (string | undefined)[],
): OurCall | undefined {
  if (typeof dtype !== "string") return undefined;
  if (/^u?int/.test(dtype)) return /float/.test(from) ? undefined : { operation: "castWhole", args: [x, dtype] };
  return { operation: "cast", args: [x, dtype] };
}

const withoutNull =
  (read: (values: KerasArguments) => OurCall | undefined, name: string) => (values: KerasArguments) =>
    values[name] == null ? undefined : read(values);
const ordered = (operation: string, names: readonly string[]) => (values: KerasArguments) => ({
  operation,
  args: names.map((name) => values[name] ?? null),
});
const clip = withoutNull(
  ({ x, x_min: low, x_max: high }) =>
    [low, high].every((bound) => scalar(bound) !== undefined)
      ? { operation: "clip", args: [x, scalar(low), scalar(high)] }
      : undefined,
  "x_max",
);
const identity = (module: typeof numpy, call = "x", config = "") => module("identity", call, config, anyDtype);

/** The row of each operation, by its class. Where several are the same operation, the first is written. */
export const operationTable: Readonly<Record<string, OperationRow>> = {
  Add: binary("add"),
  Subtract: binary("subtract"),
  Multiply: binary("multiply"),
  TrueDivide: binary("divide"),
  Divide: binary("divide"),
  DivideNoNan: binary("divideNoNan"),
  Maximum: binary("maximum"),
  Minimum: binary("minimum"),
  Logaddexp: binary("logaddexp"),
  Power: numpy("power", "x1 x2", "", { read: readPower }),

  Equal: binary("equal"),
  NotEqual: binary("notEqual"),
  Greater: binary("greater"),
  GreaterEqual: binary("greaterEqual"),
  Less: binary("less"),
  LessEqual: binary("lessEqual"),
  LogicalAnd: binary("logicalAnd"),
  LogicalOr: binary("logicalOr"),
  LogicalXor: binary("logicalXor"),
  LogicalNot: unary("logicalNot"),
  Isnan: unary("isNaN"),
  Isinf: unary("isInf"),
  Isfinite: unary("isFinite"),
  Where: numpy("where", "condition x1 x2", "", {
    read: withoutNull(ordered("where", ["condition", "x1", "x2"]), "x2"),
  }),

  Absolute: unary("abs"),
  Abs: unary("abs"),
  Fabs: unary("abs"),
  Exp: unary("exp"),
  Exp2: unary("exp2"),
  Expm1: unary("expm1"),
  Log: unary("log"),
  Log2: unary("log2"),
  Log10: unary("log10"),
  Log1p: unary("log1p"),
  Negative: unary("negative"),
  Reciprocal: unary("reciprocal"),
  Rsqrt: math("rsqrt", "x"),
  Sign: unary("sign"),
  Sqrt: unary("sqrt"),
  Square: unary("square"),
  Tanh: unary("tanh"),
  Deg2rad: unary("deg2rad"),
  Rad2deg: unary("rad2deg"),
  Clip: numpy("clip", "x", "x_min x_max", { read: clip }),
  NanToNum: numpy("nanToNum", "x", "nan posinf neginf"),
  Cast: core("cast", "x", "dtype", { read: readCast }),
  Copy: identity(numpy),
  StopGradient: identity(core, "variable"),
  ConvertToTensor: core("identity", "x", "", { fixed: { dtype: "any", sparse: [false], ragged: [false] } }),
  ZerosLike: numpy("zerosLike", "x", "", anyDtype),
  OnesLike: numpy("onesLike", "x", "", anyDtype),
  FullLike: numpy("fullLike", "x fill_value", "", anyDtype),

  Relu: activation("relu"),
  Relu6: activation("relu6"),
  Sigmoid: activation("sigmoid"),
  Softmax: activation("softmax", "axis"),
  LogSoftmax: activation("logSoftmax", "axis"),
  Celu: activation("celu", "alpha"),
  Elu: activation("elu", "alpha"),
  Selu: activation("selu"),
  LeakyRelu: activation("leakyRelu", "negative_slope"),
  HardShrink: activation("hardShrink", "threshold"),
  SoftShrink: activation("softShrink", "threshold"),
  Threshold: activation("threshold", "threshold default_value"),
  Glu: activation("glu", "axis"),
  HardSigmoid: activation("hardSigmoid"),
  HardSilu: activation("hardSilu"),
  LogSigmoid: activation("logSigmoid"),
  Silu: activation("silu"),
  SparseSigmoid: activation("sparseSigmoid"),
  HardTanh: activation("hardTanh"),
  Softsign: activation("softsign"),
  TanhShrink: activation("tanhShrink"),
  Gelu: activation("gelu", "approximate", { defaults: { approximate: { keras: true, ours: false } } }),
  Softplus: activation("softplus"),
  SparsePlus: activation("sparsePlus"),
  Squareplus: activation("squareplus", "b"),
  Sparsemax: activation("sparsemax", "axis"),

  All: reduction("all"),
  Any: reduction("any"),
  Max: reduction("max", { fixed: { initial: [] } }),
  Mean: reduction("mean"),
  Min: reduction("min", { fixed: { initial: [] } }),
  Std: reduction("std"),
  Sum: reduction("sum"),
  Var: reduction("variance"),
  Amax: reduction("max"),
  Amin: reduction("min"),
  Argmax: reduction("argMax"),
  Argmin: reduction("argMin"),
  Ptp: reduction("peakToPeak"),
  Average: numpy("average", "x weights", "axis"),
  CountNonzero: numpy("countNonzero", "x", "axis"),
  Logsumexp: math("logSumExp", "x", "axis keepdims"),
  Norm: linalg("norm", "x", "ord axis keepdims"),
  Moments: nn("moments", "x", "axes keepdims", { fixed: { synchronized: [false] } }),

  BatchNorm: nn("batchNorm", "x mean variance offset scale", "axis epsilon"),
  LayerNorm: nn("layerNorm", "x gamma beta", "axis epsilon", { fixed: { rms_scaling: [false] } }),
  RMSNorm: nn("rmsNorm", "x scale", "axis epsilon"),
  Normalize: nn("normalize", "x", "axis order epsilon"),

  Append: numpy("append", "x1 x2", "axis"),
  BroadcastTo: numpy("broadcastTo", "x", "shape"),
  Concatenate: joined("concat", "xs"),
  Stack: joined("stack", "x"),
  Hstack: numpy("hstack", "xs"),
  Vstack: numpy("vstack", "xs"),
  ExpandDims: numpy("expandDims", "x", "axis"),
  Squeeze: numpy("squeeze", "x", "axis"),
  Flip: numpy("flip", "x", "axis"),
  GetItem: numpy("getItem", "x key"),
  Slice: core("slice", "inputs start_indices", "shape"),
  Moveaxis: numpy("moveAxis", "x", "source destination"),
  Swapaxes: numpy("swapAxes", "x", "axis1 axis2"),
  Transpose: numpy("transpose", "x", "axes"),
  Pad: numpy("pad", "x constant_values", "pad_width mode"),
  Ravel: unary("ravel"),
  Repeat: numpy("repeat", "x", "repeats axis"),
  Reshape: numpy("reshape", "x", "newshape"),
  Roll: numpy("roll", "x", "shift axis"),
  Split: numpy("split", "x", "indices_or_sections axis"),
  Unstack: core("unstack", "x", "num axis"),
  Take: numpy("take", "x indices", "axis"),
  Tile: numpy("tile", "x", "repeats"),
  OneHot: nn("oneHot", "x", "num_classes axis", { fixed: { dtype: "any", sparse: [false] } }),
  DepthToSpace: nn("depthToSpace", "x", "block_size", { fixed: lastChannels }),
  SpaceToDepth: nn("spaceToDepth", "x", "block_size", { fixed: lastChannels }),

  Dot: binary("dot"),
  Matmul: binary("matMul"),
  Tensordot: numpy("tensorDot", "x1 x2", "axes"),

  AveragePool: nn("averagePool", "inputs", "pool_size strides padding", { fixed: lastChannels }),
  MaxPool: nn("maxPool", "inputs", "pool_size strides padding", { fixed: lastChannels }),
  Resize: image("resize", "images", "size interpolation antialias", {
    fixed: {
      ...lastChannels,
      crop_to_aspect_ratio: [false],
      pad_to_aspect_ratio: [false],
      fill_mode: "any",
      fill_value: "any",
    },
  }),
  RGBToGrayscale: image("rgbToGrayscale", "images", "", { fixed: lastChannels }),
};

/** Whether a class of this name, without a module, is an operation: a layer of the same name has the option `trainable`. */
export const isOperationConfig = (className: unknown, config: JsonObject): boolean =>
  typeof className === "string" && Object.hasOwn(operationTable, className) && config.trainable === undefined;
