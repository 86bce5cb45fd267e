/** Attention whose heads of key and value each serve several heads of the query (Ainslie et al., 2023). */
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { callable, type ComputeOptions } from "../layer.js";
import { reshape } from "../ops/index.js";
import { einsum } from "../ops/einsum.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { HeadsLayer, type HeadsOptions } from "./headsLayer.js";

/** The options of `GroupQueryAttention`. */
export interface GroupQueryAttentionOptions extends HeadsOptions {
  /** Size of a head. Required. */
  headDim: number;
  /** Number of heads of the query, a multiple of `numKeyValueHeads`. Required. */
  numQueryHeads: number;
  /** Number of heads of key and value; each serves as many heads of the query. Required. */
  numKeyValueHeads: number;
}

/** The class of `GroupQueryAttention` layers, for subclasses and `instanceof`. */
export class GroupQueryAttentionLayer extends HeadsLayer {
  static override className = "GroupQueryAttention";
  /** Size of a head. */
  readonly headDim: number;
  /** Number of heads of the query. */
  readonly numQueryHeads: number;
  /** Number of heads of key and value. */
  readonly numKeyValueHeads: number;
  override readonly factor: number;

  constructor(options: GroupQueryAttentionOptions) {
    super(options, ["headDim", "numQueryHeads", "numKeyValueHeads"]);
    const count = (name: "headDim" | "numQueryHeads" | "numKeyValueHeads") =>
      positiveInteger(this.label, name, options[name]);
    this.headDim = count("headDim");
    this.numQueryHeads = count("numQueryHeads");
    this.numKeyValueHeads = count("numKeyValueHeads");
    if (this.numQueryHeads % this.numKeyValueHeads !== 0) {
      throw new ArgumentError(
        `${this.label}: numQueryHeads ${this.numQueryHeads}; expected a multiple of numKeyValueHeads ${this.numKeyValueHeads}.`,
      );
    }
    this.factor = 1 / Math.sqrt(this.headDim);
  }

  protected override numAxes(): number {
    return 1;
  }

  override build(): void {
    const { query, value, key } = this.builtFor;
    const { headDim, numQueryHeads, numKeyValueHeads } = this;
    const ofQuery = (name: string, activation?: string) =>
      this.project(name, "bqm,muh->bquh", [null, numQueryHeads, headDim], "uh", query, activation);
    const ofKeys = (name: string, x: PartialShape) =>
      this.project(name, "bkm,mvh->bkvh", [null, numKeyValueHeads, headDim], "vh", x);
    this.queryDense = ofQuery("query");
    this.keyDense = ofKeys("key", key);
    if (this.useGate) this.gateDense = ofQuery("gate", "sigmoid");
    this.valueDense = ofKeys("value", value);
    const heads = [query[0], query[1], numQueryHeads, headDim];
    this.outputDense = this.project("attention_output", "bquh,uhm->bqm", [null, query[2]], "m", heads);
  }

  protected override products(query: Tensor, key: Tensor): Tensor {
    const [batch, steps] = query.shape;
    const { numKeyValueHeads: heads, numQueryHeads, headDim } = this;
    const grouped = reshape(query, [batch, steps, heads, numQueryHeads / heads, headDim]);
    const scores = einsum("bqvrh,bkvh->bvrqk", grouped, key);
    return reshape(scores, [batch, numQueryHeads, steps, key.shape[1]]);
  }

  protected override combine(scores: Tensor, value: Tensor): Tensor {
    const [batch, heads, steps, keySteps] = scores.shape;
    const { numKeyValueHeads } = this;
    const grouped = reshape(scores, [batch, numKeyValueHeads, heads / numKeyValueHeads, steps, keySteps]);
    return reshape(einsum("bvrqk,bkvh->bqvrh", grouped, value), [batch, steps, heads, this.headDim]);
  }

  override computeOutputShape(shapes: PartialShape[], options: Partial<ComputeOptions> = {}): PartialShape[] {
    const inputs = this.inputsOf(shapes, options);
    const { query, value, key } = inputs;
    if (query.length !== 3 || value.length !== 3) {
      throw new ShapeError(
        `${this.label}: expected [batch, steps, features] as query and value, received ${shapeText(query)} and ${shapeText(value)}.`,
      );
    }
    this.checkFeatures(inputs);
    const scores = [query[0], this.numQueryHeads, query[1], key[1]];
    this.checkCall(shapes, scores, options);
    return options.returnAttentionScores ? [query, scores] : [query];
  }

  override macs(shapes: PartialShape[]): number {
    const { query, value, key } = this.inputsOf(shapes);
    const { headDim, numQueryHeads, numKeyValueHeads } = this;
    const count = (x: PartialShape) => (x[1] ?? NaN) * (x[2] ?? NaN);
    const ofQuery = count(query) * (2 + Number(this.useGate)) + 2 * (query[1] ?? NaN) * (key[1] ?? NaN);
    return headDim * (numQueryHeads * ofQuery + numKeyValueHeads * (count(key) + count(value)));
  }
}

/**
 * Makes a layer of attention whose heads of key and value each serve several heads of the query (Ainslie et al., 2023),
 * called as `MultiHeadAttention`: `[batch, query steps, features]` to the same shape.
 *
 * A call takes `useCausalMask`, `attentionMask` (`[batch, query steps, key steps]`) and `returnAttentionScores`.
 *
 * @throws ArgumentError for numbers that are no whole numbers from 1, heads of the query that are no multiple of those
 * of the key, and unknown names.
 */
export const GroupQueryAttention = /* @__PURE__ */ callable(GroupQueryAttentionLayer);
