/** Convolutions, for which ONNX has the channels right after the batch. */
import * as layers from "../../layers/index.js";
import type { ConvLayer } from "../../layers/conv.js";
import type { ConvTransposeLayer } from "../../layers/convTranspose.js";
import type { DepthwiseConvLayer } from "../../layers/depthwiseConv.js";
import type { SeparableConvLayer } from "../../layers/separableConv.js";
import type { Window } from "../../layers/window.js";
import { type PartialShape, windowAxis } from "../../shape.js";
import type { Variable } from "../../tensor.js";
import { activate } from "./activations.js";
import { type GraphBuilder, transposeValues, type Value } from "./builder.js";
import { refuse, type LayerWriters, type WriteLayer } from "./context.js";
import type { Attribute } from "./proto.js";

/** The padding on each axis, [...before, ...after]; undefined where it depends on a size that is not known. */
function pads(space: PartialShape, { kernel, options }: Window): number[] | undefined {
  const { strides, dilation, padding } = options;
  if (padding === "valid") return kernel.flatMap(() => [0, 0]);
  const sides = kernel.map((size, i) => {
    const stride = strides[i];
    // With stride 1 the padding is the same for all sizes.
    const length = space[i] ?? (stride === 1 ? size * dilation[i] : null);
    if (length === null) return undefined;
    const { out, before } = windowAxis(length, size, stride, dilation[i], padding);
    return [before, Math.max(0, (out - 1) * stride + dilation[i] * (size - 1) + 1 - length - before)];
  });
  return sides.includes(undefined) ? undefined : [0, 1].flatMap((side) => sides.map((both) => both![side]));
}

/** The attributes of a window. @param space the sizes of the axes other than batch and channels. */
export function windowAttributes(space: PartialShape, window: Window): Record<string, Attribute> {
  const sides = pads(space, window);
  const { strides, dilation } = window.options;
  const shared = { kernel_shape: window.kernel, strides, dilations: dilation };
  return sides ? { ...shared, pads: sides } : { ...shared, auto_pad: "SAME_UPPER" };
}

/** The kernel [...window, channels, filters] in the order of ONNX, [filters, channels, ...window]. */
export function convKernel(graph: GraphBuilder, kernel: Variable): string {
  const rank = kernel.shape.length;
  const order = [rank - 1, rank - 2, ...kernel.shape.map((_, axis) => axis).slice(0, -2)];
  const shape = order.map((axis) => kernel.shape[axis]);
  return graph.weight(kernel, shape, "convolution", (data) => transposeValues(data, kernel.shape, order));
}

const writeConv: WriteLayer<ConvLayer> = ({ graph }, layer, [x], [shape]) => {
  const given = graph.withChannelsAt(x, 1);
  const attributes = windowAttributes(x.shape.slice(1, -1), layer.window);
  const { before = 0 } = layer as Partial<layers.Conv1DLayer>;
  const inputs = [given.name, convKernel(graph, layer.kernel), layer.bias && graph.weight(layer.bias)];
  const all = { ...attributes, group: layer.groups, ...(before > 0 && { pads: [before, 0] }) };
  return activate(graph, layer.label, layer.activation, graph.value(graph.op("Conv", inputs, all), shape, 1));
};

/** A depthwise convolution, whose kernel is [channels * multiplier, 1, ...window] in ONNX. @param before zeros of "causal". */
function depthwise(
  graph: GraphBuilder,
  x: Value,
  kernel: Variable,
  bias: Variable | undefined,
  window: Window,
  before = 0,
): string {
  const [channels, multiplier] = kernel.shape.slice(-2);
  const space = kernel.shape.slice(0, -2);
  const order = [space.length, space.length + 1, ...space.map((_, axis) => axis)];
  const weights = graph.weight(kernel, [channels * multiplier, 1, ...space], "depthwise", (data) =>
    transposeValues(data, kernel.shape, order),
  );
  const attributes = {
    ...windowAttributes(x.shape.slice(1, -1), window),
    group: channels,
    ...(before > 0 && { pads: [before, 0] }),
  };
  return graph.op("Conv", [graph.withChannelsAt(x, 1).name, weights, bias && graph.weight(bias)], attributes);
}

const writeDepthwise: WriteLayer<DepthwiseConvLayer> = ({ graph }, layer, [x], [shape]) => {
  const y = depthwise(graph, x, layer.kernel, layer.bias, layer.window);
  return activate(graph, layer.label, layer.activation, graph.value(y, shape, 1));
};

const writeSeparable: WriteLayer<SeparableConvLayer> = ({ graph }, layer, [x], [shape]) => {
  const { before = 0 } = layer as Partial<layers.SeparableConv1DLayer>;
  const each = depthwise(graph, x, layer.depthwiseKernel, undefined, layer.window, before);
  const kernel = convKernel(graph, layer.pointwiseKernel);
  const y = graph.op("Conv", [each, kernel, layer.bias && graph.weight(layer.bias)], {
    kernel_shape: layer.window.kernel.map(() => 1),
  });
  return activate(graph, layer.label, layer.activation, graph.value(y, shape, 1));
};

const writeTranspose: WriteLayer<ConvTransposeLayer> = ({ graph }, layer, [x], [shape]) => {
  const { kernel, options } = layer.window;
  const { strides, dilation, padding } = options;
  const sides = kernel.map((size, i) => {
    const [given, made] = [x.shape[i + 1], shape[i + 1]];
    if (given === null || made === null) return refuse(layer, "the sizes of what it enlarges must be known");
    const { before } = windowAxis(made, size, strides[i], dilation[i], padding);
    const after = (given - 1) * strides[i] + dilation[i] * (size - 1) + 1 - before - made;
    return { before, after: Math.max(after, 0), more: Math.max(-after, 0) };
  });
  const attributes = {
    ...{ kernel_shape: kernel, strides, dilations: dilation },
    pads: [...sides.map(({ before }) => before), ...sides.map(({ after }) => after)],
    output_padding: sides.map(({ more }) => more),
  };
  const weights = convKernel(graph, layer.kernel);
  const inputs = [graph.withChannelsAt(x, 1).name, weights, layer.bias && graph.weight(layer.bias)];
  const y = graph.value(graph.op("ConvTranspose", inputs, attributes), shape, 1);
  return activate(graph, layer.label, layer.activation, y);
};

export function addConvolutions(table: LayerWriters): void {
  table.on<ConvLayer>([layers.Conv1DLayer, layers.Conv2DLayer, layers.Conv3DLayer], writeConv);
  table.on<DepthwiseConvLayer>([layers.DepthwiseConv1DLayer, layers.DepthwiseConv2DLayer], writeDepthwise);
  table.on<SeparableConvLayer>([layers.SeparableConv1DLayer, layers.SeparableConv2DLayer], writeSeparable);
  const transposes = [layers.Conv1DTransposeLayer, layers.Conv2DTransposeLayer, layers.Conv3DTransposeLayer];
  table.on<ConvTransposeLayer>(transposes, writeTranspose);
}
