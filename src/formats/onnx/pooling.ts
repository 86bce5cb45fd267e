/** Pooling over windows, and over all axes of space. */
import * as layers from "../../layers/index.js";
import type { GlobalPoolingLayer } from "../../layers/globalPooling.js";
import type { PoolingLayer } from "../../layers/pooling.js";
import type { GraphBuilder, Value } from "./builder.js";
import type { LayerWriters, WriteLayer } from "./context.js";
import { windowAttributes } from "./convolutions.js";

const writePool =
  (type: "MaxPool" | "AveragePool"): WriteLayer<PoolingLayer> =>
  ({ graph }, layer, [x], [shape]) => {
    const { dilations: _, ...attributes } = windowAttributes(x.shape.slice(1, -1), layer.window);
    return graph.value(graph.op(type, [graph.withChannelsAt(x, 1).name], attributes), shape, 1);
  };

const writeGlobal =
  (type: "ReduceMean" | "ReduceMax"): WriteLayer<GlobalPoolingLayer> =>
  ({ graph }, layer, [x], [shape]) => {
    if (x.mask && type === "ReduceMean") return maskedMean(graph, layer, x, x.mask, shape);
    const space = x.shape.map((_, axis) => axis).filter((axis) => axis !== 0 && axis !== x.channels);
    return graph.value(graph.reduce(type, x.name, space, layer.keepdims), shape, layer.keepdims ? x.channels : 1);
  };

/** The mean of x [batch, time, channels] over the unmasked time steps. */
function maskedMean(
  graph: GraphBuilder,
  layer: GlobalPoolingLayer,
  x: Value,
  mask: Value,
  shape: Value["shape"],
): Value {
  const weights = graph.unsqueeze(mask.name, 2);
  const mean = (y: string) => graph.reduce("ReduceMean", y, [1], layer.keepdims);
  const sums = mean(graph.op("Mul", [graph.channelsLast(x).name, weights]));
  return graph.value(graph.op("Div", [sums, mean(weights)]), shape);
}

const means = [layers.AveragePooling1DLayer, layers.AveragePooling2DLayer, layers.AveragePooling3DLayer];
const maxima = [layers.MaxPooling1DLayer, layers.MaxPooling2DLayer, layers.MaxPooling3DLayer];
const globalMeans = [
  layers.GlobalAveragePooling1DLayer,
  layers.GlobalAveragePooling2DLayer,
  layers.GlobalAveragePooling3DLayer,
];
const globalMaxima = [layers.GlobalMaxPooling1DLayer, layers.GlobalMaxPooling2DLayer, layers.GlobalMaxPooling3DLayer];

export function addPooling(table: LayerWriters): void {
  table.on<PoolingLayer>(maxima, writePool("MaxPool"));
  table.on<PoolingLayer>(means, writePool("AveragePool"));
  table.on<GlobalPoolingLayer>(globalMeans, writeGlobal("ReduceMean"));
  table.on<GlobalPoolingLayer>(globalMaxima, writeGlobal("ReduceMax"));
}
