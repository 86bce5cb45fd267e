import { ArgumentError, checkNumber, shown } from "../errors.js";
import { allFinite } from "../finite.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { affine, greater, reshape, sum } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { type Tensor, tensor, zeros } from "../tensor.js";
import { type AdaptData, hostNumbers, isBatches } from "./adaptData.js";
import { positiveInteger } from "./check.js";
import { encode, encodedShape, type OutputMode, readMode } from "./encoding.js";
import { Quantiles } from "./quantiles.js";

/** The options of `Discretization`. */
export interface DiscretizationOptions extends LayerOptions {
  /** The numbers between which bins lie, in ascending order; null by default, and then `numBins` is required. */
  binBoundaries?: readonly number[] | null;
  /** How many bins `adapt` makes; null by default, and then `binBoundaries` are required. Both are of an adapted layer. */
  numBins?: number | null;
  /** How exact the boundaries are that `adapt` finds, as a share of all numbers; 0.01 by default. */
  epsilon?: number;
  /** How the numbers of bins are given: "int" (the default), "one_hot", "multi_hot" or "count". */
  outputMode?: OutputMode;
}

/** The class of `Discretization` layers, for subclasses and `instanceof`. */
export class DiscretizationLayer extends Layer {
  static override className = "Discretization";
  /** How many bins `adapt` makes; null where boundaries are given. */
  readonly numBins: number | null;
  /** How exact the boundaries are that `adapt` finds. */
  readonly epsilon: number;
  /** How the numbers of bins are given. */
  readonly outputMode: OutputMode;
  #boundaries: readonly number[] | undefined;
  /** The length of the vectors that the layer was called for. */
  #depth: number | undefined;

  constructor(options: DiscretizationOptions) {
    super(options, ["binBoundaries", "numBins", "epsilon", "outputMode"]);
    const { binBoundaries = null, numBins = null, epsilon = 0.01 } = Object(options) as DiscretizationOptions;
    const isAscending = (list: readonly number[]) => list.every((value, i) => i === 0 || value >= list[i - 1]);
    const isList = Array.isArray(binBoundaries) && binBoundaries.every(Number.isFinite) && isAscending(binBoundaries);
    if (!isList && (binBoundaries !== null || numBins === null)) {
      throw new ArgumentError(
        `${this.label}: binBoundaries ${shown(binBoundaries)}; expected numbers in ascending order, or numBins for adapt(samples).`,
      );
    }
    this.#boundaries = binBoundaries ?? undefined;
    this.numBins = numBins === null ? null : positiveInteger(this.label, "numBins", numBins);
    this.epsilon = checkNumber(this.label, "epsilon", epsilon, "a number from 0 to 1");
    if (this.epsilon < 1e-6) throw new ArgumentError(`${this.label}: epsilon ${epsilon}; expected a share from 1e-6.`);
    this.outputMode = readMode(this.label, options.outputMode ?? "int");
  }

  /** The numbers between which bins lie. @throws ArgumentError where they are not known yet. */
  get binBoundaries(): readonly number[] {
    if (this.#boundaries) return this.#boundaries;
    throw new ArgumentError(`${this.label}: has no boundaries yet; call adapt(samples) first.`);
  }

  get #size(): number {
    return this.#boundaries ? this.#boundaries.length + 1 : this.numBins!;
  }

  /**
   * Finds boundaries between `numBins` bins that hold about equally many of the numbers.
   * @param data samples in any shape, or an (async) iterable of batches of them that is no array.
   * @throws ArgumentError where boundaries were given in place of `numBins`, where there are no numbers, and where vectors
   * that the layer has given before would get another length.
   */
  async adapt(data: AdaptData | Iterable<AdaptData> | AsyncIterable<AdaptData>): Promise<void> {
    const where = `${this.label}.adapt`;
    if (this.numBins === null)
      throw new ArgumentError(`${where}: binBoundaries are given; give numBins in place of them.`);
    const wanted = `${where}: expected finite numbers, at least one.`;
    const quantiles = new Quantiles(this.epsilon);
    const add = async (batch: AdaptData) => {
      const { data: numbers } = await hostNumbers(where, batch);
      if (!allFinite(numbers)) throw new ArgumentError(wanted);
      quantiles.add(numbers);
    };
    if (isBatches<AdaptData>(data)) for await (const batch of data) await add(batch);
    else await add(data);
    const found = quantiles.boundaries(this.numBins);
    if (!found) throw new ArgumentError(wanted);
    if (this.#depth !== undefined && this.#depth !== found.length + 1) {
      throw new ArgumentError(
        `${where}: found ${found.length + 1} bins, was called with ${this.#depth}; adapt it before.`,
      );
    }
    this.#boundaries = found;
  }

  override call([x]: Tensor[]): Tensor[] {
    const { binBoundaries, outputMode } = this;
    const count = binBoundaries.length;
    if (count === 0) return [encode(zeros(x.shape), outputMode, 1)];
    const isBelow = greater(tensor([...binBoundaries]), reshape(x, [...x.shape, 1]));
    return [encode(affine(sum(isBelow, -1), -1, count), outputMode, count + 1)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    if (this.outputMode !== "int") this.#depth = this.#size;
    return [encodedShape(this.label, x, this.outputMode, this.#size)];
  }

  /** The options with the boundaries as they are now. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), ...(this.#boundaries && { binBoundaries: [...this.#boundaries] }) };
  }
}

/**
 * Makes a layer that gives the number of the bin that each element lies in: bin i reaches from boundary i - 1, which
 * belongs to it, to boundary i. Any shape, result of the same shape, or vectors as `CategoryEncoding` makes them. The
 * boundaries are given, or found by `await layer.adapt(samples)`.
 *
 * @throws ArgumentError for boundaries that are not in ascending order, where neither they nor `numBins` are given, and for
 * an unknown mode.
 * @example
 * Discretization({ binBoundaries: [0, 10] })(tensor([-1, 0, 25])); // [0, 1, 2]
 */
export const Discretization = /* @__PURE__ */ callable(DiscretizationLayer);
