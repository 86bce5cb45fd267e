/** The functions and graph nodes of TensorFlow that models of Keras 2 contain, and the operations here that they are. */
import type { JsonObject } from "../../json.js";
import type { KerasArguments, OurCall } from "./operationTable.js";

/** A function of TensorFlow. */
export interface FunctionRow {
  /** The names of its arguments, in the order of ours. The first one is that by position. */
  readonly names: readonly string[];
  /** Arguments that only TensorFlow has, with the values for which it does the same as ours. */
  readonly fixed: Readonly<Record<string, readonly unknown[] | "any">>;
  /** Our call; undefined for arguments that ours cannot take. */
  readonly read: (values: KerasArguments) => OurCall | undefined;
}

const row = (
  operation: string,
  text: string,
  defaults: Readonly<Record<string, unknown>> = {},
  fixed: FunctionRow["fixed"] = {},
): FunctionRow => {
  const names = text.split(" ");
  return {
    names,
    fixed,
    read: (values) => ({ operation, args: names.map((name) => values[name] ?? defaults[name] ?? null) }),
  };
};
const own = (text: string, read: FunctionRow["read"], fixed: FunctionRow["fixed"] = {}): FunctionRow => ({ names: text.split(" "), read, fixed }); // prettier-ignore

const isTensor = (value: unknown): boolean => value instanceof Object && "tensor" in value;

function power({ x, y }: KerasArguments): OurCall | undefined {
  if (isTensor(x) && typeof y === "number") return { operation: "power", args: [x, y] };
  return typeof x === "number" && x > 0 && isTensor(y) ? { operation: "powerOf", args: [y, x] } : undefined;
}

/** All numbers are floats here; a tensor of Keras 2 that is cast to whole numbers may have been one of floats. */
const cast = ({ x, dtype }: KerasArguments): OurCall | undefined =>
  typeof dtype === "string" && /^b?float|^bool/.test(dtype) ? { operation: "cast", args: [x, dtype] } : undefined;

/** Sizes of parts, which are indices here. */
function split({ value, num_or_size_splits: parts, axis = 0 }: KerasArguments): OurCall | undefined {
  if (typeof parts === "number") return { operation: "split", args: [value, parts, axis] };
  if (!Array.isArray(parts) || !parts.every((size) => Number.isSafeInteger(size) && size >= 0)) return undefined;
  let end = 0;
  return { operation: "split", args: [value, (parts as number[]).slice(0, -1).map((size) => (end += size)), axis] };
}

function matMul({ a, b, transpose_a: turnA, transpose_b: turnB }: KerasArguments): OurCall | undefined {
  return turnA === true || turnB === true ? undefined : { operation: "matMul", args: [a, b] };
}

const pad = ({ tensor, paddings, mode = "CONSTANT", constant_values: value }: KerasArguments): OurCall => ({
  operation: "pad",
  args: [tensor, value ?? null, paddings, String(mode).toLowerCase()],
});

const l2 = own("x axis epsilon", ({ x, axis, epsilon = 1e-12 }) => ({
  operation: "normalize",
  args: [x, axis ?? null, 2, Math.sqrt(Number(epsilon))],
}));
const resize = own(
  "images size method antialias",
  ({ images, size, method = "bilinear", antialias = false }) =>
    ["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"].includes(method as string)
      ? { operation: "resize", args: [images, size, method, antialias] }
      : undefined,
  { preserve_aspect_ratio: [false] },
);
const argMax = (operation: string) => row(operation, "input axis", { axis: 0 }, { output_type: "any" });
const reduction = (operation: string) => row(operation, "input_tensor axis keepdims");
const binary = (operation: string) => row(operation, "x y");
const unary = (operation: string) => row(operation, "x");
const feature = (operation: string) => row(operation, "features");
const squeeze = own("input axis squeeze_dims", ({ input, axis, squeeze_dims: dims }) => ({ operation: "squeeze", args: [input, axis ?? dims ?? null] })); // prettier-ignore
const transpose = row("transpose", "a perm", {}, { conjugate: [false] });
const gather = row("take", "params indices axis", { axis: 0 }, { batch_dims: [0], validate_indices: "any" });
const softmax = (operation: string) => row(operation, "logits axis", { axis: -1 });

const names: Readonly<Record<string, FunctionRow>> = {
  "__operators__.getitem": own("x slice_spec", ({ x, slice_spec: key }) => ({ operation: "getItem", args: [x, key] })),
  "__operators__.add": binary("add"),
  "__operators__.ne": binary("notEqual"),
  "__operators__.eq": binary("equal"),
  "math.add": binary("add"),
  "math.subtract": binary("subtract"),
  "math.multiply": binary("multiply"),
  "math.truediv": binary("divide"),
  "math.divide": binary("divide"),
  "math.divide_no_nan": binary("divideNoNan"),
  "math.maximum": binary("maximum"),
  "math.minimum": binary("minimum"),
  "math.pow": own("x y", power),
  "math.equal": binary("equal"),
  "math.not_equal": binary("notEqual"),
  "math.greater": binary("greater"),
  "math.greater_equal": binary("greaterEqual"),
  "math.less": binary("less"),
  "math.less_equal": binary("lessEqual"),
  "math.logical_and": binary("logicalAnd"),
  "math.logical_or": binary("logicalOr"),
  "math.logical_xor": binary("logicalXor"),
  "math.logical_not": unary("logicalNot"),
  where: own("condition x y", ({ condition, x, y }) => (x == null || y == null ? undefined : { operation: "where", args: [condition, x, y] })), // prettier-ignore
  "math.abs": unary("abs"),
  "math.negative": unary("negative"),
  "math.square": unary("square"),
  "math.sqrt": unary("sqrt"),
  "math.rsqrt": unary("rsqrt"),
  "math.reciprocal": unary("reciprocal"),
  "math.exp": unary("exp"),
  "math.expm1": unary("expm1"),
  "math.log": unary("log"),
  "math.log1p": unary("log1p"),
  "math.sign": unary("sign"),
  "math.sigmoid": unary("sigmoid"),
  "math.tanh": unary("tanh"),
  "math.softplus": feature("softplus"),
  "math.log_sigmoid": unary("logSigmoid"),
  "math.is_nan": unary("isNaN"),
  "math.is_inf": unary("isInf"),
  "math.is_finite": unary("isFinite"),
  clip_by_value: own("t clip_value_min clip_value_max", ({ t, clip_value_min: low, clip_value_max: high }) =>
    [low, high].every((bound) => typeof bound === "number") ? { operation: "clip", args: [t, low, high] } : undefined,
  ),
  cast: own("x dtype", cast),
  identity: row("identity", "input"),
  stop_gradient: row("identity", "input"),
  zeros_like: row("zerosLike", "input", {}, { dtype: "any" }),
  ones_like: row("onesLike", "input", {}, { dtype: "any" }),

  "nn.relu": feature("relu"),
  "nn.relu6": feature("relu6"),
  "nn.elu": feature("elu"),
  "nn.selu": feature("selu"),
  "nn.leaky_relu": row("leakyRelu", "features alpha", { alpha: 0.2 }),
  "nn.gelu": row("gelu", "features approximate", { approximate: false }),
  "nn.silu": row("silu", "features", {}, { beta: [1] }),
  "nn.softsign": feature("softsign"),
  "nn.softmax": softmax("softmax"),
  "nn.log_softmax": softmax("logSoftmax"),
  "nn.bias_add": row("add", "value bias", {}, { data_format: ["NHWC", "N...C"] }),
  "nn.depth_to_space": row("depthToSpace", "input block_size", {}, { data_format: ["NHWC"] }),
  "nn.space_to_depth": row("spaceToDepth", "input block_size", {}, { data_format: ["NHWC"] }),
  "math.l2_normalize": l2,

  "math.reduce_mean": reduction("mean"),
  "math.reduce_sum": reduction("sum"),
  "math.reduce_max": reduction("max"),
  "math.reduce_min": reduction("min"),
  "math.reduce_std": reduction("std"),
  "math.reduce_variance": reduction("variance"),
  "math.reduce_logsumexp": reduction("logSumExp"),
  "math.reduce_any": reduction("any"),
  "math.reduce_all": reduction("all"),
  "math.argmax": argMax("argMax"),
  "math.argmin": argMax("argMin"),

  concat: row("concat", "values axis"),
  stack: row("stack", "values axis", { axis: 0 }),
  unstack: row("unstack", "value num axis", { axis: 0 }),
  split: own("value num_or_size_splits axis", split),
  expand_dims: row("expandDims", "input axis"),
  squeeze,
  transpose,
  reshape: row("reshape", "tensor shape"),
  tile: row("tile", "input multiples"),
  repeat: row("repeat", "input repeats axis"),
  broadcast_to: row("broadcastTo", "input shape"),
  reverse: row("flip", "tensor axis"),
  roll: row("roll", "input shift axis"),
  pad: own("tensor paddings mode constant_values", pad),
  slice: row("slice", "input_ begin size"),
  gather,
  one_hot: row("oneHot", "indices depth axis", { axis: -1 }, { on_value: [1], off_value: [0], dtype: "any" }),
  "linalg.matmul": own("a b transpose_a transpose_b", matMul, { adjoint_a: [false], adjoint_b: [false], a_is_sparse: [false], b_is_sparse: [false], output_type: [] }), // prettier-ignore
  tensordot: row("tensorDot", "a b axes"),
  "image.resize": resize,
  "image.rgb_to_grayscale": row("rgbToGrayscale", "images"),
};

/** The row of each function, by its name without `tf.`. */
export const tensorFlowFunctions: Readonly<Record<string, FunctionRow>> = {
  ...names,
  // Other names of the same functions.
  "nn.sigmoid": unary("sigmoid"),
  "nn.tanh": unary("tanh"),
  "nn.softplus": feature("softplus"),
  "nn.swish": names["nn.silu"],
  "nn.l2_normalize": l2,
  "math.softsign": feature("softsign"),
  "math.log_softmax": softmax("logSoftmax"),
  "math.softmax": softmax("softmax"),
  "compat.v1.squeeze": squeeze,
  "compat.v1.transpose": transpose,
  "compat.v1.gather": gather,
  "compat.v1.pad": names.pad,
  "compat.v1.image.resize": resize,
  "image.resize_with_pad": { ...resize, read: () => undefined },
};

// ── nodes of TensorFlow's graph ──────────────────────────────────────────────────────────────────────────────────────

type NodeRow = (inputs: readonly unknown[], attributes: JsonObject) => OurCall | undefined;

const simple =
  (operation: string): NodeRow =>
  (args) => ({ operation, args });
const reduced =
  (operation: string): NodeRow =>
  ([x, axis], { keep_dims: keep }) => ({ operation, args: [x, axis ?? null, keep === true] });

/** The bits of a mask of StridedSlice, one for each index. */
const bit = (mask: unknown, i: number): boolean => Math.floor(Number(mask ?? 0) / 2 ** i) % 2 === 1;

const stridedSlice: NodeRow = ([x, begin, end, strides], masks) => {
  if (![begin, end, strides].every((list) => Array.isArray(list) && list.every(Number.isSafeInteger))) return undefined;
  const [from, to, steps] = [begin, end, strides] as number[][];
  const key = from.map((start, i) => {
    if (bit(masks.ellipsis_mask, i)) return "...";
    if (bit(masks.new_axis_mask, i)) return null;
    if (bit(masks.shrink_axis_mask, i)) return start;
    const ends = { ...(!bit(masks.begin_mask, i) && { start }), ...(!bit(masks.end_mask, i) && { stop: to[i] }) };
    return { ...ends, ...(steps[i] !== 1 && { step: steps[i] }) };
  });
  return { operation: "getItem", args: [x, key] };
};

/** The row of each kind of node: our call from its inputs in order and its attributes. */
export const tensorFlowNodes: Readonly<Record<string, NodeRow>> = {
  Add: simple("add"),
  AddV2: simple("add"),
  BiasAdd: ([x, bias], { data_format: format }) =>
    format === undefined || format === "TkhXQw==" || format === "NHWC"
      ? { operation: "add", args: [x, bias] }
      : undefined,
  Sub: simple("subtract"),
  Mul: simple("multiply"),
  Div: simple("divide"),
  RealDiv: simple("divide"),
  Maximum: simple("maximum"),
  Minimum: simple("minimum"),
  Pow: ([x, y]) => power({ x, y }),
  Abs: simple("abs"),
  Neg: simple("negative"),
  Square: simple("square"),
  Sqrt: simple("sqrt"),
  Rsqrt: simple("rsqrt"),
  Reciprocal: simple("reciprocal"),
  Exp: simple("exp"),
  Log: simple("log"),
  Sign: simple("sign"),
  Sigmoid: simple("sigmoid"),
  Tanh: simple("tanh"),
  Relu: simple("relu"),
  Relu6: simple("relu6"),
  Elu: simple("elu"),
  Selu: simple("selu"),
  Softplus: simple("softplus"),
  Softsign: simple("softsign"),
  Softmax: simple("softmax"),
  LogSoftmax: simple("logSoftmax"),
  Identity: simple("identity"),
  StopGradient: simple("identity"),
  Greater: simple("greater"),
  GreaterEqual: simple("greaterEqual"),
  Less: simple("less"),
  LessEqual: simple("lessEqual"),
  Equal: simple("equal"),
  NotEqual: simple("notEqual"),
  SelectV2: simple("where"),
  Mean: reduced("mean"),
  Sum: reduced("sum"),
  Max: reduced("max"),
  Min: reduced("min"),
  ArgMax: ([x, axis]) => ({ operation: "argMax", args: [x, axis] }),
  Reshape: simple("reshape"),
  ExpandDims: simple("expandDims"),
  Squeeze: ([x], { squeeze_dims: axes }) => ({
    operation: "squeeze",
    args: [x, Array.isArray(axes) && axes.length > 0 ? axes : null],
  }),
  Transpose: simple("transpose"),
  Tile: simple("tile"),
  ReverseV2: simple("flip"),
  Slice: simple("slice"),
  ConcatV2: (inputs) => ({ operation: "concat", args: [inputs.slice(0, -1), inputs.at(-1)] }),
  Pack: (inputs, { axis = 0 }) => ({ operation: "stack", args: [inputs, axis] }),
  Pad: ([x, width]) => ({ operation: "pad", args: [x, null, width] }),
  PadV2: ([x, width, value]) => ({ operation: "pad", args: [x, value, width] }),
  GatherV2: ([x, indices, axis], { batch_dims: shared = 0 }) =>
    shared === 0 ? { operation: "take", args: [x, indices, axis] } : undefined,
  StridedSlice: stridedSlice,
  MatMul: ([a, b], { transpose_a: turnA, transpose_b: turnB }) =>
    matMul({ a, b, transpose_a: turnA, transpose_b: turnB }),
  BatchMatMulV2: ([a, b], { adj_x: turnA, adj_y: turnB }) => matMul({ a, b, transpose_a: turnA, transpose_b: turnB }),
};
