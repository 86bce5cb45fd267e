/** Attention by products and by sums: the value, averaged over its steps by scores of query and key. */
import { ShapeError, shapeText, unknownName } from "../errors.js";
import { callable, type ComputeOptions, type LayerOptions } from "../layer.js";
import { add, affine, matMul, multiply, reshape, softmax, sum, tanh, transpose } from "../ops/index.js";
import { where } from "../ops/where.js";
import type { PartialShape, Shape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { allOf, alongKeys, AttentionLayerBase, checkSteps, isEarlier, isEqual, pairMask } from "./attentionLayer.js";

/** The options that `Attention` and `AdditiveAttention` share. */
export interface AdditiveAttentionOptions extends LayerOptions {
  /** Whether there is a weight `scale`, a factor in the scores; true by default, false in `Attention`. */
  useScale?: boolean;
  /** The share of the scores that become 0 in training; 0 by default. */
  dropout?: number;
  /** The seed of dropout; the next stream of the global seed (`setSeed`) by default. */
  seed?: number | null;
}

/** The options of `Attention`. */
export interface AttentionOptions extends AdditiveAttentionOptions {
  /** How a score is computed: "dot", the product of query and key (the default), or "concat", sum(tanh(query + key)). */
  scoreMode?: "dot" | "concat";
}

/** What is subtracted from the scores of steps that are masked, as in Keras. */
const farBelow = 1e9;

/** The base of Attention and AdditiveAttention. */
export abstract class ScoredAttentionLayer extends AttentionLayerBase {
  /** Whether there is a weight `scale`. */
  readonly useScale: boolean;
  /** A factor in the scores; undefined without `useScale`. */
  scale: Variable | undefined;

  constructor(options: AdditiveAttentionOptions, known: readonly string[], useScale: boolean) {
    super(options, [...known, "useScale"]);
    this.useScale = options.useScale ?? useScale;
  }

  /** Gives the scores `[batch, ..., query steps, key steps]`, before softmax. */
  protected abstract scores(query: Tensor, key: Tensor): Tensor;

  override call(given: Tensor[], options: ComputeOptions): Tensor[] {
    const { query, value, key } = this.inputsOf(given, options);
    const [queryMask, valueMask] = options.masks;
    const scores = this.scores(query, key);
    const [steps, keySteps] = scores.shape.slice(-2);
    const rank = scores.shape.length;
    const seen = allOf([
      valueMask && alongKeys(valueMask, rank),
      options.useCausalMask ? pairMask([steps, keySteps], rank, isEarlier) : undefined,
    ]);
    // What is subtracted is exactly 0 for steps that are seen.
    const kept = softmax(seen ? add(scores, affine(seen, farBelow, -farBelow)) : scores);
    const weights = this.dropScores(kept, options.training);
    const y = matMul(weights, value);
    const shown = queryMask ? where(queryMask, y) : y;
    return options.returnAttentionScores ? [shown, weights] : [shown];
  }

  override computeOutputShape(shapes: PartialShape[], options: Partial<ComputeOptions> = {}): PartialShape[] {
    const { query, value, key } = this.inputsOf(shapes, options);
    checkSteps(this.label, value, key);
    const fits =
      query.length >= 3 && query.length === key.length && isEqual(query.at(-1)!, key.at(-1)!) && isEqual(query[0], key[0]); // prettier-ignore
    if (!fits) {
      throw new ShapeError(
        `${this.label}: expected [batch, steps, features] as query and key, received ${shapeText(query)} and ${shapeText(key)}.`,
      );
    }
    const y = [...query.slice(0, -1), value.at(-1)!];
    return options.returnAttentionScores ? [y, [...query.slice(0, -1), key.at(-2)!]] : [y];
  }

  override macs(shapes: PartialShape[]): number {
    const { query, value, key } = this.inputsOf(shapes);
    const pairs = query.slice(1, -1).reduce<number>((product, n) => product * (n ?? NaN), key.at(-2) ?? NaN);
    return pairs * ((query.at(-1) ?? NaN) + (value.at(-1) ?? NaN));
  }
}

/** The query as `[..., steps, 1, features]` and the key as `[..., 1, steps, features]`, which broadcast to all pairs. */
const asPairs = (query: Tensor, key: Tensor): [Tensor, Tensor] => {
  const withAxis = ({ shape }: Tensor, behind: number): Shape => [
    ...shape.slice(0, shape.length - behind),
    1,
    ...shape.slice(shape.length - behind),
  ];
  return [reshape(query, withAxis(query, 1)), reshape(key, withAxis(key, 2))];
};

/** The class of `Attention` layers, for subclasses and `instanceof`. */
export class AttentionLayer extends ScoredAttentionLayer {
  static override className = "Attention";
  /** How a score is computed. */
  readonly scoreMode: "dot" | "concat";
  /** A factor of the scores with `scoreMode: "concat"`; undefined with "dot". */
  concatScoreWeight: Variable | undefined;

  constructor(options: AttentionOptions = {}) {
    super(options, ["scoreMode"], false);
    this.scoreMode = options.scoreMode ?? "dot";
    const known = ["dot", "concat"];
    if (!known.includes(this.scoreMode)) throw unknownName(this.label, "scoreMode", this.scoreMode, known);
  }

  override build(): void {
    if (this.useScale) this.scale = this.addWeight("scale", [], "ones");
    if (this.scoreMode === "concat") this.concatScoreWeight = this.addWeight("concat_score_weight", [], "ones");
  }

  protected override scores(query: Tensor, key: Tensor): Tensor {
    const scaled = (x: Tensor) => (this.scale ? multiply(x, this.scale) : x);
    if (!this.concatScoreWeight) {
      const last = key.shape.length - 1;
      const axes = key.shape.map((_, axis) => (axis === last ? axis - 1 : axis === last - 1 ? last : axis));
      return scaled(matMul(query, transpose(key, axes)));
    }
    const [a, b] = asPairs(query, key);
    return multiply(sum(tanh(scaled(add(a, b))), -1), this.concatScoreWeight);
  }
}

/**
 * Makes a layer that averages a value over its steps (Luong et al., 2015), called on a list `[query, value]`, or
 * `[query, value, key]`: `[batch, query steps, features]`, `[batch, key steps, result]` and
 * `[batch, key steps, features]` (by default the value) to `[batch, query steps, result]`. The scores are softmax(query
 * key^T). Steps of the value that are masked have the score 0, those of the query the result 0. Weights, a number each
 * ("ones"): scale with `useScale`, concat_score_weight with `scoreMode: "concat"`.
 *
 * A call takes `useCausalMask` and `returnAttentionScores`.
 *
 * @throws ArgumentError for a dropout that is not between 0 and 1, and an unknown `scoreMode`.
 * @example
 * const y = Attention({ useScale: true })([decoded, encoded], { useCausalMask: true });
 */
export const Attention = /* @__PURE__ */ callable(AttentionLayer);

/** The class of `AdditiveAttention` layers, for subclasses and `instanceof`. */
export class AdditiveAttentionLayer extends ScoredAttentionLayer {
  static override className = "AdditiveAttention";

  constructor(options: AdditiveAttentionOptions = {}) {
    super(options, [], true);
  }

  override build(shapes: PartialShape[]): void {
    if (this.useScale) this.scale = this.addWeight("scale", [shapes[0].at(-1)!], "glorotUniform");
  }

  protected override scores(query: Tensor, key: Tensor): Tensor {
    const [a, b] = asPairs(query, key);
    const y = tanh(add(a, b));
    return sum(this.scale ? multiply(y, this.scale) : y, -1);
  }

  /** Gives the shapes of the results. @throws ShapeError for a query of another number of features than the weight has. */
  override computeOutputShape(shapes: PartialShape[], options: Partial<ComputeOptions> = {}): PartialShape[] {
    const made = super.computeOutputShape(shapes, options);
    const [query] = shapes;
    const size = this.scale?.shape[0] ?? query.at(-1);
    if (size === null || size !== query.at(-1)) {
      const built = this.built ? `was built for ${size} features` : "the number of features must be known";
      throw new ShapeError(`${this.label}: ${built}, received ${shapeText(query)}.`);
    }
    return made;
  }
}

/**
 * Makes a layer that averages a value over its steps (Bahdanau et al., 2015), called as `Attention`. The scores are
 * softmax(sum(scale tanh(query + key))). Weight with `useScale`: scale `[features]` ("glorotUniform").
 *
 * A call takes `useCausalMask` and `returnAttentionScores`.
 *
 * @throws ArgumentError for a dropout that is not between 0 and 1.
 */
export const AdditiveAttention = /* @__PURE__ */ callable(AdditiveAttentionLayer);
