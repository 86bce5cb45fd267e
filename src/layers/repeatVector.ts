import { callable, Layer, type LayerOptions } from "../layer.js";
import { add, reshape } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { type Tensor, zeros } from "../tensor.js";
import { checkRank, positiveInteger } from "./check.js";

/** The options of `RepeatVector`. */
export interface RepeatVectorOptions extends LayerOptions {
  /** How many times each sample is repeated. Required. */
  n: number;
}

/** The class of `RepeatVector` layers, for subclasses and `instanceof`. */
export class RepeatVectorLayer extends Layer {
  static override className = "RepeatVector";
  /** Number of times that each sample is repeated. */
  readonly n: number;

  constructor(options: RepeatVectorOptions) {
    super(options, ["n"]);
    this.n = positiveInteger(this.label, "n", options.n);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [add(reshape(x, [x.shape[0], 1, x.shape[1]]), zeros([1, this.n, 1]))];
  }

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const [batch, features] = checkRank(this.label, shape, "batch, features");
    return [[batch, this.n, features]];
  }
}

/**
 * Makes a layer that repeats each sample n times, as a sequence: `[batch, features]` to `[batch, n, features]`.
 *
 * @throws ArgumentError where n is no whole number from 1.
 */
export const RepeatVector = callable(RepeatVectorLayer);
