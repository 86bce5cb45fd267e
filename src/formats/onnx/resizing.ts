/** Layers that give frames other sizes, and pooling to a given size. */
import * as layers from "../../layers/index.js";
import { type AdaptivePoolingLayer, adaptiveWindows } from "../../layers/adaptivePooling.js";
import type { UpSamplingLayer } from "../../layers/upSampling.js";
import type { Layer } from "../../layer.js";
import { partOfAspect, resizeMatrix, type ResizeOptions, sidesOfAspect } from "../../layers/resizing.js";
import { valueOf } from "../semantics/adopt.js";
import type { GraphBuilder, Value } from "./builder.js";
import { refuse, type LayerWriters, type WriteLayer } from "./context.js";

/**
 * Resizes frames whose sizes are known by two matrix products, whose weights are those of this engine, for every
 * interpolation. Others by Resize, which has the two that need no table.
 */
function resize(
  graph: GraphBuilder,
  layer: Layer,
  x: Value,
  size: readonly [number, number],
  options: ResizeOptions,
): Value {
  const given = graph.withChannelsAt(x, 1);
  const [batch, height, width, channels] = x.shape;
  const shape = [batch, ...size, channels];
  if (height !== null && width !== null) {
    const down = graph.floats(resizeMatrix(height, size[0], options), [size[0], height]);
    const across = graph.transpose(graph.floats(resizeMatrix(width, size[1], options), [size[1], width]), [1, 0]);
    const rows = height === size[0] ? given.name : graph.op("MatMul", [down, given.name]);
    return graph.value(width === size[1] ? rows : graph.op("MatMul", [rows, across]), shape, 1);
  }
  const modes: Record<string, Record<string, string>> = {
    nearest: { mode: "nearest", nearest_mode: "round_prefer_ceil" },
    bilinear: { mode: "linear" },
  };
  const { interpolation = "bilinear", antialias } = options;
  if (!Object.hasOwn(modes, interpolation) || antialias) {
    return refuse(layer, `interpolation "${interpolation}"${antialias ? " with antialias" : ""} needs frames of a known size`); // prettier-ignore
  }
  // The batch and the channels keep their sizes.
  const kept = graph.op("Slice", [graph.op("Shape", [given.name]), graph.ints([0]), graph.ints([2])]);
  const sizes = graph.op("Concat", [kept, graph.ints([...size])], { axis: 0 });
  const attributes = { ...modes[interpolation], coordinate_transformation_mode: "half_pixel" };
  return graph.value(graph.op("Resize", [given.name, undefined, undefined, sizes], attributes), shape, 1);
}

/** Cuts out [height, width] from a place. */
function crop(graph: GraphBuilder, x: Value, from: readonly [number, number], size: readonly [number, number]): Value {
  const given = graph.withChannelsAt(x, 1);
  const ends = from.map((start, i) => start + size[i]);
  const name = graph.op("Slice", [given.name, graph.ints([...from]), graph.ints(ends), graph.ints([2, 3])]);
  return graph.value(name, [x.shape[0], ...size, x.shape[3]], 1);
}

/** The largest part around the middle that has the aspect ratio of `to`. */
function cropToAspect(graph: GraphBuilder, x: Value, to: readonly [number, number]): Value {
  const [, rows, columns] = x.shape as number[];
  const { start, size } = partOfAspect([rows, columns], to);
  return crop(graph, x, start, size);
}

/** Frames padded to the aspect ratio of `to`. */
function padToAspect(graph: GraphBuilder, x: Value, to: readonly [number, number], fill: number): Value {
  const [batch, rows, columns, channels] = x.shape as number[];
  const [down, across] = sidesOfAspect([rows, columns], to);
  const sides = graph.ints([0, 0, down, across, 0, 0, down, across]);
  const name = graph.op("Pad", [graph.withChannelsAt(x, 1).name, sides, graph.scalar(fill)]);
  return graph.value(name, [batch, rows + 2 * down, columns + 2 * across, channels], 1);
}

const writeResizing: WriteLayer<layers.ResizingLayer> = ({ graph }, layer, [x]) => {
  const size = [layer.height, layer.width] as const;
  const keepsAspect = layer.cropToAspectRatio || layer.padToAspectRatio;
  if (keepsAspect && x.shape.slice(1, 3).includes(null)) refuse(layer, "it keeps the aspect ratio of frames, whose size must be known"); // prettier-ignore
  const fitted = layer.cropToAspectRatio
    ? cropToAspect(graph, x, size)
    : layer.padToAspectRatio
      ? padToAspect(graph, x, size, layer.fillValue)
      : x;
  return resize(graph, layer, fitted, size, layer);
};

const writeCenterCrop: WriteLayer<layers.CenterCropLayer> = ({ graph }, layer, [x]) => {
  const { height, width } = layer;
  const [, rows, columns] = x.shape;
  if (rows === null || columns === null) return refuse(layer, "the size of its frames must be known");
  if (rows < height || columns < width) {
    return resize(graph, layer, cropToAspect(graph, x, [height, width]), [height, width], {});
  }
  return crop(graph, x, [Math.floor((rows - height) / 2), Math.floor((columns - width) / 2)], [height, width]);
};

const nearest = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };

const writeUpSampling2D: WriteLayer<layers.UpSampling2DLayer> = ({ graph }, layer, [x], [shape]) => {
  const { interpolation, size } = layer;
  const corners = valueOf(layer, "bilinear") === "corners";
  const modes: Record<string, Record<string, string>> = {
    nearest,
    bilinear: { mode: "linear", coordinate_transformation_mode: corners ? "asymmetric" : "half_pixel" },
  };
  if (!Object.hasOwn(modes, interpolation)) {
    const [height, width] = shape.slice(1, 3);
    if (height === null || width === null) return refuse(layer, `interpolation "${interpolation}" needs frames of a known size`); // prettier-ignore
    return resize(graph, layer, x, [height, width], { interpolation });
  }
  const inputs = [graph.withChannelsAt(x, 1).name, undefined, graph.floats([1, 1, ...size])];
  return graph.value(graph.op("Resize", inputs, modes[interpolation]), shape, 1);
};

const writeUpSampling: WriteLayer<UpSamplingLayer> = ({ graph }, layer, [x], [shape]) => {
  const inputs = [graph.withChannelsAt(x, 1).name, undefined, graph.floats([1, 1, ...layer.size])];
  return graph.value(graph.op("Resize", inputs, nearest), shape, 1);
};

/** Each window is cut out and reduced, axis by axis. */
const writeAdaptive =
  (type: "ReduceMean" | "ReduceMax"): WriteLayer<AdaptivePoolingLayer> =>
  ({ graph }, layer, [x], [shape]) => {
    const given = graph.withChannelsAt(x, 1);
    let { name } = given;
    layer.outputSize.forEach((count, i) => {
      const n = x.shape[i + 1];
      if (n === null) return refuse(layer, "the sizes of what it pools must be known");
      if (n === count) return;
      const parts = adaptiveWindows(n, count).map(({ start, size }) => {
        const part = graph.op("Slice", [name, graph.ints([start]), graph.ints([start + size]), graph.ints([i + 2])]);
        return size === 1 ? part : graph.reduce(type, part, [i + 2], true);
      });
      name = parts.length === 1 ? parts[0] : graph.op("Concat", parts, { axis: i + 2 });
    });
    return graph.value(name, shape, 1);
  };

const means = [
  layers.AdaptiveAveragePooling1DLayer,
  layers.AdaptiveAveragePooling2DLayer,
  layers.AdaptiveAveragePooling3DLayer,
];
const maxima = [layers.AdaptiveMaxPooling1DLayer, layers.AdaptiveMaxPooling2DLayer, layers.AdaptiveMaxPooling3DLayer];

export function addResizing(table: LayerWriters): void {
  table.on([layers.ResizingLayer], writeResizing);
  table.on([layers.CenterCropLayer], writeCenterCrop);
  table.on([layers.UpSampling2DLayer], writeUpSampling2D);
  table.on<UpSamplingLayer>([layers.UpSampling1DLayer, layers.UpSampling3DLayer], writeUpSampling);
  table.on<AdaptivePoolingLayer>(means, writeAdaptive("ReduceMean"));
  table.on<AdaptivePoolingLayer>(maxima, writeAdaptive("ReduceMax"));
}
