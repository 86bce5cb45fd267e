/** Attention, and products over named axes, as Einsum and Softmax. */
import * as layers from "../../layers/index.js";
import { AttentionLayerBase } from "../../layers/attentionLayer.js";
import type { ScoredAttentionLayer } from "../../layers/attention.js";
import type { HeadsLayer } from "../../layers/headsLayer.js";
import type { ComputeOptions, Layer } from "../../layer.js";
import { activate } from "./activations.js";
import type { GraphBuilder, Value } from "./builder.js";
import { refuse, type LayerWriters, type WriteLayer } from "./context.js";

const einsum = (graph: GraphBuilder, equation: string, a: string, b: string): string =>
  graph.op("Einsum", [a, b], { equation });

const writeEinsumDense: WriteLayer<layers.EinsumDenseLayer> = ({ graph }, layer, [x], [shape]) => {
  const given = graph.channelsLast(x);
  const y = einsum(graph, layer.planFor(x.shape).equation, given.name, graph.weight(layer.kernel));
  const shifted = layer.bias ? graph.op("Add", [y, graph.weight(layer.bias)]) : y;
  return activate(graph, layer.label, layer.activation, graph.value(shifted, shape));
};

// ── masks ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A mask [batch, steps] for scores of so many axes: that of the key's steps lies last, that of the query's before it. */
function spread(graph: GraphBuilder, { name }: Value, rank: number, place: "query" | "key"): string {
  const axes = Array.from({ length: rank - 2 }, (_, i) => (place === "key" ? i + 1 : i < rank - 3 ? i + 1 : rank - 1));
  return graph.op("Unsqueeze", [name, graph.ints(axes)]);
}

/** 1 for pairs of steps by a rule, as a constant [steps, key steps]. */
function pairs(graph: GraphBuilder, layer: Layer, steps: Value["shape"], sees: (step: number, key: number) => boolean) {
  const [from, to] = steps;
  if (from === null || to === null) return refuse(layer, "with a causal mask or window its numbers of steps must be known"); // prettier-ignore
  const bits = Array.from({ length: from * to }, (_, i) => (sees(Math.floor(i / to), i % to) ? 1 : 0));
  return graph.floats(bits, [from, to]);
}

const product = (graph: GraphBuilder, masks: readonly (string | undefined)[]): string | undefined => {
  const given = masks.filter((mask) => mask !== undefined);
  return given.length > 0 ? given.reduce((a, b) => graph.op("Mul", [a, b])) : undefined;
};

const isNotZero = (graph: GraphBuilder, x: string): string =>
  graph.op("Not", [graph.op("Equal", [x, graph.scalar(0)])]);

const isEarlier = (step: number, key: number): boolean => key <= step;

// ── by products and sums ─────────────────────────────────────────────────────────────────────────────────────────────

const writeScored: WriteLayer<ScoredAttentionLayer> = ({ graph }, layer, given, shapes, options) => {
  const { query, value, key } = layer.inputsOf(given.map((x) => graph.channelsLast(x)), options); // prettier-ignore
  const rank = query.shape.length;
  const steps = [query.shape.at(-2)!, key.shape.at(-2)!];
  const scores = layer instanceof layers.AttentionLayer ? products(graph, layer, query, key) : sums(graph, layer, query, key); // prettier-ignore
  const seen = product(graph, [
    value.mask && spread(graph, value.mask, rank, "key"),
    options.useCausalMask ? pairs(graph, layer, steps, isEarlier) : undefined,
  ]);
  const far = graph.scalar(1e9);
  const kept = seen ? graph.op("Add", [scores, graph.op("Sub", [graph.op("Mul", [seen, far]), far])]) : scores;
  const weights = graph.op("Softmax", [kept], { axis: rank - 1 });
  const y = graph.op("MatMul", [weights, value.name]);
  const shown = query.mask ? graph.op("Mul", [y, graph.unsqueeze(query.mask.name, 2)]) : y;
  return [shown, weights].slice(0, shapes.length).map((name, i) => graph.value(name, shapes[i]));
};

/** Query and key as all pairs of their steps, summed. */
function allPairs(graph: GraphBuilder, query: Value, key: Value): string {
  const rank = query.shape.length;
  return graph.op("Add", [graph.unsqueeze(query.name, rank - 1), graph.unsqueeze(key.name, rank - 2)]);
}

const sumLast = (graph: GraphBuilder, x: string): string =>
  graph.op("ReduceSum", [x, graph.ints([-1])], { keepdims: 0 });

function products(graph: GraphBuilder, layer: layers.AttentionLayer, query: Value, key: Value): string {
  const scaled = (x: string) => (layer.scale ? graph.op("Mul", [x, graph.weight(layer.scale)]) : x);
  if (layer.concatScoreWeight) {
    const y = sumLast(graph, graph.op("Tanh", [scaled(allPairs(graph, query, key))]));
    return graph.op("Mul", [y, graph.weight(layer.concatScoreWeight)]);
  }
  const last = key.shape.length - 1;
  const order = key.shape.map((_, axis) => (axis === last ? axis - 1 : axis === last - 1 ? last : axis));
  return scaled(graph.op("MatMul", [query.name, graph.transpose(key.name, order)]));
}

function sums(graph: GraphBuilder, { scale }: ScoredAttentionLayer, query: Value, key: Value): string {
  const y = graph.op("Tanh", [allPairs(graph, query, key)]);
  return sumLast(graph, scale ? graph.op("Mul", [y, graph.weight(scale)]) : y);
}

// ── several heads ────────────────────────────────────────────────────────────────────────────────────────────────────

const writeHeads: WriteLayer<HeadsLayer> = (context, layer, given, shapes, options) => {
  const { graph } = context;
  const inputs = layer.inputsOf(given.map((x) => graph.channelsLast(x)), options); // prettier-ignore
  const { query, value, key } = inputs;
  const rank = query.shape.length;
  const numAxes = layer instanceof layers.MultiHeadAttentionLayer ? layer.axesOf(rank).length : 1;
  if (numAxes > 1) return refuse(layer, "its attention goes over several axes");
  const project = (dense: layers.EinsumDenseLayer, x: Value) => context.call(dense, [{ ...x, mask: undefined }])[0];
  const parts = [project(layer.queryDense, query), project(layer.keyDense, key), project(layer.valueDense, value)];
  const { score, combine, shape } = equations(layer, parts, rank);
  const factor = graph.scalar(layer.factor);
  const logits = graph.op("Mul", [score(graph, parts[0].name, parts[1].name), factor]);
  const seen = pairsSeen(graph, layer, inputs, shape, options);
  const scores = probabilities(graph, layer, logits, seen, shape.length, options);
  const heads = graph.value(combine(graph, scores, parts[2].name), [...parts[0].shape.slice(0, -1), parts[2].shape.at(-1)!]); // prettier-ignore
  const gate = layer.gateDense && project(layer.gateDense, query);
  const gated = gate ? { ...heads, name: graph.op("Mul", [heads.name, gate.name]) } : heads;
  const y = project(layer.outputDense, gated);
  return options.returnAttentionScores ? [y, graph.value(scores, shapes[1])] : [y];
};

type Product = (graph: GraphBuilder, a: string, b: string) => string;

/** How projected query and key give scores, and scores and the projected value the heads. */
function equations(
  layer: HeadsLayer,
  [query, key]: readonly Value[],
  rank: number,
): { score: Product; combine: Product; shape: Value["shape"] } {
  if (layer instanceof layers.MultiHeadAttentionLayer) {
    const parts = layer.equationParts(rank);
    const sizes = new Map([...[...parts.key].map((letter, i) => [letter, key.shape[i]] as const), ...[...parts.query].map((letter, i) => [letter, query.shape[i]] as const)]); // prettier-ignore
    return {
      score: (graph, a, b) => einsum(graph, `${parts.query},${parts.key}->${parts.scores}`, a, b),
      combine: (graph, a, b) => einsum(graph, `${parts.scores},${parts.key}->${parts.query}`, a, b),
      shape: [...parts.scores].map((letter) => sizes.get(letter)!),
    };
  }
  const { numQueryHeads, numKeyValueHeads } = layer as layers.GroupQueryAttentionLayer;
  const repeats = numQueryHeads / numKeyValueHeads;
  /** Heads of key or value, each repeated for the heads of the query that it serves. */
  const repeated = (graph: GraphBuilder, x: string) => {
    if (repeats === 1) return x;
    const places = Array.from({ length: numQueryHeads }, (_, i) => Math.floor(i / repeats));
    return graph.op("Gather", [x, graph.ints(places)], { axis: 2 });
  };
  return {
    score: (graph, a, b) => einsum(graph, "bquh,bkuh->buqk", a, repeated(graph, b)),
    combine: (graph, a, b) => einsum(graph, "buqk,bkuh->bquh", a, repeated(graph, b)),
    shape: [query.shape[0], numQueryHeads, query.shape[1], key.shape[1]],
  };
}

/** The pairs of steps that see each other, as 1 and 0. */
function pairsSeen(
  graph: GraphBuilder,
  layer: HeadsLayer,
  { query, value, key, hasKey, attentionMask }: ReturnType<typeof layer.inputsOf<Value>>,
  scores: Value["shape"],
  options: Partial<ComputeOptions>,
): string | undefined {
  const rank = scores.length;
  const steps = scores.slice(-2);
  const missing = attentionMask ? Array.from({ length: rank - attentionMask.shape.length }, (_, i) => i + attentionMask.shape.length - 2) : []; // prettier-ignore
  const window = layer.slidingWindow;
  const bits = attentionMask && graph.op("Cast", [isNotZero(graph, attentionMask.name)], { to: 1 });
  return product(graph, [
    bits && missing.length > 0 ? graph.op("Unsqueeze", [bits, graph.ints(missing)]) : bits,
    query.mask && spread(graph, query.mask, rank, "query"),
    value.mask && spread(graph, value.mask, rank, "key"),
    hasKey && key.mask ? spread(graph, key.mask, rank, "key") : undefined,
    options.useCausalMask ? pairs(graph, layer, steps, isEarlier) : undefined,
    window === undefined ? undefined : pairs(graph, layer, steps, (a, b) => Math.abs(a - b) < window),
  ]);
}

/** Softmax over the steps that are seen; where none is, as the layer has it. */
function probabilities(
  graph: GraphBuilder,
  layer: HeadsLayer,
  logits: string,
  seen: string | undefined,
  rank: number,
  options: Partial<ComputeOptions>,
): string {
  const softmax = (x: string) => graph.op("Softmax", [x], { axis: rank - 1 });
  if (!seen) return softmax(logits);
  const isSeen = isNotZero(graph, seen);
  const scores = softmax(graph.op("Where", [isSeen, logits, graph.scalar(-1e9)]));
  const isPlain = layer.dropout === 0 && !options.returnAttentionScores && rank === 4;
  return isPlain ? scores : graph.op("Where", [isSeen, scores, graph.scalar(0)]);
}

export function addAttention(table: LayerWriters): void {
  table.on([layers.EinsumDenseLayer], writeEinsumDense);
  table.on<ScoredAttentionLayer>([layers.AttentionLayer, layers.AdditiveAttentionLayer], writeScored);
  table.on<HeadsLayer>([layers.MultiHeadAttentionLayer, layers.GroupQueryAttentionLayer], writeHeads);
}

/** Whether a layer's results after the first have no mask. */
export const isAttention = (layer: Layer): boolean => layer instanceof AttentionLayerBase;
