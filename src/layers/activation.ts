/** Activation functions as layers. PReLU, which has a weight, is in a separate file. */
import { checkNumber } from "../errors.js";
import { elu, leakyRelu, relu } from "../activations/rectifiers.js";
import { softmax } from "../activations/softmaxes.js";
import { type ActivationOption, type ActivationParts, getActivation } from "../activations/table.js";
import { callable, type LayerOptions } from "../layer.js";
import { activationSteps } from "../layer/steps.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

/** The options of `Activation`. */
export interface ActivationOptions extends LayerOptions {
  /** The activation function: a name ("relu", "tanh", "softmax", ...) or a function. Required. */
  activation: ActivationOption;
}

/** The class of `Activation` layers, for subclasses and `instanceof`. */
export class ActivationLayer extends SameShapeLayer {
  static override className = "Activation";
  /** The activation function, split into the part that a kernel applies and the rest. */
  readonly activation: ActivationParts;

  constructor(options: ActivationOptions) {
    super(options, ["activation"]);
    this.activation = getActivation(this.label, options.activation);
  }

  override stepper(shapes: PartialShape[]): boolean | string {
    return activationSteps(shapes, this.config.activation);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [this.activation.apply(x)];
  }

  /** Gives the shape of the result: that of x for all functions but "glu", which halves an axis. */
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

/** The options of `ReLU`. */
export interface ReLUOptions extends LayerOptions {
  /** The largest value of the result; no bound by default. 6 makes ReLU6. */
  maxValue?: number | null;
  /** The slope below the threshold; 0 by default. */
  negativeSlope?: number;
  /** The value from which on the result is x; 0 by default. */
  threshold?: number;
}

/** The class of `ReLU` layers, for subclasses and `instanceof`. */
export class ReLULayer extends SameShapeLayer {
  static override className = "ReLU";
  /** The largest value of the result; Infinity where there is no bound. */
  readonly maxValue: number;
  /** The slope below the threshold. */
  readonly negativeSlope: number;
  /** The value from which on the result is x. */
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    super(options, ["maxValue", "negativeSlope", "threshold"]);
    const from0 = (option: string, value: unknown) => checkNumber(this.label, option, value, "a number from 0");
    const { maxValue, negativeSlope = 0, threshold = 0 } = options;
    this.maxValue = maxValue == null || maxValue === Infinity ? Infinity : from0("maxValue", maxValue);
    this.negativeSlope = from0("negativeSlope", negativeSlope);
    this.threshold = from0("threshold", threshold);
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

/** The options of `LeakyReLU`. */
export interface LeakyReLUOptions extends LayerOptions {
  /** The slope below 0; 0.3 by default. */
  negativeSlope?: number;
}

/** The class of `LeakyReLU` layers, for subclasses and `instanceof`. */
export class LeakyReLULayer extends SameShapeLayer {
  static override className = "LeakyReLU";
  /** The slope below 0. */
  readonly negativeSlope: number;

  constructor(options: LeakyReLUOptions = {}) {
    super(options, ["negativeSlope"]);
    this.negativeSlope = checkNumber(this.label, "negativeSlope", options.negativeSlope ?? 0.3, "a number from 0");
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

/** The options of `ELU`. */
export interface ELUOptions extends LayerOptions {
  /** The factor of e^x - 1 below 0; 1 by default. */
  alpha?: number;
}

/** The class of `ELU` layers, for subclasses and `instanceof`. */
export class ELULayer extends SameShapeLayer {
  static override className = "ELU";
  /** The factor of e^x - 1 below 0. */
  readonly alpha: number;

  constructor(options: ELUOptions = {}) {
    super(options, ["alpha"]);
    this.alpha = checkNumber(this.label, "alpha", options.alpha ?? 1, "a finite number");
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

/** The options of `Softmax`. */
export interface SoftmaxOptions extends LayerOptions {
  /** The axis over which the results sum to 1; the last by default. */
  axis?: number;
}

/** The class of `Softmax` layers, for subclasses and `instanceof`. */
export class SoftmaxLayer extends SameShapeLayer {
  static override className = "Softmax";
  /** The axis over which the results sum to 1. */
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
