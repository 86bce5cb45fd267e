/** Layers that become one or a few operations. */
import * as layers from "../../layers/index.js";
import type { EmbeddingLayer } from "../../layers/embedding.js";
import type { Layer } from "../../layer.js";
import { normalizeAxis } from "../../shape.js";
import { activate, relu } from "./activations.js";
import type { GraphBuilder } from "./builder.js";
import type { LayerWriters, WriteLayer } from "./context.js";

/** A layer that is a function of each element. */
const elementwise =
  <L extends Layer>(work: (graph: GraphBuilder, x: string, layer: L) => string): WriteLayer<L> =>
  ({ graph }, layer, [x]) => ({ ...x, name: work(graph, x.name, layer) });

const writeDense: WriteLayer<layers.DenseLayer> = ({ graph }, layer, [x], [shape]) => {
  const { name } = graph.channelsLast(x);
  const [kernel, bias] = [graph.weight(layer.kernel), layer.bias && graph.weight(layer.bias)];
  const product = () => graph.op("MatMul", [name, kernel]);
  const y =
    x.shape.length === 2
      ? graph.op("Gemm", [name, kernel, bias])
      : bias
        ? graph.op("Add", [product(), bias])
        : product();
  return activate(graph, layer.label, layer.activation, graph.value(y, shape));
};

/** Adds an Embedding. Its indices are floats, like all inputs. */
const writeEmbedding: WriteLayer<EmbeddingLayer> = ({ graph }, layer, [x], [shape]) => {
  const indices = graph.op("Cast", [x.name], { to: 7 });
  const mask = layer.config.maskZero ? { ...x, name: isOther(graph, x.name, 0) } : undefined;
  return { ...graph.value(graph.op("Gather", [graph.weight(layer.embeddings), indices]), shape), mask };
};

const writeReversible: WriteLayer<layers.ReversibleEmbeddingLayer> = (context, layer, [x], shapes, options) => {
  if (!options.reverse) return writeEmbedding(context, layer, [x], shapes, options);
  const { graph } = context;
  const kernel = layer.reverseEmbeddings ? graph.weight(layer.reverseEmbeddings) : graph.transpose(graph.weight(layer.embeddings), [1, 0]); // prettier-ignore
  const scores = graph.op("MatMul", [graph.channelsLast(x).name, kernel]);
  if (layer.logitSoftCap === undefined) return graph.value(scores, shapes[0]);
  const cap = graph.scalar(layer.logitSoftCap);
  return graph.value(graph.op("Mul", [graph.op("Tanh", [graph.op("Div", [scores, cap])]), cap]), shapes[0]);
};

/** Adds a tensor that is 1 where x differs from the number, else 0. */
const isOther = (graph: GraphBuilder, x: string, value: number): string =>
  graph.op("Cast", [graph.op("Not", [graph.op("Equal", [x, graph.scalar(value)])])], { to: 1 });

const writeMasking: WriteLayer<layers.MaskingLayer> = ({ graph }, layer, [given]) => {
  const x = graph.channelsLast(given);
  const last = x.shape.length - 1;
  const isUsed = graph.reduce("ReduceMax", isOther(graph, x.name, layer.maskValue), [last], true);
  const mask = graph.value(graph.squeeze(isUsed, last), x.shape.slice(0, -1));
  return { ...x, name: graph.op("Mul", [x.name, isUsed]), mask };
};

/**
 * One factor and one addend per channel, computed in 64-bit floats; `fold` puts them into the weights of a convolution
 * before them.
 */
const writeBatchNorm: WriteLayer<layers.BatchNormalizationLayer> = ({ graph }, layer, [given]) => {
  const axis = normalizeAxis(layer.label, layer.axis, given.shape.length);
  const last = given.shape.length - 1;
  const x = axis === last ? given : graph.channelsLast(given);
  const behind = axis === last ? x.shape.length - 1 - x.channels : last - axis;
  const { movingMean, movingVariance, gamma, beta, epsilon } = layer;
  const of = (variable: typeof gamma) => variable && graph.values.get(variable)!;
  const [means, gammas, betas] = [of(movingMean)!, of(gamma), of(beta)];
  const scales = Float64Array.from(of(movingVariance)!, (v, i) => (gammas?.[i] ?? 1) / Math.sqrt(v + epsilon));
  const shifts = Float64Array.from(means, (mean, i) => (betas?.[i] ?? 0) - mean * scales[i]);
  const shape = [scales.length, ...new Array<number>(behind).fill(1)];
  const constant = (what: string, data: Float64Array) =>
    graph.weight(movingMean, shape, `${what} ${behind}`, () => Float32Array.from(data), `${layer.name}/${what}`);
  const [scale, shift] = [constant("scale", scales), constant("shift", shifts)];
  const y = graph.op("Add", [graph.op("Mul", [x.name, scale]), shift]);
  return { ...x, name: y };
};

const writeLayerNorm: WriteLayer<layers.LayerNormalizationLayer> = ({ graph }, layer, [given]) => {
  const x = graph.channelsLast(given);
  const rank = x.shape.length;
  const axes = layer.axis.map((axis) => normalizeAxis(layer.label, axis, rank)).sort((a, b) => a - b);
  const mean = (y: string) => graph.reduce("ReduceMean", y, axes, true);
  const centred = graph.op("Sub", [x.name, mean(x.name)]);
  const variance = graph.op("Add", [mean(graph.op("Mul", [centred, centred])), graph.scalar(layer.epsilon)]);
  let y = graph.op("Div", [centred, graph.op("Sqrt", [variance])]);
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? size! : 1));
  if (layer.gamma) y = graph.op("Mul", [y, graph.weight(layer.gamma, shape)]);
  if (layer.beta) y = graph.op("Add", [y, graph.weight(layer.beta, shape)]);
  return { ...x, name: y };
};

const writeSoftmax: WriteLayer<layers.SoftmaxLayer> = ({ graph }, layer, [x]) => {
  const axis = normalizeAxis(layer.label, layer.axis, x.shape.length);
  const isLast = axis === x.shape.length - 1;
  const given = isLast ? x : graph.channelsLast(x);
  return { ...given, name: graph.op("Softmax", [given.name], { axis: isLast ? x.channels : axis }) };
};

const writeRescaling: WriteLayer<layers.RescalingLayer> = ({ graph }, layer, [x]) => {
  const operand = (value: number | readonly number[]) =>
    graph.floats([value].flat(), typeof value === "number" ? [] : [value.length]);
  const given = [layer.scale, layer.offset].every((value) => typeof value === "number") ? x : graph.channelsLast(x);
  const scaled = graph.op("Mul", [given.name, operand(layer.scale)]);
  return { ...given, name: graph.op("Add", [scaled, operand(layer.offset)]) };
};

const writePReLU: WriteLayer<layers.PReLULayer> = ({ graph }, layer, [given]) => {
  const x = graph.channelsLast(given);
  return { ...x, name: graph.op("PRelu", [x.name, graph.weight(layer.alpha)]) };
};

const writeLeakyRelu = elementwise<layers.LeakyReLULayer>((graph, x, { negativeSlope }) =>
  graph.op("LeakyRelu", [x], { alpha: { float: negativeSlope } }),
);
const writeElu = elementwise<layers.ELULayer>((graph, x, { alpha }) =>
  graph.op("Elu", [x], { alpha: { float: alpha } }),
);
const writeRelu = elementwise<layers.ReLULayer>((graph, x, { maxValue, negativeSlope, threshold }) =>
  relu(graph, x, maxValue, negativeSlope, threshold),
);
const writeActivation: WriteLayer<layers.ActivationLayer> = ({ graph }, layer, [x]) =>
  activate(graph, layer.label, layer.activation, x);

/** One mean and one deviation for each place along the axes, computed in 64-bit floats. */
const writeNormalization: WriteLayer<layers.NormalizationLayer> = ({ graph }, layer, [given]) => {
  const x = graph.channelsLast(given);
  const { mean, deviation, shape } = layer.momentsFrom((variable) => graph.values.get(variable)!);
  const [middle, scale] = [graph.floats([...mean], shape), graph.floats([...deviation], shape)];
  const y = layer.invert
    ? graph.op("Add", [graph.op("Mul", [x.name, scale]), middle])
    : graph.op("Div", [graph.op("Sub", [x.name, middle]), scale]);
  return { ...x, name: y };
};

/** A layer that only acts in training. */
const writeNothing: WriteLayer<Layer> = (_, __, [x]) => x;
const noise = [
  layers.ActivityRegularizationLayer,
  layers.AlphaDropoutLayer,
  layers.DropoutLayer,
  layers.GaussianDropoutLayer,
  layers.StochasticDepthLayer,
  layers.GaussianNoiseLayer,
  layers.IdentityLayer,
  layers.SpatialDropout1DLayer,
  layers.SpatialDropout2DLayer,
  layers.SpatialDropout3DLayer,
];
const augmentations = [
  layers.AugMixLayer,
  layers.CutMixLayer,
  layers.EqualizationLayer,
  layers.MixUpLayer,
  layers.RandAugmentLayer,
  layers.RandomBrightnessLayer,
  layers.RandomColorDegenerationLayer,
  layers.RandomColorJitterLayer,
  layers.RandomContrastLayer,
  layers.RandomElasticTransformLayer,
  layers.RandomErasingLayer,
  layers.RandomFlipLayer,
  layers.RandomGaussianBlurLayer,
  layers.RandomGrayscaleLayer,
  layers.RandomHueLayer,
  layers.RandomInvertLayer,
  layers.RandomPerspectiveLayer,
  layers.RandomPosterizationLayer,
  layers.RandomRotationLayer,
  layers.RandomSaturationLayer,
  layers.RandomSharpnessLayer,
  layers.RandomShearLayer,
  layers.RandomTranslationLayer,
  layers.RandomZoomLayer,
  layers.SolarizationLayer,
];

/** Whether axes include neither batch nor time. */
const isBehindTime = (axes: readonly number[], rank: number) =>
  axes.every((axis) => (axis < 0 ? axis + rank : axis) > 1);

export function addSimpleLayers(table: LayerWriters): void {
  const always = () => true;
  table.on([layers.DenseLayer], writeDense, always);
  table.on<EmbeddingLayer>([layers.EmbeddingLayer], writeEmbedding, always);
  table.on([layers.ReversibleEmbeddingLayer], writeReversible, always);
  table.on([layers.MaskingLayer], writeMasking, always);
  table.on([layers.BatchNormalizationLayer], writeBatchNorm, ({ axis }, rank) => isBehindTime([axis], rank));
  table.on([layers.LayerNormalizationLayer], writeLayerNorm, ({ axis }, rank) => isBehindTime(axis, rank));
  table.on([layers.SoftmaxLayer], writeSoftmax, ({ axis }, rank) => isBehindTime([axis], rank));
  table.on([layers.ActivationLayer], writeActivation, always);
  table.on([layers.ReLULayer], writeRelu, always);
  table.on([layers.LeakyReLULayer], writeLeakyRelu, always);
  table.on([layers.ELULayer], writeElu, always);
  table.on([layers.PReLULayer], writePReLU, ({ sharedAxes }) => sharedAxes.includes(1));
  table.on([layers.RescalingLayer], writeRescaling, always);
  table.on([layers.NormalizationLayer], writeNormalization, ({ axis }, rank) => isBehindTime(axis, rank));
  table.on<Layer>([...noise, ...augmentations], writeNothing, always);
}
