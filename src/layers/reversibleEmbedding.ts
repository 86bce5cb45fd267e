import { checkNumber, ShapeError, shapeText } from "../errors.js";
import { callable, type ComputeOptions } from "../layer.js";
import { affine, dense, tanh, transpose } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { EmbeddingLayer, type EmbeddingOptions } from "./embedding.js";

/** The options of `ReversibleEmbedding`. */
export interface ReversibleEmbeddingOptions extends EmbeddingOptions {
  /** Whether scores are computed with the embeddings themselves, and not with weights of their own; true by default. */
  tieWeights?: boolean;
  /** The largest score s, to which scores are bent by s tanh(score / s); none by default. */
  logitSoftCap?: number | null;
}

/** The class of `ReversibleEmbedding` layers, for subclasses and `instanceof`. */
export class ReversibleEmbeddingLayer extends EmbeddingLayer {
  static override className = "ReversibleEmbedding";
  /** Whether scores are computed with the embeddings themselves. */
  readonly tieWeights: boolean;
  /** The largest score; undefined for none. */
  readonly logitSoftCap: number | undefined;
  /** The weights `[outputDim, inputDim]` of the scores; undefined with `tieWeights`. */
  reverseEmbeddings: Variable | undefined;

  constructor(options: ReversibleEmbeddingOptions) {
    super(options, ["tieWeights", "logitSoftCap"]);
    this.tieWeights = options.tieWeights ?? true;
    const { logitSoftCap: cap } = options;
    this.logitSoftCap = cap == null ? undefined : checkNumber(this.label, "logitSoftCap", cap, "a number above 0");
  }

  override get callOptions(): readonly string[] {
    return [...super.callOptions, "reverse"];
  }

  override build(): void {
    super.build();
    if (this.tieWeights) return;
    // As in Keras, neither a penalty nor a constraint applies to it.
    const { initializer } = this.rules;
    this.reverseEmbeddings = this.addWeight("reverse_embeddings", [this.outputDim, this.inputDim], initializer);
  }

  override call([x]: Tensor[], options?: ComputeOptions): Tensor[] {
    if (!options?.reverse) {
      const [y] = super.call([x]);
      [y.mask] = super.computeMask([x]);
      return [y];
    }
    const scores = dense(x, this.reverseEmbeddings ?? transpose(this.embeddings));
    const cap = this.logitSoftCap;
    return [cap === undefined ? scores : affine(tanh(affine(scores, 1 / cap)), cap)];
  }

  /** None, because `call` gives masks to vectors, and scores have none. */
  override computeMask(): (Tensor | undefined)[] {
    return [];
  }

  override computeOutputShape([x]: PartialShape[], options: Partial<ComputeOptions> = {}): PartialShape[] {
    if (!options.reverse) return super.computeOutputShape([x]);
    if (x.length >= 2 && x.at(-1) === this.outputDim) return [[...x.slice(0, -1), this.inputDim]];
    throw new ShapeError(
      `${this.label}: expected [batch, ..., ${this.outputDim}] to reverse, received ${shapeText(x)}.`,
    );
  }
}

/**
 * Makes an Embedding that also goes back: called with `{ reverse: true }` on vectors `[batch, ..., outputDim]`, it gives
 * their products with the vectors of all indices, `[batch, ..., inputDim]` (Press and Wolf, 2016). Weights: those of
 * Embedding, and reverse_embeddings `[outputDim, inputDim]` without `tieWeights`.
 *
 * @throws ArgumentError for dimensions that are no whole numbers from 1, a bound that is not above 0, and unknown names.
 * @example
 * const words = ReversibleEmbedding({ inputDim: 10000, outputDim: 64 });
 * const scores = words(LSTM({ units: 64 })(words(x)), { reverse: true });
 */
export const ReversibleEmbedding = /* @__PURE__ */ callable(ReversibleEmbeddingLayer);
