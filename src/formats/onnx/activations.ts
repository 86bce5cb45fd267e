/** Activation functions as operations of ONNX. */
import type { ActivationParts } from "../../activations/table.js";
import { ArgumentError } from "../../errors.js";
import type { Named } from "../../named.js";
import type { GraphBuilder, Value } from "./builder.js";
import type { Attribute } from "./proto.js";

/** Adds an activation of tensor x; returns the name of the result. @param axis the axis of the channels. */
type WriteActivation = (graph: GraphBuilder, x: string, options: Record<string, number>, axis: number) => string;

const oneOperation =
  (type: string, attributes: Record<string, Attribute> = {}): WriteActivation =>
  (graph, x) =>
    graph.op(type, [x], attributes);
const clip = (graph: GraphBuilder, x: string, low: number, high: number) =>
  graph.op("Clip", [x, graph.scalar(low), graph.scalar(high)]);
const times = (graph: GraphBuilder, a: string, b: string) => graph.op("Mul", [a, b]);
const hardSigmoid = oneOperation("HardSigmoid", { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
/** x * gate(x), such as x * sigmoid(x). */
const gated =
  (gate: WriteActivation): WriteActivation =>
  (graph, x, options, axis) =>
    times(graph, x, gate(graph, x, options, axis));
const alongAxis =
  (type: string): WriteActivation =>
  (graph, x, _, axis) =>
    graph.op(type, [x], { axis });

/** By the names in activations.ts. */
const table: Readonly<Record<string, WriteActivation>> = {
  linear: (_, x) => x,
  relu: (graph, x, { maxValue = Infinity, negativeSlope = 0, threshold = 0 }) =>
    relu(graph, x, maxValue ?? Infinity, negativeSlope, threshold),
  relu6: (graph, x) => clip(graph, x, 0, 6),
  leakyRelu: (graph, x, { negativeSlope = 0.2 }) => graph.op("LeakyRelu", [x], { alpha: { float: negativeSlope } }),
  elu: (graph, x, { alpha = 1 }) => graph.op("Elu", [x], { alpha: { float: alpha } }),
  celu: (graph, x, { alpha = 1 }) => graph.op("Celu", [x], { alpha: { float: alpha } }),
  selu: oneOperation("Selu"),
  gelu: (graph, x, { approximate }) => (approximate ? tanhGelu(graph, x) : gelu(graph, x)),
  sigmoid: oneOperation("Sigmoid"),
  hardSigmoid,
  hardSigmoidKeras2: oneOperation("HardSigmoid", { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  silu: gated(oneOperation("Sigmoid")),
  swish: gated(oneOperation("Sigmoid")),
  hardSilu: gated(hardSigmoid),
  hardSwish: gated(hardSigmoid),
  mish: gated((graph, x) => graph.op("Tanh", [graph.op("Softplus", [x])])),
  tanh: oneOperation("Tanh"),
  hardTanh: (graph, x) => clip(graph, x, -1, 1),
  tanhShrink: (graph, x) => graph.op("Sub", [x, graph.op("Tanh", [x])]),
  softplus: oneOperation("Softplus"),
  softsign: oneOperation("Softsign"),
  exponential: oneOperation("Exp"),
  logSigmoid: (graph, x) => graph.op("Neg", [graph.op("Softplus", [graph.op("Neg", [x])])]),
  sparseSigmoid: oneOperation("HardSigmoid", { alpha: { float: 0.5 }, beta: { float: 0.5 } }),
  softmax: alongAxis("Softmax"),
  logSoftmax: alongAxis("LogSoftmax"),
};

function gelu(graph: GraphBuilder, x: string): string {
  const erf = graph.op("Erf", [times(graph, x, graph.scalar(Math.SQRT1_2))]);
  return times(graph, times(graph, x, graph.scalar(0.5)), graph.op("Add", [erf, graph.scalar(1)]));
}

function tanhGelu(graph: GraphBuilder, x: string): string {
  const cube = times(graph, times(graph, times(graph, x, x), x), graph.scalar(0.044715));
  const inner = times(graph, graph.op("Add", [x, cube]), graph.scalar(Math.sqrt(2 / Math.PI)));
  const share = graph.op("Add", [graph.op("Tanh", [inner]), graph.scalar(1)]);
  return times(graph, times(graph, x, graph.scalar(0.5)), share);
}

/**
 * x from the threshold up to maxValue, which is the largest result; negativeSlope * (x - threshold) below the
 * threshold.
 */
export function relu(
  graph: GraphBuilder,
  x: string,
  maxValue: number,
  negativeSlope: number,
  threshold: number,
): string {
  if (maxValue === Infinity && negativeSlope === 0 && threshold === 0) return graph.op("Relu", [x]);
  const kept = threshold === 0 ? x : graph.op("Where", [isAbove(graph, x, threshold), x, graph.scalar(0)]);
  const positive = maxValue === Infinity ? graph.op("Relu", [kept]) : clip(graph, kept, 0, maxValue);
  if (negativeSlope === 0) return positive;
  const below = graph.op("Relu", [graph.op("Sub", [graph.scalar(threshold), x])]);
  return graph.op("Sub", [positive, times(graph, below, graph.scalar(negativeSlope))]);
}

/** A condition: where x is above the limit. */
const isAbove = (graph: GraphBuilder, x: string, limit: number): string =>
  graph.op("Greater", [x, graph.scalar(limit)]);

/** The name of an activation and its options. @throws ArgumentError for a user-defined function. */
function activationConfig(where: string, { name, apply }: ActivationParts): Required<Named> {
  const { className, config = {} } = apply as Partial<Named>;
  const known = name ?? className;
  if (known !== undefined) return { className: known, config };
  throw new ArgumentError(`exportOnnx: ${where} cannot be exported: its activation is a user-defined function.`);
}

/** Adds an activation of a value. @throws ArgumentError for one that cannot be exported. */
export function activate(graph: GraphBuilder, where: string, activation: ActivationParts, value: Value): Value {
  const { className, config } = activationConfig(where, activation);
  const { axis, ...options } = config as Record<string, number>;
  const isOverOther = axis !== undefined && axis !== -1 && axis !== value.shape.length - 1;
  if (!Object.hasOwn(table, className) || isOverOther) {
    throw new ArgumentError(
      `exportOnnx: ${where} cannot be exported: activation "${className}"${isOverOther ? ` over axis ${axis}` : ""}.`,
    );
  }
  return { ...value, name: table[className](graph, value.name, options, value.channels) };
}

/** The names that ONNX's recurrent operations have for activations, with their parameters alpha and beta. */
const inCells: Readonly<Record<string, readonly [name: string, alpha?: number, beta?: number]>> = {
  linear: ["Affine", 1, 0],
  relu: ["Relu"],
  sigmoid: ["Sigmoid"],
  tanh: ["Tanh"],
  softsign: ["Softsign"],
  softplus: ["Softplus"],
  elu: ["Elu", 1],
  hardSigmoid: ["HardSigmoid", 1 / 6, 0.5],
  hardSigmoidKeras2: ["HardSigmoid", 0.2, 0.5],
};

/** Whether ONNX's recurrent operations have an activation. @throws ArgumentError for a user-defined function. */
export function isInCells(where: string, activation: ActivationParts): boolean {
  const { className, config } = activationConfig(where, activation);
  return Object.hasOwn(inCells, className) && Object.keys(config).length === 0;
}

/** The attributes of a recurrent operation for its activations, which it has (`isInCells`). */
export function cellActivations(where: string, activations: readonly ActivationParts[]): Record<string, Attribute> {
  const found = activations.map((activation) => inCells[activationConfig(where, activation).className]);
  const given = (numbers: readonly (number | undefined)[]) => numbers.filter((n) => n !== undefined);
  const [alphas, betas] = [given(found.map(([, alpha]) => alpha)), given(found.map(([, , beta]) => beta))];
  return {
    activations: found.map(([name]) => name),
    ...(alphas.length > 0 && { activation_alpha: { floats: alphas } }),
    ...(betas.length > 0 && { activation_beta: { floats: betas } }),
  };
}
