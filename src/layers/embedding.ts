import { ShapeError } from "../errors.js";
import { getInitializer, type Initializer, type InitializerFunction } from "../initializers.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { gather } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { checkOne, count } from "./check.js";

export interface EmbeddingOptions extends LayerOptions {
  /** Number of different indices: 0 to inputDim - 1. */
  inputDim: number;
  /** Length of the vector of an index. */
  outputDim: number;
  /** "uniform" (between -0.05 and 0.05) unless given. */
  embeddingsInitializer?: Initializer;
}

export class EmbeddingLayer extends Layer {
  static override className = "Embedding";
  readonly inputDim: number;
  readonly outputDim: number;
  readonly #initializer: InitializerFunction;
  /** [inputDim, outputDim]. */
  embeddings!: Variable;

  constructor(options: EmbeddingOptions) {
    super(options, ["inputDim", "outputDim", "embeddingsInitializer"]);
    this.inputDim = count(this.label, "inputDim", options.inputDim);
    this.outputDim = count(this.label, "outputDim", options.outputDim);
    this.#initializer = getInitializer(this.label, options.embeddingsInitializer ?? "uniform");
  }

  override build(): void {
    this.embeddings = this.addWeight("embeddings", [this.inputDim, this.outputDim], this.#initializer);
  }

  override call(x: Tensor): Tensor {
    return gather(this.embeddings, x);
  }

  override computeOutputShape(shape: PartialShape): PartialShape {
    const x = checkOne(this.label, shape);
    if (x.length < 1) throw new ShapeError(`${this.label}: expected [batch, ...] of indices, received a number.`);
    return [...x, this.outputDim];
  }
}

/**
 * A vector for each index. x: [batch, ...] of whole numbers, result [batch, ..., outputDim]. Weight: embeddings [inputDim,
 * outputDim]. An index that is no row gives NaN (Keras on a CPU: an error), so that it cannot go unseen.
 */
export const Embedding = callable(EmbeddingLayer);
