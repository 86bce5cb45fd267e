import { ShapeError } from "../errors.js";
import { callable, type ComputeOptions, Layer, type LayerOptions } from "../layer.js";
import { affine, equal, gather } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";

/** The options of `Embedding`. */
export interface EmbeddingOptions extends LayerOptions, WeightOptions<"embeddings"> {
  /** Number of different indices: 0 to inputDim - 1. Required. */
  inputDim: number;
  /** Length of the vector of an index. Required. */
  outputDim: number;
  /**
   * Whether index 0 is padding, so that later layers skip those time steps (see Masking); false by default.
   */
  maskZero?: boolean;
}

/** The class of `Embedding` layers, for subclasses and `instanceof`. */
export class EmbeddingLayer extends Layer {
  static override className = "Embedding";
  /** Number of different indices. */
  readonly inputDim: number;
  /** Length of the vector of an index. */
  readonly outputDim: number;
  /** @internal The rules of the embeddings. */
  protected readonly rules: WeightRules;
  /** The vectors of all indices, `[inputDim, outputDim]`. */
  embeddings!: Variable;

  /** @param known the names of the layer's own options, of a subclass. */
  constructor(options: EmbeddingOptions, known: readonly string[] = []) {
    super(options, [...known, "inputDim", "outputDim", "maskZero", ...weightOptions("embeddings")]);
    this.inputDim = positiveInteger(this.label, "inputDim", options.inputDim);
    this.outputDim = positiveInteger(this.label, "outputDim", options.outputDim);
    this.rules = weightRules(this.label, options, "embeddings", "uniform");
  }

  override build(): void {
    this.embeddings = this.addWeight("embeddings", [this.inputDim, this.outputDim], this.rules);
  }

  override stepper(): boolean {
    return true;
  }

  override call([x]: Tensor[], _options?: ComputeOptions): Tensor[] {
    return [gather(this.embeddings, x)];
  }

  override computeMask([x]: Tensor[]): (Tensor | undefined)[] {
    return [this.config.maskZero ? affine(equal(x, 0), -1, 1) : undefined];
  }

  override computeOutputShape([x]: PartialShape[], _options?: Partial<ComputeOptions>): PartialShape[] {
    if (x.length < 1) throw new ShapeError(`${this.label}: expected [batch, ...] of indices, received a number.`);
    return [[...x, this.outputDim]];
  }
}

/**
 * Makes a layer that gives a trainable vector for each index: x `[batch, ...]` of whole numbers, result
 * `[batch, ..., outputDim]`. Weight: embeddings `[inputDim, outputDim]` ("uniform" by default). An index that is out
 * of range gives NaN (in Keras on a CPU an error), so that it is noticed.
 *
 * @throws ArgumentError for dimensions that are no whole numbers from 1, and for unknown names.
 * @example
 * const y = LSTM({ units: 32 })(Embedding({ inputDim: 10000, outputDim: 16, maskZero: true })(words));
 */
export const Embedding = callable(EmbeddingLayer);
