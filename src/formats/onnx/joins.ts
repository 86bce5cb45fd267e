/** Layers that combine several tensors. */
import * as layers from "../../layers/index.js";
import type { Layer } from "../../layer.js";
import { normalizeAxis } from "../../shape.js";
import type { GraphBuilder, Value } from "./builder.js";
import { refuse, type LayerWriters, type WriteLayer } from "./context.js";

/** All inputs with the channels on the axis of the first, and their combined mask. */
function alignInputs(graph: GraphBuilder, layer: Layer, inputs: readonly Value[], takesMasks: boolean) {
  const sameRank = inputs.every(({ shape }) => shape.length === inputs[0].shape.length);
  const place = (x: Value) => (sameRank ? graph.withChannelsAt(x, inputs[0].channels) : graph.channelsLast(x));
  const masked = inputs.filter(({ mask }) => mask);
  if (masked.length > 0 && !takesMasks) refuse(layer, "it combines sequences that have masks");
  const mask =
    masked.length < inputs.length
      ? undefined
      : masked.map((x) => x.mask!).reduce((a, b) => ({ ...a, name: graph.op("Max", [a.name, b.name]) }));
  return { xs: inputs.map(place), mask };
}

const writeMerge =
  (type: string, takesMasks: boolean): WriteLayer<Layer> =>
  ({ graph }, layer, inputs, [shape]) => {
    const { xs, mask } = alignInputs(graph, layer, inputs, takesMasks);
    const spread = ({ name, shape: own }: Value) => {
      const missing = Array.from({ length: shape.length - own.length }, (_, i) => i + 1);
      return missing.length === 0 ? name : graph.op("Unsqueeze", [name, graph.ints(missing)]);
    };
    const joined = xs.map(spread).reduce((a, b) => graph.op(type, [a, b]));
    const isAverage = layer instanceof layers.AverageLayer;
    const name = isAverage ? graph.op("Mul", [joined, graph.scalar(1 / xs.length)]) : joined;
    const sameRank = xs.every((x) => x.shape.length === shape.length);
    return { ...graph.value(name, shape, sameRank ? xs[0].channels : shape.length - 1), mask };
  };

const writeConcatenate: WriteLayer<layers.ConcatenateLayer> = ({ graph }, layer, inputs, [shape]) => {
  const axis = normalizeAxis(layer.label, layer.axis, shape.length);
  const isLast = axis === shape.length - 1;
  if (!isLast && inputs.some(({ mask }) => mask)) refuse(layer, "it combines sequences that have masks");
  const { xs, mask } = alignInputs(graph, layer, isLast ? inputs : inputs.map((x) => graph.channelsLast(x)), true);
  if (!mask && inputs.some((x) => x.mask)) refuse(layer, "it combines sequences with and without masks");
  const { channels } = xs[0];
  const name = graph.op("Concat", xs.map((x) => x.name), { axis: isLast ? channels : axis }); // prettier-ignore
  return { ...graph.value(name, shape, channels), mask };
};

const writeDot: WriteLayer<layers.DotLayer> = ({ graph }, layer, inputs, [shape]) => {
  const xs = inputs.map((x) => graph.channelsLast(x));
  const axes = layer.axes.map((axis, i) => normalizeAxis(layer.label, axis, xs[i].shape.length));
  const [first, second] = xs.map((x, i) => {
    if (!layer.normalize) return x.name;
    const sum = graph.op("ReduceSum", [graph.op("Mul", [x.name, x.name]), graph.ints([axes[i]])], { keepdims: 1 });
    return graph.op("Div", [x.name, graph.op("Max", [graph.op("Sqrt", [sum]), graph.scalar(1e-7)])]);
  });
  // "z" is the batch and "y" what is summed; the other axes have letters of their own.
  const names = (from: string, rank: number, axis: number) =>
    Array.from({ length: rank }, (_, i) => (i === 0 ? "z" : i === axis ? "y" : from[i]));
  const a = names("abcdefgh", xs[0].shape.length, axes[0]);
  const b = names("ijklmnop", xs[1].shape.length, axes[1]);
  const out = ["z", ...[...a, ...b].filter((letter) => letter !== "z" && letter !== "y")];
  const equation = `${a.join("")},${b.join("")}->${out.join("")}`;
  const y = graph.op("Einsum", [first, second], { equation });
  return graph.value(out.length === 1 ? graph.unsqueeze(y, 1) : y, shape);
};

export function addJoins(table: LayerWriters): void {
  const always = () => true;
  table.on<Layer>([layers.AddLayer, layers.AverageLayer], writeMerge("Add", true), always);
  table.on<Layer>([layers.SubtractLayer], writeMerge("Sub", true), always);
  table.on<Layer>([layers.MultiplyLayer], writeMerge("Mul", false), always);
  table.on<Layer>([layers.MaximumLayer], writeMerge("Max", false), always);
  table.on<Layer>([layers.MinimumLayer], writeMerge("Min", false), always);
  table.on([layers.DotLayer], writeDot);
  table.on([layers.ConcatenateLayer], writeConcatenate, ({ axis }, rank) => axis !== 1 && axis + rank !== 1);
}
