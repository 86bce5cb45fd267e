/**
 * The base of attention with several heads: projections of query, key and value, scores of all pairs of steps that see
 * each other, and the projection of the heads to the result.
 */
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import type { ComputeOptions, Layer, LayerOptions } from "../layer.js";
import { affine, multiply, reshape, softmax } from "../ops/index.js";
import { where } from "../ops/where.js";
import { type PartialShape, type Shape, sizeOf } from "../shape.js";
import { constantTensor, type Tensor } from "../tensor.js";
import {
  type AttentionInputs,
  allOf,
  alongKeys,
  asBits,
  AttentionLayerBase,
  checkAttentionMask,
  checkSteps,
  isEarlier,
  isEqual,
  pairMask,
} from "./attentionLayer.js";
import { knownSize, positiveInteger } from "./check.js";
import { EinsumDenseLayer } from "./einsumDense.js";
import { type WeightOptions, weightOptions } from "./weightOptions.js";

/** The options that `MultiHeadAttention` and `GroupQueryAttention` share. */
export interface HeadsOptions extends LayerOptions, WeightOptions<"kernel" | "bias"> {
  /** The share of the scores that become 0 in training; 0 by default. */
  dropout?: number;
  /** Whether a bias is added to query, key, value and result; true by default. */
  useBias?: boolean;
  /** Whether the result of the heads is multiplied by sigmoid(query kernel + bias); false by default. */
  useGate?: boolean;
  /** Number of steps before and after its own that a step of the query sees, and one; all by default. */
  slidingWindow?: number | null;
  /** The seed of dropout; the next stream of the global seed (`setSeed`) by default. */
  seed?: number | null;
}

/** The numbers that stand for "not seen" before softmax: where Keras has a kernel of its own, and where it has not. */
const [farBelow, below] = [-0.7 * 3.38953e38, -1e9];
const rules = weightOptions("kernel", "bias");

/** The base of MultiHeadAttention and GroupQueryAttention. */
export abstract class HeadsLayer extends AttentionLayerBase {
  /** Whether a bias is added to query, key, value and result. */
  readonly useBias: boolean;
  /** Whether the result of the heads is multiplied by a gate of the query. */
  readonly useGate: boolean;
  /** Number of steps before and after its own that a step of the query sees, and one; undefined for all. */
  readonly slidingWindow: number | undefined;
  readonly #rules: object;
  #checked: AttentionInputs<PartialShape> | undefined;
  /** The projection of the query; made with the weights. */
  queryDense!: EinsumDenseLayer;
  /** The projection of the key. */
  keyDense!: EinsumDenseLayer;
  /** The gate; undefined without `useGate`. */
  gateDense: EinsumDenseLayer | undefined;
  /** The projection of the value. */
  valueDense!: EinsumDenseLayer;
  /** The projection of the heads to the result. */
  outputDense!: EinsumDenseLayer;

  constructor(options: HeadsOptions, known: readonly string[]) {
    super(options, [...known, "useBias", "useGate", "slidingWindow", ...rules]);
    this.useBias = options.useBias ?? true;
    this.useGate = options.useGate ?? false;
    const { slidingWindow: window } = options;
    this.slidingWindow = window == null ? undefined : positiveInteger(this.label, "slidingWindow", window);
    const given = Object.entries(options).filter(([name]) => rules.includes(name) || name === "activityRegularizer");
    this.#rules = Object.fromEntries(given);
    // As in Keras, the activities of the projections are penalized, and not those of the layer once more.
    Object.assign(this, { activityRegularizer: undefined });
  }

  protected override get takesAttentionMask(): boolean {
    return true;
  }

  override get sublayers(): readonly Layer[] {
    const { queryDense, keyDense, gateDense, valueDense, outputDense } = this;
    return [queryDense, keyDense, gateDense, valueDense, outputDense].filter((layer) => layer !== undefined);
  }

  /** Makes a projection, with weights for an input of this shape. */
  protected project(
    name: string,
    equation: string,
    outputShape: PartialShape,
    biasAxes: string,
    input: PartialShape,
    activation?: string,
  ): EinsumDenseLayer {
    const bias = this.useBias ? biasAxes : null;
    const options = { ...this.#rules, name, equation, outputShape, biasAxes: bias, trainable: this.trainable };
    const layer = new EinsumDenseLayer(activation === undefined ? options : { ...options, activation });
    layer.isInside = true;
    layer.buildOnce([input]);
    return layer;
  }

  /** Gives the scores of projected query and key, `[batch, ..., heads, ...query steps, ...key steps]`. */
  protected abstract products(query: Tensor, key: Tensor): Tensor;
  /** Averages a projected value by scores; gives `[batch, ..., heads, size]`. */
  protected abstract combine(scores: Tensor, value: Tensor): Tensor;
  /** The factor of the products: 1 / sqrt(size of a head). */
  abstract readonly factor: number;
  /** The number of axes over which attention goes, for a query of so many axes. */
  protected abstract numAxes(rank: number): number;

  override call(given: Tensor[], options: ComputeOptions): Tensor[] {
    const { query, value, key, attentionMask } = this.inputsOf(given, options);
    const { training, timeSteps } = options;
    const inside = { training, timeSteps, masks: [] };
    const project = (layer: EinsumDenseLayer, x: Tensor) => layer.compute([x], inside)[0];
    const projected = project(this.queryDense, query);
    const logits = affine(this.products(projected, project(this.keyDense, key)), this.factor);
    const numAxes = this.numAxes(query.shape.length);
    const seen = this.#seen(logits, attentionMask, numAxes, options);
    const scores = this.#probabilities(logits, seen, numAxes, options);
    const heads = this.combine(this.dropScores(scores, options.training), project(this.valueDense, value));
    const gated = this.gateDense ? multiply(heads, project(this.gateDense, query)) : heads;
    const y = project(this.outputDense, gated);
    return options.returnAttentionScores ? [y, scores] : [y];
  }

  /** The pairs of steps that see each other, 1 or 0, with as many axes as the scores; undefined where all do. */
  #seen(scores: Tensor, given: Tensor | undefined, numAxes: number, options: ComputeOptions): Tensor | undefined {
    const rank = scores.shape.length;
    const [queryMask, valueMask, keyMask] = options.attentionMask ? options.masks.slice(0, -1) : options.masks;
    const [steps, keySteps] = scores.shape.slice(-2) as [number, number];
    const ofQuery = queryMask && reshape(asBits(queryMask), [queryMask.shape[0], ...ones(rank - 3), steps, 1]);
    const window = this.slidingWindow;
    const inWindow = (step: number, keyStep: number) => Math.abs(step - keyStep) < window!;
    return allOf([
      given && withHeads(asBits(given), rank, 2 * numAxes),
      ofQuery,
      valueMask && alongKeys(valueMask, rank),
      keyMask && alongKeys(keyMask, rank),
      options.useCausalMask ? pairMask([steps, keySteps], rank, isEarlier) : undefined,
      window === undefined ? undefined : pairMask([steps, keySteps], rank, inWindow),
    ]);
  }

  /**
   * Softmax over the steps of the key. Where a step of the query sees none, Keras gives all steps the same score; and
   * the score 0 where it computes the scores themselves: with dropout, where they are returned, and over several axes.
   */
  #probabilities(logits: Tensor, seen: Tensor | undefined, numAxes: number, options: ComputeOptions): Tensor {
    const isPlain = this.dropout === 0 && !options.returnAttentionScores && logits.shape.length === 4;
    const flat = [...logits.shape.slice(0, -numAxes), sizeOf(logits.shape.slice(-numAxes))];
    const softmaxOf = (x: Tensor) => (numAxes === 1 ? softmax(x) : reshape(softmax(reshape(x, flat)), x.shape));
    if (!seen) return softmaxOf(logits);
    const scores = softmaxOf(where(seen, logits, constantTensor([], isPlain ? farBelow : below, logits.backend)));
    return isPlain ? scores : where(seen, scores);
  }

  /**
   * @internal Gives the inputs that the weights are made for. `build` is not given the options of the call, by which an attention
   * mask is known; they were checked right before it.
   */
  protected get builtFor(): AttentionInputs<PartialShape> {
    return this.#checked!;
  }

  /** @internal Refuses inputs of other numbers of features than the weights are made for. @throws ShapeError */
  protected checkFeatures(inputs: AttentionInputs<PartialShape>): void {
    const { query, value, key } = inputs;
    const made = (layer: EinsumDenseLayer) => (this.built ? layer.kernel.shape[0] : undefined);
    knownSize(this.label, query, "features of the query", made(this.queryDense));
    knownSize(this.label, value, "features of the value", made(this.valueDense));
    knownSize(this.label, key, "features of the key", made(this.keyDense));
    this.#checked = inputs;
  }

  /** Refuses inputs of other ranks than the masks of a call can have. @throws ShapeError, ArgumentError */
  protected checkCall(shapes: PartialShape[], scores: PartialShape, options: Partial<ComputeOptions>): void {
    const { query, value, key, attentionMask } = this.inputsOf(shapes, options);
    checkSteps(this.label, value, key);
    if (!isEqual(query[0], key[0])) {
      throw new ShapeError(
        `${this.label}: query ${shapeText(query)} and key ${shapeText(key)} differ in the number of samples.`,
      );
    }
    const isSequence = query.length === 3 && value.length === 3;
    if (!isSequence && (options.useCausalMask || this.slidingWindow !== undefined)) {
      throw new ArgumentError(
        `${this.label}: useCausalMask and slidingWindow need sequences [batch, steps, features], received ${shapeText(query)}.`,
      );
    }
    if (attentionMask) {
      const behind = 2 * this.numAxes(query.length);
      checkAttentionMask(this.label, maskShape(attentionMask, scores.length, behind), scores);
    }
  }
}

const ones = (count: number): number[] => new Array<number>(count).fill(1);

/** A mask of pairs of steps, with axes of size 1 before its last `behind` axes, where it lacks those of the heads. */
const maskShape = (mask: PartialShape, rank: number, behind: number): PartialShape => [
  ...mask.slice(0, Math.max(0, mask.length - behind)),
  ...ones(Math.max(0, rank - mask.length)),
  ...mask.slice(Math.max(0, mask.length - behind)),
];
const withHeads = (mask: Tensor, rank: number, behind: number): Tensor =>
  reshape(mask, maskShape(mask.shape, rank, behind) as Shape);
