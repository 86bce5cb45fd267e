/** Attention of several heads (Vaswani et al., 2017). */
import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { callable, type ComputeOptions } from "../layer.js";
import { einsum } from "../ops/einsum.js";
import { normalizeAxis, type PartialShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { HeadsLayer, type HeadsOptions } from "./headsLayer.js";

/** The options of `MultiHeadAttention`. */
export interface MultiHeadAttentionOptions extends HeadsOptions {
  /** Number of heads. Required. */
  numHeads: number;
  /** Size of a head of query and key. Required. */
  keyDim: number;
  /** Size of a head of the value; `keyDim` by default. */
  valueDim?: number | null;
  /** The last size, or sizes, of the result; that of the query by default. */
  outputShape?: number | readonly number[] | null;
  /** The axes over which attention goes, not 0 (the batch) and not the last; all between them by default. */
  attentionAxes?: number | readonly number[] | null;
}

const letters = "abcdefghijklmnopqrstuvwxyz";

/** The class of `MultiHeadAttention` layers, for subclasses and `instanceof`. */
export class MultiHeadAttentionLayer extends HeadsLayer {
  static override className = "MultiHeadAttention";
  /** Number of heads. */
  readonly numHeads: number;
  /** Size of a head of query and key. */
  readonly keyDim: number;
  /** Size of a head of the value. */
  readonly valueDim: number;
  /** The last sizes of the result; undefined for that of the query. */
  readonly outputShape: readonly number[] | undefined;
  /** The axes over which attention goes; undefined for all between the batch and the last. */
  readonly attentionAxes: readonly number[] | undefined;
  override readonly factor: number;

  constructor(options: MultiHeadAttentionOptions) {
    super(options, ["numHeads", "keyDim", "valueDim", "outputShape", "attentionAxes"]);
    const count = (name: "numHeads" | "keyDim" | "valueDim", value: unknown) =>
      positiveInteger(this.label, name, value);
    this.numHeads = count("numHeads", options.numHeads);
    this.keyDim = count("keyDim", options.keyDim);
    this.valueDim = count("valueDim", options.valueDim ?? this.keyDim);
    const { outputShape, attentionAxes } = options;
    this.outputShape =
      outputShape == null ? undefined : [outputShape].flat().map((n) => positiveInteger(this.label, "outputShape", n));
    this.attentionAxes = attentionAxes == null ? undefined : [attentionAxes].flat();
    this.factor = 1 / Math.sqrt(this.keyDim);
  }

  override build(): void {
    const { query, value, key } = this.builtFor;
    const { numHeads, keyDim, valueDim } = this;
    const heads = (name: string, x: PartialShape, size: number, activation?: string) => {
      const free = letters.slice(0, x.length - 1);
      const sizes = [...x.slice(1, -1).map(() => null), numHeads, size];
      return this.project(name, `${free}x,xyz->${free}yz`, sizes, "yz", x, activation);
    };
    this.queryDense = heads("query", query, keyDim);
    this.keyDense = heads("key", key, keyDim);
    if (this.useGate) this.gateDense = heads("gate", query, valueDim, "sigmoid");
    this.valueDense = heads("value", value, valueDim);
    const sizes = this.outputShape ?? [query.at(-1)!];
    const [free, out] = [letters.slice(0, query.length - 1), letters.slice(query.length - 1).slice(0, sizes.length)];
    const inside = [...query.slice(0, -1), numHeads, valueDim];
    const whole = [...query.slice(1, -1).map(() => null), ...sizes];
    this.outputDense = this.project("attention_output", `${free}YZ,YZ${out}->${free}${out}`, whole, out, inside);
  }

  /** @internal The axes over which attention goes, from 0. @throws ArgumentError for the batch and the last. */
  axesOf(rank: number): number[] {
    const given = this.attentionAxes;
    if (!given) return Array.from({ length: rank - 2 }, (_, i) => i + 1);
    const axes = given.map((axis) => normalizeAxis(this.label, axis, rank));
    const isEach = axes.length > 0 && new Set(axes).size === axes.length;
    if (isEach && axes.every((axis) => axis > 0 && axis < rank - 1)) return axes;
    throw new ArgumentError(
      `${this.label}: attentionAxes ${shown(given)}; expected axes between the batch and the last of ${rank}, each once.`,
    );
  }

  protected override numAxes(rank: number): number {
    return this.axesOf(rank).length;
  }

  /** @internal The axes of projected query, key and scores, for `einsum`. `rank`: of the query before it is projected. */
  equationParts(rank: number): { query: string; key: string; scores: string } {
    const attended = this.axesOf(rank);
    const query = letters.slice(0, rank + 1);
    const key = [...query].map((letter, axis) => (attended.includes(axis) ? letter.toUpperCase() : letter)).join("");
    const free = [...query].filter((_, axis) => !attended.includes(axis) && axis !== rank);
    const scores = [...free, ...attended.map((axis) => query[axis]), ...attended.map((axis) => key[axis])].join("");
    return { query, key, scores };
  }

  protected override products(x: Tensor, y: Tensor): Tensor {
    const { query, key, scores } = this.equationParts(x.shape.length - 1);
    return einsum(`${query},${key}->${scores}`, x, y);
  }

  protected override combine(probabilities: Tensor, value: Tensor): Tensor {
    const { query, key, scores } = this.equationParts(value.shape.length - 1);
    return einsum(`${scores},${key}->${query}`, probabilities, value);
  }

  override computeOutputShape(shapes: PartialShape[], options: Partial<ComputeOptions> = {}): PartialShape[] {
    const inputs = this.inputsOf(shapes, options);
    const { query, value, key } = inputs;
    const rank = query.length;
    if (rank < 3 || value.length !== rank) {
      throw new ShapeError(
        `${this.label}: expected [batch, steps, features] as query and value, received ${shapeText(query)} and ${shapeText(value)}.`,
      );
    }
    this.checkFeatures(inputs);
    const axes = this.axesOf(rank);
    const free = query.slice(1, -1).filter((_, i) => !axes.includes(i + 1));
    const steps = (x: PartialShape) => axes.map((axis) => x[axis]);
    const scores = [query[0], ...free, this.numHeads, ...steps(query), ...steps(key)];
    this.checkCall(shapes, scores, options);
    const y = [...query.slice(0, -1), ...(this.outputShape ?? query.slice(-1))];
    return options.returnAttentionScores ? [y, scores] : [y];
  }

  override macs(shapes: PartialShape[]): number {
    const { query, value, key } = this.inputsOf(shapes);
    const { numHeads, keyDim, valueDim } = this;
    const count = (x: PartialShape) => x.slice(1).reduce<number>((product, n) => product * (n ?? NaN), 1);
    const steps = count(query.slice(0, -1));
    const seen = this.axesOf(key.length).reduce((product, axis) => product * (key[axis] ?? NaN), 1);
    const out = this.outputShape ? sizeOf(this.outputShape) : (query.at(-1) ?? NaN);
    const projections = count(query) * keyDim * (1 + Number(this.useGate)) + count(key) * keyDim + count(value) * valueDim; // prettier-ignore
    return numHeads * (projections + steps * seen * (keyDim + valueDim) + steps * valueDim * out);
  }
}

/**
 * Makes a layer of several heads of attention (Vaswani et al., 2017), called on a list `[query, value]`, or
 * `[query, value, key]`: `[batch, query steps, features]`, `[batch, key steps, ...]` (by default the value) to
 * `[batch, query steps, features]`. Each head projects them, and averages the value by softmax(query key^T /
 * sqrt(keyDim)); a last projection joins the heads. Weights, kernels `[features, numHeads, size]` ("glorotUniform" by
 * default) and biases ("zeros"): those of query, key, value and attention_output.
 *
 * A call takes `useCausalMask`, `attentionMask` (`[batch, query steps, key steps]`) and `returnAttentionScores`.
 *
 * @throws ArgumentError for numbers that are no whole numbers from 1, for axes that there are not, and for unknown names.
 * @example
 * const y = MultiHeadAttention({ numHeads: 4, keyDim: 16 })([x, x], { useCausalMask: true });
 */
export const MultiHeadAttention = /* @__PURE__ */ callable(MultiHeadAttentionLayer);
