import { ArgumentError, shown } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { affine, greater, reshape, sum } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { type Tensor, tensor, zeros } from "../tensor.js";
import { encode, encodedShape, type OutputMode, readMode } from "./encoding.js";

/** The options of `Discretization`. */
export interface DiscretizationOptions extends LayerOptions {
  /** The numbers between which bins lie, in ascending order. Required. */
  binBoundaries: readonly number[];
  /** How the numbers of bins are given: "int" (the default), "one_hot", "multi_hot" or "count". */
  outputMode?: OutputMode;
}

/** The class of `Discretization` layers, for subclasses and `instanceof`. */
export class DiscretizationLayer extends Layer {
  static override className = "Discretization";
  /** The numbers between which bins lie. */
  readonly binBoundaries: readonly number[];
  /** How the numbers of bins are given. */
  readonly outputMode: OutputMode;

  constructor(options: DiscretizationOptions) {
    super(options, ["binBoundaries", "outputMode"]);
    const { binBoundaries } = Object(options) as DiscretizationOptions;
    const isAscending = (list: readonly number[]) => list.every((value, i) => i === 0 || value >= list[i - 1]);
    if (!Array.isArray(binBoundaries) || !binBoundaries.every(Number.isFinite) || !isAscending(binBoundaries)) {
      throw new ArgumentError(
        `${this.label}: binBoundaries ${shown(binBoundaries)}; expected numbers in ascending order (of a layer that was adapted, those that it found).`,
      );
    }
    this.binBoundaries = binBoundaries;
    this.outputMode = readMode(this.label, options.outputMode ?? "int");
  }

  override call([x]: Tensor[]): Tensor[] {
    const { binBoundaries, outputMode } = this;
    const count = binBoundaries.length;
    if (count === 0) return [encode(zeros(x.shape), outputMode, 1)];
    const isBelow = greater(tensor([...binBoundaries]), reshape(x, [...x.shape, 1]));
    return [encode(affine(sum(isBelow, -1), -1, count), outputMode, count + 1)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    return [encodedShape(this.label, x, this.outputMode, this.binBoundaries.length + 1)];
  }
}

/**
 * Makes a layer that gives the number of the bin that each element lies in: bin i reaches from boundary i - 1, which
 * belongs to it, to boundary i. Any shape, result of the same shape, or vectors as `CategoryEncoding` makes them.
 *
 * @throws ArgumentError for boundaries that are not in ascending order, and an unknown mode.
 * @example
 * Discretization({ binBoundaries: [0, 10] })(tensor([-1, 0, 25])); // [0, 1, 2]
 */
export const Discretization = /* @__PURE__ */ callable(DiscretizationLayer);
