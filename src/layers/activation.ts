/** Activation functions as layers; PReLU, which has a weight, is a file of its own. */
import { elu, leakyRelu, relu } from "../activations/rectifiers.js";
import { softmax } from "../activations/softmaxes.js";
import { type ActivationOption, type ActivationParts, getActivation } from "../activations/table.js";
import { callable, type LayerOptions } from "../layer.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { numberFrom0 } from "./check.js";
import { SameShapeLayer } from "./sameShape.js";

export interface ActivationOptions extends LayerOptions {
  /** The activation function: a name ("relu", "tanh", "softmax", ...) or a function. Required. */
  activation: ActivationOption;
}

export class ActivationLayer extends SameShapeLayer {
  static override className = "Activation";
  readonly activation: ActivationParts;

  constructor(options: ActivationOptions) {
    super(options, ["activation"]);
    this.activation = getActivation(this.label, options.activation);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [this.activation.apply(x)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    return [this.activation.apply.shape?.(x) ?? x];
  }
}

/**
 * Makes a layer of an activation function. Any shape, result of the same shape ("glu" halves an axis).
 *
 * @throws ArgumentError for an unknown name.
 * @example
 * const y = Activation({ activation: "tanh" })(x);
 */
export const Activation = /* @__PURE__ */ callable(ActivationLayer);

export interface ReLUOptions extends LayerOptions {
  /** Where the result stops growing; no bound by default. 6 makes ReLU6. */
  maxValue?: number | null;
  /** The slope below the threshold; 0 by default. */
  negativeSlope?: number;
  /** From where on the result is x; 0 by default. */
  threshold?: number;
}

export class ReLULayer extends SameShapeLayer {
  static override className = "ReLU";
  readonly maxValue: number;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    super(options, ["maxValue", "negativeSlope", "threshold"]);
    this.maxValue = numberFrom0(this.label, "maxValue", options.maxValue ?? Infinity);
    this.negativeSlope = numberFrom0(this.label, "negativeSlope", options.negativeSlope ?? 0);
    this.threshold = numberFrom0(this.label, "threshold", options.threshold ?? 0);
  }

  override call([x]: Tensor[]): Tensor[] {
    const { maxValue, negativeSlope, threshold } = this;
    return [relu(x, { maxValue, negativeSlope, threshold })];
  }
}

/**
 * Makes a layer that gives x from the threshold on, up to maxValue, and negativeSlope (x - threshold) below it. Any
 * shape, result of the same shape. At 0 and at maxValue the gradient is 0, as in Keras.
 *
 * @throws ArgumentError for an option below 0.
 */
export const ReLU = /* @__PURE__ */ callable(ReLULayer);

export interface LeakyReLUOptions extends LayerOptions {
  /** The slope below 0; 0.3 by default. */
  negativeSlope?: number;
}

export class LeakyReLULayer extends SameShapeLayer {
  static override className = "LeakyReLU";
  readonly negativeSlope: number;

  constructor(options: LeakyReLUOptions = {}) {
    super(options, ["negativeSlope"]);
    this.negativeSlope = numberFrom0(this.label, "negativeSlope", options.negativeSlope ?? 0.3);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [leakyRelu(x, { negativeSlope: this.negativeSlope })];
  }
}

/**
 * Makes a layer that gives x above 0 and negativeSlope x below (Maas et al., 2013). Any shape, result of the same
 * shape. The activation "leakyRelu" has the slope 0.2.
 *
 * @throws ArgumentError for a negative slope.
 */
export const LeakyReLU = /* @__PURE__ */ callable(LeakyReLULayer);

export interface ELUOptions extends LayerOptions {
  /** What the result nears for small x is -alpha; 1 by default. */
  alpha?: number;
}

export class ELULayer extends SameShapeLayer {
  static override className = "ELU";
  readonly alpha: number;

  constructor(options: ELUOptions = {}) {
    super(options, ["alpha"]);
    this.alpha = options.alpha ?? 1;
  }

  override call([x]: Tensor[]): Tensor[] {
    return [elu(x, { alpha: this.alpha })];
  }
}

/**
 * Makes a layer that gives x above 0 and alpha (e^x - 1) below (Clevert et al., 2015). Any shape, result of the same
 * shape.
 */
export const ELU = /* @__PURE__ */ callable(ELULayer);

export interface SoftmaxOptions extends LayerOptions {
  /** The axis over which the results sum to 1; the last by default. */
  axis?: number;
}

export class SoftmaxLayer extends SameShapeLayer {
  static override className = "Softmax";
  readonly axis: number;

  constructor(options: SoftmaxOptions = {}) {
    super(options, ["axis"]);
    this.axis = options.axis ?? -1;
  }

  override call([x]: Tensor[]): Tensor[] {
    return [softmax(x, { axis: this.axis })];
  }

  protected override checkShape(x: PartialShape): void {
    normalizeAxis(this.label, this.axis, x.length);
  }
}

/**
 * Makes a layer that gives e^x / (sum of e^x over one axis). Any shape, result of the same shape. Keras also takes
 * several axes, this layer takes one.
 */
export const Softmax = /* @__PURE__ */ callable(SoftmaxLayer);
