/** The layers of the residual blocks of ConvNeXt, which Keras has beside its `keras.layers`. */
import { checkNumber, ShapeError, shapeText } from "../errors.js";
import { callable, type ComputeOptions, type LayerOptions } from "../layer.js";
import { alongOthers } from "../layer/steps.js";
import { multiply } from "../ops/index.js";
import { type RandomStream, randomStream } from "../random.js";
import type { PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { positiveInteger, share } from "./check.js";
import { dropoutMask } from "./dropoutMask.js";
import { SameShapeLayer } from "./sameShape.js";

/** The options of `LayerScale`. */
export interface LayerScaleOptions extends LayerOptions {
  /** The first value of all factors, such as 1e-6. Required. */
  initValues: number;
  /** Number of channels. Required. */
  projectionDim: number;
}

/** The class of `LayerScale` layers, for subclasses and `instanceof`. */
export class LayerScaleLayer extends SameShapeLayer {
  static override className = "LayerScale";
  /** The first value of all factors. */
  readonly initValues: number;
  /** Number of channels. */
  readonly projectionDim: number;
  /** The factor of each channel, `[projectionDim]`. */
  gamma!: Variable;

  constructor(options: LayerScaleOptions) {
    super(options, ["initValues", "projectionDim"]);
    this.initValues = checkNumber(this.label, "initValues", options.initValues, "a finite number");
    this.projectionDim = positiveInteger(this.label, "projectionDim", options.projectionDim);
  }

  /** False: masks end here, as in Keras. */
  override get supportsMasking(): boolean {
    return false;
  }

  override build(): void {
    const initializer = { className: "Constant", config: { value: this.initValues } };
    this.gamma = this.addWeight("gamma", [this.projectionDim], { initializer });
  }

  override call([x]: Tensor[]): Tensor[] {
    return [multiply(x, this.gamma)];
  }

  override stepper(shapes: PartialShape[]): boolean | string {
    return alongOthers(shapes);
  }

  protected override checkShape(x: PartialShape): void {
    const last = x.at(-1);
    if (x.length >= 2 && (last === null || last === this.projectionDim)) return;
    throw new ShapeError(`${this.label}: expected [batch, ..., ${this.projectionDim}], received ${shapeText(x)}.`);
  }
}

/**
 * Makes a layer that multiplies each channel by a factor of its own (Touvron et al., 2021): x
 * `[batch, ..., projectionDim]`, result of the same shape. Weight: gamma `[projectionDim]` (all `initValues`).
 *
 * @throws ArgumentError for a first value that is no number, and a `projectionDim` that is no whole number from 1.
 */
export const LayerScale = /* @__PURE__ */ callable(LayerScaleLayer);

/** The options of `StochasticDepth`. */
export interface StochasticDepthOptions extends LayerOptions {
  /** The share of samples that become 0, from 0 to 1. Required. */
  dropPathRate: number;
}

/** The class of `StochasticDepth` layers, for subclasses and `instanceof`. */
export class StochasticDepthLayer extends SameShapeLayer {
  static override className = "StochasticDepth";
  /** The share of samples that become 0. */
  readonly dropPathRate: number;
  /** The random stream of the masks, which advances with each and is saved with the model. */
  random: RandomStream;

  constructor(options: StochasticDepthOptions) {
    super(options, ["dropPathRate"]);
    this.dropPathRate = share(this.label, "dropPathRate", options.dropPathRate);
    this.random = randomStream();
  }

  /** False: masks end here, as in Keras. */
  override get supportsMasking(): boolean {
    return false;
  }

  override call([x]: Tensor[], { training }: ComputeOptions): Tensor[] {
    if (!training || this.dropPathRate === 0) return [x];
    const shape = x.shape.map((n, axis) => (axis === 0 ? n : 1));
    return [multiply(x, dropoutMask(shape, this.dropPathRate, this.random))];
  }

  protected override checkShape(x: PartialShape): void {
    if (x.length < 1) throw new ShapeError(`${this.label}: expected [batch, ...], received ${shapeText(x)}.`);
  }
}

/**
 * Makes a layer that sets whole samples to 0 at random in training and divides the others by 1 - dropPathRate (Huang
 * et al., 2016), so that a residual block is left out; otherwise it gives x itself. Any shape, result of the same shape.
 *
 * @throws ArgumentError for a rate that is not between 0 and 1.
 */
export const StochasticDepth = /* @__PURE__ */ callable(StochasticDepthLayer);
