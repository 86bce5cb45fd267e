import { ShapeError, shapeText } from "../errors.js";
import { callable } from "../layer.js";
import { activationSteps } from "../layer/steps.js";
import { dense } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { knownSize, positiveInteger } from "./check.js";
import { KernelLayer, type KernelLayerOptions } from "./kernelLayer.js";
import type { WeightOptions } from "./weightOptions.js";

/** The options of `Dense`. */
export interface DenseOptions extends KernelLayerOptions, WeightOptions<"kernel"> {
  /** Size of the last axis of the result. Required. */
  units: number;
}

/** The class of `Dense` layers, for subclasses and `instanceof`. */
export class DenseLayer extends KernelLayer {
  static override className = "Dense";
  /** Size of the last axis of the result. */
  readonly units: number;
  /** The weights `[inputs, units]`. */
  kernel!: Variable;

  constructor(options: DenseOptions) {
    super(options, ["units"]);
    this.units = positiveInteger(this.label, "units", options.units);
  }

  override stepper(shapes: PartialShape[]): boolean | string {
    return activationSteps(shapes, this.config.activation);
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override build([shape]: PartialShape[]): void {
    const inputs = knownSize(this.label, shape, "inputs");
    this.kernel = this.addKernel([inputs, this.units]);
    this.addBias(this.units);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [this.activation.after(dense(x, this.kernel, this.bias, this.activation.epilogue))];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    if (x.length < 2) {
      throw new ShapeError(`${this.label}: expected [batch, ..., inputs], received ${shapeText(x)}.`);
    }
    knownSize(this.label, x, "inputs", this.built ? this.kernel.shape[0] : undefined);
    return [[...x.slice(0, -1), this.units]];
  }

  override macs([input]: PartialShape[]): number {
    return elements(input.slice(1)) * this.units;
  }
}

/**
 * Makes a layer that computes activation(x kernel + bias) over the last axis: x `[batch, ..., inputs]`, result
 * `[batch, ..., units]`. Weights: kernel `[inputs, units]` ("glorotUniform" by default), bias `[units]` ("zeros").
 *
 * @throws ArgumentError for `units` that are no whole number from 1 and for unknown names.
 * @example
 * const y = Dense({ units: 10, activation: "softmax" })(x);
 */
export const Dense = callable(DenseLayer);
