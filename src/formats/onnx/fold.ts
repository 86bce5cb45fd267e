/** Folding the operations before and after a convolution into it. */
import { sizeOf } from "../../shape.js";
import type { GraphBuilder } from "./builder.js";
import type { Constant, Node } from "./proto.js";

/**
 * Folds zero padding before a convolution into its attributes, and a factor or addend per channel after it into its
 * weights.
 */
export function fold(graph: GraphBuilder, results: readonly string[]): void {
  const readers = countReaders(graph.nodes, results);
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node])));
  const gone = new Set<Node>();
  const cuts = new Map<Node, Node>();
  for (const node of [...graph.nodes]) {
    const before = makers.get(node.inputs[0]);
    if (!before || readers.get(node.inputs[0]) !== 1) continue;
    if (node.type === "Conv" && before.type === "Pad" && foldPadding(graph, node, before)) gone.add(before);
    else if (node.type === "MaxPool" && before.type === "Pad") cuts.set(node, separate(graph, node, before));
    else if ((node.type === "Mul" || node.type === "Add") && foldChannels(graph, node, before)) {
      // The convolution now has the output of the operation that was folded into it.
      before.outputs = node.outputs;
      makers.set(node.outputs[0], before);
      gone.add(node);
    }
  }
  const kept = graph.nodes.filter((node) => !gone.has(node) && ![...cuts.values()].includes(node));
  graph.nodes.splice(0, graph.nodes.length, ...kept.flatMap((node) => [cuts.get(node) ?? [], node].flat()));
}

/**
 * Keeps zeros around frames from what onnxruntime makes of them: it merges a Pad into the MaxPool behind it, whose own
 * padding is smaller than all numbers and not 0. One row more is added and cut off again.
 */
function separate(graph: GraphBuilder, pool: Node, pad: Node): Node {
  const amounts = [...graph.constants.get(pad.inputs[1])!.data].map(Number);
  const axis = amounts.length / 2 - 1;
  amounts[amounts.length - 1]++;
  pad.inputs = [pad.inputs[0], graph.ints(amounts), ...pad.inputs.slice(2)];
  const name = graph.op("Slice", [pad.outputs[0], ...[[0], [-1], [axis]].map((list) => graph.ints(list))]);
  pool.inputs = [name, ...pool.inputs.slice(1)];
  return graph.nodes.at(-1)!;
}

/** How often each tensor is read; being a result of the graph counts as once. */
function countReaders(nodes: readonly Node[], results: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of [...results, ...nodes.flatMap(({ inputs }) => inputs)]) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Adds the padding of a Pad, whose amounts for batch and channels are 0, to that of a convolution. */
function foldPadding(graph: GraphBuilder, conv: Node, pad: Node): boolean {
  const own = conv.attributes.pads as readonly number[] | undefined;
  if (!own) return false;
  const amounts = [...graph.constants.get(pad.inputs[1])!.data].map(Number);
  const rank = amounts.length / 2;
  const more = [...amounts.slice(2, rank), ...amounts.slice(rank + 2)];
  (conv.attributes as { pads: number[] }).pads = own.map((n, i) => n + more[i]);
  conv.inputs = [pad.inputs[0], ...conv.inputs.slice(1)];
  return true;
}

/** The axis of the output channels in the weights of an operation, and how many axes its result has after them. */
function channelAxis(graph: GraphBuilder, { type, inputs }: Node): { axis: number; behind: number } | undefined {
  if (type === "Gemm") return { axis: 1, behind: 0 };
  if (type === "Conv") return { axis: 0, behind: graph.constants.get(inputs[1])!.shape.length - 2 };
  return undefined;
}

/** Folds a factor or addend [channels, 1, ...] into the convolution or product before it. */
function foldChannels(graph: GraphBuilder, { type, inputs }: Node, before: Node): boolean {
  const place = channelAxis(graph, before);
  const operand = graph.constants.get(inputs[1]);
  if (!place || !operand || operand.data instanceof BigInt64Array) return false;
  const weights = graph.constants.get(before.inputs[1])!;
  const channels = weights.shape[place.axis];
  const fits = operand.shape.length === 1 + place.behind && operand.shape[0] === channels;
  if (!fits || sizeOf(operand.shape) !== channels) return false;
  const { data: values } = operand;
  const bias = graph.constants.get(before.inputs[2] ?? "")?.data as Float32Array | undefined;
  const given = bias ?? new Float32Array(channels);
  const isFactor = type === "Mul";
  const newWeights = isFactor ? scaleChannels(weights, place.axis, values) : weights;
  const newBias = values.map((value, i) => (isFactor ? given[i] * value : given[i] + value));
  const name = (i: number) => (before.inputs[i] ? foldedName(before.inputs[i]) : `${before.name}/bias`);
  const add = (wanted: string, constant: Constant) => {
    const own = graph.constants.has(wanted) ? graph.unique(wanted) : wanted;
    graph.constants.set(own, constant);
    return own;
  };
  const kernel = isFactor ? add(name(1), newWeights) : before.inputs[1];
  const shift = !isFactor || bias ? [add(name(2), { shape: [channels], data: newBias })] : [];
  before.inputs = [before.inputs[0], kernel, ...shift];
  return true;
}

const foldedName = (name: string): string => (name.endsWith("/folded") ? name : `${name}/folded`);

/** Weights multiplied by one factor per channel. */
function scaleChannels({ shape, data }: Constant, axis: number, factors: Float32Array): Constant {
  const inner = sizeOf(shape.slice(axis + 1));
  const values = data as Float32Array;
  return { shape, data: values.map((value, i) => value * factors[Math.floor(i / inner) % shape[axis]]) };
}
