import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { add, minimum, multiply, relu } from "../ops/index.js";
import { type PartialShape, sameShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";

/** The options of `PReLU`. */
export interface PReLUOptions extends LayerOptions, WeightOptions<"alpha"> {
  /**
   * Axes along which one slope holds, counted from the batch, 0; none by default. `[1, 2]` gives one slope for each
   * channel of frames.
   */
  sharedAxes?: number | readonly number[] | null;
}

/** The class of `PReLU` layers, for subclasses and `instanceof`. */
export class PReLULayer extends SameShapeLayer {
  static override className = "PReLU";
  /** The axes along which one slope holds, counted from the batch, 0. */
  readonly sharedAxes: readonly number[];
  readonly #rules: WeightRules;
  /** The slopes below 0, of the shape of a sample, with 1 along shared axes. */
  alpha!: Variable;

  constructor(options: PReLUOptions = {}) {
    super(options, ["sharedAxes", ...weightOptions("alpha")]);
    this.sharedAxes = [options.sharedAxes ?? []].flat();
    if (!this.sharedAxes.every((axis) => Number.isInteger(axis) && axis > 0)) {
      throw new ArgumentError(`${this.label}: sharedAxes ${shown(this.sharedAxes)}; expected axes from 1.`);
    }
    this.#rules = weightRules(this.label, options, "alpha", "zeros");
  }

  override build([shape]: PartialShape[]): void {
    this.alpha = this.addWeight("alpha", this.#slopes(shape) as number[], this.#rules);
  }

  override stepper(): boolean | string {
    return this.sharedAxes.includes(1) || "each time step has slopes of its own";
  }

  override call([x]: Tensor[]): Tensor[] {
    return [add(relu(x), multiply(minimum(x, 0), this.alpha))];
  }

  protected override checkShape(x: PartialShape): void {
    const slopes = this.#slopes(x);
    if (slopes.includes(null)) {
      throw new ShapeError(`${this.label}: sizes in ${shapeText(x)} must be known, but for the batch and sharedAxes.`);
    }
    if (this.built && !sameShape(slopes, this.alpha.shape)) {
      throw new ShapeError(`${this.label}: was built for ${shapeText(this.alpha.shape)}, received ${shapeText(x)}.`);
    }
  }

  #slopes(shape: PartialShape): PartialShape {
    return shape.slice(1).map((size, i) => (this.sharedAxes.includes(i + 1) ? 1 : size));
  }
}

/**
 * Makes a layer that gives x above 0 and alpha x below, with a trainable alpha (He et al., 2015). Any shape, result of
 * the same shape. Weight: alpha ("zeros" by default), of the shape of a sample, with 1 along shared axes.
 *
 * @throws ArgumentError for shared axes that are no whole numbers from 1, and for unknown names.
 */
export const PReLU = callable(PReLULayer);
