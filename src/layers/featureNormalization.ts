import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { add, divide, maximum, multiply, reshape, sqrt, subtract } from "../ops/index.js";
import { normalizeAxis, type PartialShape, type Shape, sizeOf } from "../shape.js";
import {
  type HostArray,
  type NestedArray,
  type Tensor,
  tensor,
  toHostArray,
  type TypedArray,
  type Variable,
} from "../tensor.js";
import { type AdaptData, hostNumbers } from "./adaptData.js";
import { SameShapeLayer } from "./sameShape.js";

/** A number, or nested lists of numbers. */
export type Numbers = number | readonly Numbers[];

/** The options of `Normalization`. */
export interface NormalizationLayerOptions extends LayerOptions {
  /** The axes that have a mean and a variance for each place, -1 (each feature or channel) by default; null for none. */
  axis?: number | readonly number[] | null;
  /** The mean, a number or one for each place along the axes; by default `adapt` or a file gives it. */
  mean?: Numbers | null;
  /** The variance, in the shape of the mean; by default `adapt` or a file gives it. */
  variance?: Numbers | null;
  /** Whether x is multiplied by the deviation and the mean is added; false by default. */
  invert?: boolean;
}

/** The least standard deviation that is divided by. */
const leastDeviation = 1e-7;

/** The class of `Normalization` layers, for subclasses and `instanceof`. */
export class FeatureNormalizationLayer extends SameShapeLayer {
  static override className = "Normalization";
  /** The axes that have a mean and a variance for each place. */
  readonly axis: readonly number[];
  /** Whether x is multiplied by the deviation and the mean is added. */
  readonly invert: boolean;
  /** The weights that `adapt` sets; undefined where the mean is an option. */
  mean: Variable | undefined;
  /** The weights that `adapt` sets; undefined where the variance is an option. */
  variance: Variable | undefined;
  readonly #given: { readonly mean: HostArray; readonly variance: HostArray } | undefined;
  /** The axes of x that are kept, in order, and the shape in which mean and variance repeat over x. */
  #kept: readonly number[] = [];
  #repeated: Shape = [];

  constructor(options: NormalizationLayerOptions = {}) {
    super(options, ["axis", "mean", "variance", "invert"]);
    const { axis = -1, mean, variance } = options;
    this.axis = axis === null ? [] : [axis].flat();
    if (!this.axis.every(Number.isSafeInteger)) {
      throw new ArgumentError(`${this.label}: axis ${shown(axis)}; expected whole numbers, or null.`);
    }
    this.invert = options.invert ?? false;
    if ((mean == null) !== (variance == null)) {
      throw new ArgumentError(`${this.label}: received only one of mean and variance; give both, or none.`);
    }
    if (mean == null || variance == null) return;
    const read = (value: Numbers) => toHostArray(value as number | NestedArray, undefined, this.label);
    this.#given = { mean: read(mean), variance: read(variance) };
    const shapes = [this.#given.mean.shape, this.#given.variance.shape].map(shapeText);
    if (shapes[0] !== shapes[1] || this.#given.mean.shape.length > this.axis.length) {
      throw new ArgumentError(
        `${this.label}: mean ${shapes[0]} and variance ${shapes[1]}; expected the same shape, of at most as many axes as axis names.`,
      );
    }
  }

  /** Makes the weights, unless mean and variance are given. @throws ShapeError where sizes are unknown or do not fit. */
  override build([x]: PartialShape[]): void {
    this.#kept = [...new Set(this.axis.map((axis) => normalizeAxis(this.label, axis, x.length)))].sort((a, b) => a - b);
    const sizes = this.#kept.map((axis) => x[axis]);
    if (sizes.includes(null)) {
      throw new ShapeError(`${this.label}: the sizes of ${shapeText(x)} along axis ${shown(this.axis)} must be known.`);
    }
    this.#repeated = x.map((size, axis) => (this.#kept.includes(axis) ? size! : 1));
    if (this.#given) return this.#checkGiven(sizes as Shape);
    const shape = sizes as Shape;
    this.mean = this.addWeight("mean", shape, { initializer: "zeros", trainable: false });
    this.variance = this.addWeight("variance", shape, { initializer: "ones", trainable: false });
    // Only there because Keras's files have it.
    this.addWeight("count", [], { initializer: "zeros", trainable: false });
  }

  #checkGiven(sizes: Shape): void {
    const { shape } = this.#given!.mean;
    const fits = shape.every((size, i) => size === 1 || size === sizes[sizes.length - shape.length + i]);
    if (fits) return;
    throw new ShapeError(`${this.label}: a mean ${shapeText(shape)} does not fit the axes ${shapeText(sizes)} of x.`);
  }

  /** The mean and the deviation in shapes that repeat over x. */
  #moments(): readonly [mean: Tensor, deviation: Tensor] {
    const [mean, variance] = this.#given
      ? [this.#given.mean, this.#given.variance].map(({ data, shape }) => tensor(data as TypedArray, shape))
      : [this.mean!, this.variance!];
    const shape = this.#shapeOf(mean);
    return [reshape(mean, shape), maximum(sqrt(reshape(variance, shape)), leastDeviation)];
  }

  /** The shape that a mean has among the axes of x. */
  #shapeOf({ shape }: { readonly shape: Shape }): Shape {
    const places = this.#kept.slice(this.#kept.length - shape.length);
    return this.#repeated.map((_, axis) => (places.includes(axis) ? shape[places.indexOf(axis)] : 1));
  }

  /** @internal The mean and the deviation as numbers, with their shape. @param valuesOf gives the elements of a weight. */
  momentsFrom(valuesOf: (weight: Variable) => ArrayLike<number>): {
    readonly mean: ArrayLike<number> & Iterable<number>;
    readonly deviation: readonly number[];
    readonly shape: Shape;
  } {
    const mean = this.#given?.mean ?? { data: Array.from(valuesOf(this.mean!)), shape: this.mean!.shape };
    const variance = Array.from(this.#given?.variance.data ?? valuesOf(this.variance!));
    const deviation = variance.map((value) => Math.max(Math.sqrt(value), leastDeviation));
    return { mean: mean.data, deviation, shape: this.#shapeOf(mean) };
  }

  override call([x]: Tensor[]): Tensor[] {
    const [mean, deviation] = this.#moments();
    return [this.invert ? add(mean, multiply(x, deviation)) : divide(subtract(x, mean), deviation)];
  }

  protected override checkShape(x: PartialShape): void {
    const known = this.#repeated;
    const hasAxes = this.axis.every((axis) => axis >= -x.length && axis < x.length);
    const fits =
      !this.built || (x.length === known.length && this.#kept.every((i) => x[i] === null || x[i] === known[i]));
    if (hasAxes && fits) return;
    const wanted = this.built
      ? `was built for [${known.map((n, i) => (this.#kept.includes(i) ? n : "any")).join(", ")}]`
      : `expected axes ${shown(this.axis)}`;
    throw new ShapeError(`${this.label}: ${wanted}, received ${shapeText(x)}.`);
  }

  /**
   * Sets mean and variance to those of samples `[samples, ...]`, computed in double precision.
   * @throws ArgumentError where they are options, and for no samples; ShapeError for samples that the layer cannot take.
   */
  async adapt(data: AdaptData): Promise<void> {
    if (this.#given) throw new ArgumentError(`${this.label}.adapt: mean and variance are given as options.`);
    const { data: values, shape } = await hostNumbers(`${this.label}.adapt`, data);
    this.outputShapes([shape]);
    if (values.length === 0) {
      throw new ArgumentError(`${this.label}.adapt: received no samples, ${shapeText(shape)}; expected one at least.`);
    }
    this.buildOnce([shape]);
    const size = this.mean!.size;
    const [sums, squares, counts] = [0, 1, 2].map(() => new Float64Array(size));
    const places = placesOf(shape, this.#kept);
    for (let i = 0; i < values.length; i++) {
      sums[places(i)] += values[i];
      counts[places(i)]++;
    }
    const means = sums.map((sum, i) => sum / counts[i]);
    for (let i = 0; i < values.length; i++) {
      const place = places(i);
      const offset = values[i] - means[place];
      squares[place] += offset * offset;
    }
    this.mean!.assign(means);
    this.variance!.assign(squares.map((sum, i) => sum / counts[i]));
  }
}

/** Gives the place of element i of an array among the axes that are kept. */
function placesOf(shape: Shape, kept: readonly number[]): (i: number) => number {
  const axes = kept.map((axis, k) => ({
    stride: sizeOf(shape.slice(axis + 1)),
    size: shape[axis],
    inPlaces: sizeOf(kept.slice(k + 1).map((other) => shape[other])),
  }));
  return (i) =>
    axes.reduce((place, { stride, size, inPlaces }) => place + (Math.floor(i / stride) % size) * inPlaces, 0);
}

/**
 * Makes a layer that subtracts a mean and divides by the standard deviation, for each feature by default: both are given,
 * read from a file or computed by `adapt` from samples. Any shape, result of the same shape.
 *
 * @throws ArgumentError where only one of mean and variance is given.
 * @example
 * const normalize = Normalization();
 * await normalize.adapt(samples); // [samples, features]
 */
export const Normalization = /* @__PURE__ */ callable(FeatureNormalizationLayer);
