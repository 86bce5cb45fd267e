import { ShapeError } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { affine, equal, gather } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { count } from "./check.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";

export interface EmbeddingOptions extends LayerOptions, WeightOptions<"embeddings"> {
  /** Number of different indices: 0 to inputDim - 1. */
  inputDim: number;
  /** Length of the vector of an index. */
  outputDim: number;
  /** Whether index 0 fills up sequences that are shorter: layers after it skip those steps (see Masking). */
  maskZero?: boolean;
}

export class EmbeddingLayer extends Layer {
  static override className = "Embedding";
  readonly inputDim: number;
  readonly outputDim: number;
  readonly #rules: WeightRules;
  /** [inputDim, outputDim]. */
  embeddings!: Variable;

  constructor(options: EmbeddingOptions) {
    super(options, ["inputDim", "outputDim", "maskZero", ...weightOptions("embeddings")]);
    this.inputDim = count(this.label, "inputDim", options.inputDim);
    this.outputDim = count(this.label, "outputDim", options.outputDim);
    this.#rules = weightRules(this.label, options, "embeddings", "uniform");
  }

  override build(): void {
    this.embeddings = this.addWeight(
      "embeddings",
      [this.inputDim, this.outputDim],
      this.#rules.initializer,
      this.#rules,
    );
  }

  override call([x]: Tensor[]): Tensor[] {
    return [gather(this.embeddings, x)];
  }

  override computeMask([x]: Tensor[]): (Tensor | undefined)[] {
    return [this.config.maskZero ? affine(equal(x, 0), -1, 1) : undefined];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    if (x.length < 1) throw new ShapeError(`${this.label}: expected [batch, ...] of indices, received a number.`);
    return [[...x, this.outputDim]];
  }
}

/**
 * A vector for each index. x: [batch, ...] of whole numbers, result [batch, ..., outputDim]. Weight: embeddings [inputDim,
 * outputDim]. An index that is no row gives NaN (Keras on a CPU: an error), so that it cannot go unseen.
 */
export const Embedding = callable(EmbeddingLayer);
