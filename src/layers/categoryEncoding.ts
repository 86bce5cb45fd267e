import { ShapeError, shapeText } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { encode, encodedShape, type OutputMode, readMode } from "./encoding.js";

/** The options of `CategoryEncoding`. */
export interface CategoryEncodingOptions extends LayerOptions {
  /** How many numbers there are, from 0 on: the length of the vectors. Required. */
  numTokens: number;
  /** "multi_hot" (the default: one vector of 0 and 1 for a sample), "count" or "one_hot" (a vector for each number). */
  outputMode?: OutputMode;
}

/** The class of `CategoryEncoding` layers, for subclasses and `instanceof`. */
export class CategoryEncodingLayer extends Layer {
  static override className = "CategoryEncoding";
  /** The length of the vectors. */
  readonly numTokens: number;
  /** How numbers become vectors. */
  readonly outputMode: OutputMode;

  constructor(options: CategoryEncodingOptions) {
    super(options, ["numTokens", "outputMode"]);
    this.numTokens = positiveInteger(this.label, "numTokens", options.numTokens);
    this.outputMode = readMode(this.label, options.outputMode ?? "multi_hot", ["multi_hot", "count", "one_hot"]);
  }

  /** With "count" the numbers may come with their weights. */
  override get takesSeveral(): boolean {
    return this.outputMode === "count";
  }

  override call([x, weights]: Tensor[]): Tensor[] {
    return [encode(x, this.outputMode, this.numTokens, weights)];
  }

  override computeOutputShape([x, weights, ...more]: PartialShape[]): PartialShape[] {
    const isFitting = weights?.length === x.length && weights.every((size, i) => size === x[i] || !size || !x[i]);
    if (more.length > 0 || (weights && !isFitting)) {
      const rest = [weights, ...more].map(shapeText).join(" and ");
      throw new ShapeError(
        `${this.label}: expected weights in the shape of the numbers, ${shapeText(x)}, received ${rest}.`,
      );
    }
    return [encodedShape(this.label, x, this.outputMode, this.numTokens)];
  }
}

/**
 * Makes a layer that gives class numbers as vectors: `[batch, numbers]` to `[batch, numTokens]` ("multi_hot", "count") or
 * `[batch, numbers, numTokens]` ("one_hot", where `[batch, 1]` gives `[batch, numTokens]`). A number that is no class has
 * no place in the vector.
 *
 * With "count", a list `[numbers, weights]` of two tensors of the same shape counts each number as often as its weight says;
 * in Keras the weights are the argument `count_weights`.
 *
 * @throws ArgumentError for a number of classes that is no whole number from 1, and an unknown mode.
 * @example
 * CategoryEncoding({ numTokens: 3, outputMode: "count" })([tensor([[0, 2, 0]]), tensor([[1, 0.5, 2]])]); // [[3, 0, 0.5]]
 */
export const CategoryEncoding = /* @__PURE__ */ callable(CategoryEncodingLayer);
