import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { add, minimum, multiply, relu } from "../ops/index.js";
import { type PartialShape, sameShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";

export interface PReLUOptions extends LayerOptions, WeightOptions<"alpha"> {
  /** Axes along which one slope holds, counted from the batch, 0: [1, 2] for a slope a channel of frames. */
  sharedAxes?: number | readonly number[] | null;
}

export class PReLULayer extends Layer {
  static override className = "PReLU";
  readonly sharedAxes: readonly number[];
  readonly #rules: WeightRules;
  /** The shape of a sample, 1 along shared axes. */
  alpha!: Variable;

  constructor(options: PReLUOptions = {}) {
    super(options, ["sharedAxes", ...weightOptions("alpha")]);
    this.sharedAxes = [options.sharedAxes ?? []].flat();
    if (!this.sharedAxes.every((axis) => Number.isInteger(axis) && axis > 0)) {
      throw new ArgumentError(`${this.label}: sharedAxes ${shapeText(this.sharedAxes)}; expected axes from 1.`);
    }
    this.#rules = weightRules(this.label, options, "alpha", "zeros");
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override build([shape]: PartialShape[]): void {
    const slopes = this.#slopes(shape) as number[];
    this.alpha = this.addWeight("alpha", slopes, this.#rules.initializer, this.#rules);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [add(relu(x), multiply(minimum(x, 0), this.alpha))];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    const slopes = this.#slopes(x);
    if (slopes.includes(null)) {
      throw new ShapeError(`${this.label}: sizes in ${shapeText(x)} must be known, but for the batch and sharedAxes.`);
    }
    if (this.built && !sameShape(slopes, this.alpha.shape)) {
      throw new ShapeError(`${this.label}: was built for ${shapeText(this.alpha.shape)}, received ${shapeText(x)}.`);
    }
    return [x];
  }

  #slopes(shape: PartialShape): PartialShape {
    return shape.slice(1).map((size, i) => (this.sharedAxes.includes(i + 1) ? 1 : size));
  }
}

/**
 * x above 0, alpha x below, with a learnt alpha (He et al., 2015). Any shape, result alike. Weight: alpha, of the shape of a
 * sample, with 1 along shared axes.
 */
export const PReLU = callable(PReLULayer);
