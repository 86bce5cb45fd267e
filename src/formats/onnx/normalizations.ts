/** Normalization of groups of channels, by roots of mean squares and by lengths, and factors of channels. */
import * as layers from "../../layers/index.js";
import { normalizeAxis } from "../../shape.js";
import type { LayerWriters, WriteLayer } from "./context.js";

/** Each group is one channel of an InstanceNormalization. */
const writeGroupNorm: WriteLayer<layers.GroupNormalizationLayer> = ({ graph }, layer, [given], [shape]) => {
  const rank = given.shape.length;
  const axis = normalizeAxis(layer.label, layer.axis, rank);
  const isLast = axis === rank - 1;
  const x = isLast ? graph.withChannelsAt(given, 1) : graph.channelsLast(given);
  const order = [0, axis, ...given.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis)];
  const ahead = isLast ? x.name : graph.transpose(x.name, order);
  const channels = given.shape[axis]!;
  const { groups } = layer.split(channels);
  const flat = graph.op("Reshape", [ahead, graph.ints([0, groups, -1])]);
  const [ones, zeros] = [1, 0].map((value) => graph.floats(new Array<number>(groups).fill(value)));
  const normal = graph.op("InstanceNormalization", [flat, ones, zeros], { epsilon: { float: layer.epsilon } });
  const ofChannels = [channels, ...new Array<number>(rank - 2).fill(1)];
  let y = graph.op("Reshape", [normal, graph.op("Shape", [ahead])]);
  if (layer.gamma) y = graph.op("Mul", [y, graph.weight(layer.gamma, ofChannels)]);
  if (layer.beta) y = graph.op("Add", [y, graph.weight(layer.beta, ofChannels)]);
  if (isLast) return graph.value(y, shape, 1);
  const back = order.map((_, i) => order.indexOf(i));
  return graph.value(graph.transpose(y, back), shape);
};

const writeRmsNorm: WriteLayer<layers.RMSNormalizationLayer> = ({ graph }, layer, [given]) => {
  const x = graph.channelsLast(given);
  const axes = layer.axes(x.shape);
  const mean = graph.reduce("ReduceMean", graph.op("Mul", [x.name, x.name]), axes, true);
  const root = graph.op("Sqrt", [graph.op("Add", [mean, graph.scalar(layer.epsilon)])]);
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? size! : 1));
  return { ...x, name: graph.op("Mul", [graph.op("Div", [x.name, root]), graph.weight(layer.scale, shape)]) };
};

const writeUnitNorm: WriteLayer<layers.UnitNormalizationLayer> = ({ graph }, layer, [given]) => {
  const x = graph.channelsLast(given);
  const axes = layer.axis.map((axis) => normalizeAxis(layer.label, axis, x.shape.length));
  const sum = graph.op("ReduceSum", [graph.op("Mul", [x.name, x.name]), graph.ints(axes)], { keepdims: 1 });
  const length = graph.op("Sqrt", [graph.op("Max", [sum, graph.scalar(1e-24)])]);
  return { ...x, name: graph.op("Div", [x.name, length]) };
};

const writeSpectralNorm: WriteLayer<layers.SpectralNormalizationLayer> = ({ call }, { layer }, inputs) =>
  call(layer, inputs);

const writeLayerScale: WriteLayer<layers.LayerScaleLayer> = ({ graph }, layer, [x]) => {
  const behind = x.shape.length - 1 - x.channels;
  const gamma = graph.weight(layer.gamma, [layer.projectionDim, ...new Array<number>(behind).fill(1)], `${behind}`);
  return { ...x, name: graph.op("Mul", [x.name, gamma]) };
};

export function addNormalizations(table: LayerWriters): void {
  const isBehindTime = (axes: readonly number[], rank: number) =>
    axes.every((axis) => (axis < 0 ? axis + rank : axis) > 1);
  table.on([layers.GroupNormalizationLayer], writeGroupNorm);
  table.on([layers.RMSNormalizationLayer], writeRmsNorm, ({ axis }, rank) => isBehindTime(axis, rank));
  table.on([layers.UnitNormalizationLayer], writeUnitNorm, ({ axis }, rank) => isBehindTime(axis, rank));
  table.on([layers.SpectralNormalizationLayer], writeSpectralNorm);
  table.on([layers.LayerScaleLayer], writeLayerScale, () => true);
}
