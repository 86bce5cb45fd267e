/** Layers that only move elements: reshaping, padding, cropping, repeating. */
import * as layers from "../../layers/index.js";
import type { CroppingLayer } from "../../layers/cropping.js";
import type { ZeroPaddingLayer } from "../../layers/zeroPadding.js";
import type { Layer } from "../../layer.js";
import { valueOf } from "../semantics/adopt.js";
import { refuse, type LayerWriters, type WriteLayer } from "./context.js";

/** With the channels last, the order for which the weights after it were trained. */
const writeReshape: WriteLayer<Layer> = ({ graph }, layer, [x], [shape]) => {
  const unknown = shape.slice(1).includes(null);
  if (unknown && shape[0] === null) return refuse(layer, "sizes other than the batch must be known");
  return graph.value(graph.reshape(graph.channelsLast(x).name, shape, () => []), shape); // prettier-ignore
};

const writePermute: WriteLayer<layers.PermuteLayer> = ({ graph }, layer, [x], [shape]) =>
  graph.value(graph.transpose(graph.channelsLast(x).name, [0, ...layer.dims]), shape);

const writeRepeat: WriteLayer<layers.RepeatVectorLayer> = ({ graph }, layer, [x], [shape]) =>
  graph.value(graph.op("Expand", [graph.unsqueeze(x.name, 1), graph.ints([1, layer.n, 1])]), shape);

/** With the channels where convolutions have them, because mostly one follows. */
const writePadding: WriteLayer<ZeroPaddingLayer> = ({ graph }, layer, [x], [shape]) => {
  const side = (which: 0 | 1) => [0, 0, ...layer.padding.map((sides) => sides[which])];
  return graph.value(
    graph.op("Pad", [graph.withChannelsAt(x, 1).name, graph.ints([...side(0), ...side(1)])]),
    shape,
    1,
  );
};

const writeCropping: WriteLayer<CroppingLayer> = ({ graph }, layer, [x], [shape]) => {
  const given = graph.withChannelsAt(x, 1);
  const begins = layer.cropping.map(([before]) => before);
  // Counted from the end; beyond the end where nothing is cut off.
  const ends = layer.cropping.map(([, after]) => (after === 0 ? 2 ** 31 : -after));
  const axes = layer.cropping.map((_, i) => i + 2);
  return graph.value(
    graph.op("Slice", [given.name, ...[begins, ends, axes].map((list) => graph.ints(list))]),
    shape,
    1,
  );
};

const writeUpSampling: WriteLayer<layers.UpSampling2DLayer> = ({ graph }, layer, [x], [shape]) => {
  const corners = valueOf(layer, "bilinear") === "corners";
  const modes: Record<string, Record<string, string>> = {
    nearest: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
    bilinear: { mode: "linear", coordinate_transformation_mode: corners ? "asymmetric" : "half_pixel" },
  };
  if (!Object.hasOwn(modes, layer.interpolation)) refuse(layer, `interpolation "${layer.interpolation}"`);
  const inputs = [graph.withChannelsAt(x, 1).name, undefined, graph.floats([1, 1, ...layer.size])];
  return graph.value(graph.op("Resize", inputs, modes[layer.interpolation]), shape, 1);
};

export function addShapeLayers(table: LayerWriters): void {
  table.on<Layer>([layers.FlattenLayer, layers.ReshapeLayer], writeReshape);
  table.on([layers.PermuteLayer], writePermute);
  table.on([layers.RepeatVectorLayer], writeRepeat);
  table.on<ZeroPaddingLayer>(
    [layers.ZeroPadding1DLayer, layers.ZeroPadding2DLayer, layers.ZeroPadding3DLayer],
    writePadding,
  );
  table.on<CroppingLayer>([layers.Cropping1DLayer, layers.Cropping2DLayer, layers.Cropping3DLayer], writeCropping);
  table.on([layers.UpSampling2DLayer], writeUpSampling);
}
