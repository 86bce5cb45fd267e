/** Operations in graphs, such as `x / 255`: how each is written with operations of ONNX. */
import { getActivation } from "../../activations/table.js";
import { OperationLayer, type OperandPlace } from "../../operations/operation.js";
import { toHostArray } from "../../tensor.js";
import { activate } from "./activations.js";
import type { GraphBuilder, Value } from "./builder.js";
import { refuse, type LayerWriters, type WriteLayer } from "./context.js";
import { elementwise } from "./operations/elementwise.js";
import { moves } from "./operations/moves.js";
import { products } from "./operations/products.js";
import { reductions } from "./operations/reductions.js";
import type { Call, Rules } from "./operations/rule.js";

/** The rules of operations that need their channels last. */
const rules: Rules = { ...reductions, ...moves, ...products };

/** Activations whose options follow x, by the names of these. */
const activations: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [
      ...["selu", "hardSigmoid", "hardSilu", "logSigmoid", "silu", "sparseSigmoid", "hardTanh", "softsign"],
      ...["tanhShrink", "softplus"],
    ].map((name) => [name, []]),
  ),
  softmax: ["axis"],
  logSoftmax: ["axis"],
  celu: ["alpha"],
  elu: ["alpha"],
  leakyRelu: ["negativeSlope"],
  gelu: ["approximate"],
};

const isPlace = (value: unknown): value is OperandPlace => value instanceof Object && "tensor" in value;

const writeOperation: WriteLayer<OperationLayer> = ({ graph }, layer, inputs, shapes) => {
  const { name, operands } = layer.operation;
  const { args } = layer;
  if (Object.hasOwn(activations, name)) return writeActivation(graph, layer, inputs[0]);
  const isElementwise = Object.hasOwn(elementwise, name);
  if (!isElementwise && !Object.hasOwn(rules, name)) refuse(layer, "there is no rule for its operation");
  const list = (operands === "list" ? args[0] : args.slice(0, operands)) as unknown[];
  const shared = isElementwise ? sharedChannels(inputs, list) : undefined;
  const given = inputs.map((x) => (shared === undefined ? graph.channelsLast(x) : x));
  const xs = list.map((operand): Value | undefined => {
    if (operand == null) return undefined;
    if (isPlace(operand)) return given[operand.tensor];
    const { data, shape } = toHostArray(operand as number, undefined, layer.label);
    return graph.value(graph.floats(data, shape), shape);
  });
  const call: Call = {
    graph,
    layer,
    xs: xs as Value[],
    args: (operands === "list" ? args.slice(1) : args.slice(operands)).map((arg) => arg ?? undefined),
    shape: shapes[0],
    shapes,
  };
  const results = [(isElementwise ? elementwise : rules)[name](call)].flat();
  return results.map((result, i) => graph.value(result, shapes[i], shared));
};

/** The axis of the channels, where all tensors have it at the same place and constants are single numbers. */
function sharedChannels(inputs: readonly Value[], operands: readonly unknown[]): number | undefined {
  const [{ channels, shape }] = inputs;
  const isAlike = inputs.every((x) => x.channels === channels && x.shape.length === shape.length);
  return isAlike && operands.every((operand) => operand == null || isPlace(operand) || typeof operand === "number")
    ? channels
    : undefined;
}

function writeActivation(graph: GraphBuilder, layer: OperationLayer, x: Value): Value {
  const { name } = layer.operation;
  const options = activations[name].map((option, i) => [option, layer.args[i + 1]] as const);
  const config = Object.fromEntries(options.filter(([, value]) => value != null));
  const axis = config.axis as number | readonly number[] | undefined;
  if (Array.isArray(axis)) refuse(layer, "it goes over several axes");
  const last = x.shape.length - 1;
  const at = axis === undefined ? last : (axis as number) < 0 ? (axis as number) + last + 1 : (axis as number);
  if (at === last) {
    const { axis: _, ...rest } = config;
    return activate(graph, layer.label, getActivation(layer.label, { className: name, config: rest }), x);
  }
  const given = graph.channelsLast(x);
  const type = name === "softmax" ? "Softmax" : "LogSoftmax";
  return { ...given, name: graph.op(type, [given.name], { axis: at }) };
}

/** Whether an operation treats all time steps alike: only those on each element surely do. */
const isPerStep = ({ operation: { name }, args }: OperationLayer, rank: number): boolean =>
  (Object.hasOwn(elementwise, name) || (Object.hasOwn(activations, name) && args.length === 1)) &&
  rank > 2 &&
  args.every((arg) => arg == null || isPlace(arg) || !Array.isArray(arg));

export function addOperations(table: LayerWriters): void {
  table.on([OperationLayer], writeOperation, isPerStep);
}
