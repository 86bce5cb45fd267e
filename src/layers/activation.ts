import { type ActivationOption, type ActivationParts, getActivation } from "../activations.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export interface ActivationOptions extends LayerOptions {
  /** A name ("relu", "tanh", "softmax", ...) or a function. */
  activation: ActivationOption;
}

export class ActivationLayer extends Layer {
  static override className = "Activation";
  readonly activation: ActivationParts;

  constructor(options: ActivationOptions) {
    super(options, ["activation"]);
    this.activation = getActivation(this.label, options.activation);
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override call([x]: Tensor[]): Tensor[] {
    return [this.activation.apply(x)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    return [this.activation.apply.shape?.(x) ?? x];
  }
}

/** An activation function as a layer: `Activation({ activation: "tanh" })`. Any shape, result alike (half as long an axis for glu). */
export const Activation = callable(ActivationLayer);
