import { type ActivationOption, type ActivationParts, getActivation } from "../activations.js";
import { ShapeError, shapeText } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { dense } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { count, lastSize } from "./check.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";

export interface DenseOptions extends LayerOptions, WeightOptions<"kernel" | "bias"> {
  units: number;
  /** A name or a function; linear unless given. */
  activation?: ActivationOption | null;
  useBias?: boolean;
}

export class DenseLayer extends Layer {
  static override className = "Dense";
  readonly units: number;
  readonly activation: ActivationParts;
  readonly useBias: boolean;
  readonly #kernel: WeightRules;
  readonly #bias: WeightRules;
  /** [inputs, units]. */
  kernel!: Variable;
  /** [units]. */
  bias: Variable | undefined;

  constructor(options: DenseOptions) {
    super(options, ["units", "activation", "useBias", ...weightOptions("kernel", "bias")]);
    this.units = count(this.label, "units", options.units);
    this.activation = getActivation(this.label, options.activation);
    this.useBias = options.useBias ?? true;
    this.#kernel = weightRules(this.label, options, "kernel", "glorotUniform");
    this.#bias = weightRules(this.label, options, "bias", "zeros");
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override build([shape]: PartialShape[]): void {
    const inputs = lastSize(this.label, shape, "inputs", undefined);
    this.kernel = this.addWeight("kernel", [inputs, this.units], this.#kernel.initializer, this.#kernel);
    if (this.useBias) this.bias = this.addWeight("bias", [this.units], this.#bias.initializer, this.#bias);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [this.activation.after(dense(x, this.kernel, this.bias, this.activation.epilogue))];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    if (x.length < 2) {
      throw new ShapeError(`${this.label}: expected [batch, ..., inputs], received ${shapeText(x)}.`);
    }
    lastSize(this.label, x, "inputs", this.built ? this.kernel.shape[0] : undefined);
    return [[...x.slice(0, -1), this.units]];
  }

  override macs([input]: PartialShape[]): number {
    return elements(input.slice(1)) * this.units;
  }
}

/**
 * activation(x kernel + bias) over the last axis. x: [batch, ..., inputs], result [batch, ..., units].
 * Weights: kernel [inputs, units], bias [units].
 *
 *     Dense({ units: 10, activation: "softmax" })(x)
 */
export const Dense = callable(DenseLayer);
