import { ShapeError, shapeText, shown } from "../errors.js";
import { callable, type ComputeOptions, Layer, type LayerOptions } from "../layer.js";
import { multiply } from "../ops/index.js";
import { type RandomStream, randomStream } from "../random.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { share } from "./check.js";
import { dropoutMask } from "./dropoutMask.js";

/** The options of `Dropout`. */
export interface DropoutOptions extends LayerOptions {
  /** The share of elements that become 0, from 0 to 1. Required. */
  rate: number;
  /**
   * The shape of the mask, which is repeated along axes of size 1; null means the size of x. `[null, 1, 1, null]`
   * drops whole channels. The shape of x by default.
   */
  noiseShape?: PartialShape | null;
  /** The seed of the masks; the next stream of the global seed (`setSeed`) by default. */
  seed?: number | null;
}

/**
 * The class of `Dropout` layers, for subclasses and `instanceof`. Also the base of SpatialDropout, which checks shapes;
 * hence not a SameShapeLayer.
 */
export class DropoutLayer extends Layer {
  /** The name that users write and files contain. */
  static override className = "Dropout";
  /** The share of elements that become 0. */
  readonly rate: number;
  /** The shape of the mask, with null for the size of x; undefined for the shape of x. */
  readonly noiseShape: PartialShape | undefined;
  /** The random stream of the masks, which advances with each and is saved with the model. */
  random: RandomStream;

  constructor(options: DropoutOptions, known: readonly string[] = ["rate", "noiseShape", "seed"]) {
    super(options, known);
    this.rate = share(this.label, "rate", options.rate);
    this.noiseShape = options.noiseShape ?? undefined;
    this.random = randomStream(options.seed);
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override stepper(): boolean {
    return true;
  }

  override call([x]: Tensor[], { training }: ComputeOptions): Tensor[] {
    const { rate } = this;
    if (!training || rate === 0) return [x];
    const shape = this.maskShape(x.shape).map((size, axis) => size ?? x.shape[axis]);
    return [multiply(x, dropoutMask(shape, rate, this.random))];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    const mask = this.maskShape(x);
    const fits =
      Array.isArray(mask) &&
      mask.length === x.length &&
      mask.every((n, i) => n === null || n === 1 || x[i] === null || n === x[i]);
    if (fits) return [x];
    throw new ShapeError(
      `${this.label}: noiseShape ${shown(mask)} does not repeat over ${shapeText(x)}; its sizes are null, 1 or x's.`,
    );
  }

  /** Gives the shape of the mask for x. */
  protected maskShape(x: PartialShape): PartialShape {
    return this.noiseShape ?? x;
  }
}

/**
 * Makes a layer that sets elements to 0 at random in training and divides the others by 1 - rate, so that the mean is
 * preserved (Srivastava et al., 2014); otherwise it gives x itself. Any shape, result of the same shape. A rate of 1
 * gives zeros.
 *
 * @throws ArgumentError for a rate that is not between 0 and 1.
 * @example
 * const y = Dropout({ rate: 0.5 })(x, { training: true });
 */
export const Dropout = callable(DropoutLayer);
