import { type ActivationOption, type ActivationParts, getActivation } from "../activations.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export interface ActivationOptions extends LayerOptions {
  /** The activation function: a name ("relu", "tanh", "softmax", ...) or a function. Required. */
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

/**
 * Makes a layer of an activation function. Any shape, result of the same shape ("glu" halves an axis).
 *
 * @throws ArgumentError for an unknown name.
 * @example
 * const y = Activation({ activation: "tanh" })(x);
 */
export const Activation = callable(ActivationLayer);
