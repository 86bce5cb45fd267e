import { type ActivationOption, type ActivationParts, getActivation } from "../activations/table.js";
import { Layer, type LayerOptions } from "../layer.js";
import type { Shape } from "../shape.js";
import type { Variable } from "../tensor.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";

/** The options of layers that multiply by a kernel. */
export interface KernelLayerOptions extends LayerOptions, WeightOptions<"bias"> {
  /** The activation function of the result, a name or a function; "linear" by default. */
  activation?: ActivationOption | null;
  /** Whether a bias is added to the result; true by default. */
  useBias?: boolean;
}

/**
 * The base of layers that multiply by a kernel, add a bias and apply an activation function: Dense and the
 * convolutions.
 */
export abstract class KernelLayer extends Layer {
  /** The activation function, split into the part that a kernel applies and the rest. */
  readonly activation: ActivationParts;
  /** Whether a bias is added to the result. */
  readonly useBias: boolean;
  /** The bias, `[units]` or `[filters]`; undefined without `useBias`. */
  bias: Variable | undefined;
  readonly #kernels: readonly WeightRules[];
  readonly #bias: WeightRules;

  /**
   * @param known the names of the layer's own options.
   * @param roles the names of its kernels in its options: `depthwiseInitializer` belongs to the role "depthwise".
   */
  constructor(options: KernelLayerOptions, known: readonly string[], roles: readonly string[] = ["kernel"]) {
    super(options, [...known, "activation", "useBias", ...weightOptions(...roles, "bias")]);
    this.activation = getActivation(this.label, options.activation);
    this.useBias = options.useBias ?? true;
    this.#kernels = roles.map((role) => weightRules(this.label, options, role, "glorotUniform"));
    this.#bias = weightRules(this.label, options, "bias", "zeros");
  }

  /** Makes a kernel, of the first role by default. */
  protected addKernel(shape: Shape, name = "kernel", role = 0): Variable {
    return this.addWeight(name, shape, this.#kernels[role]);
  }

  /** Makes the bias, one number for each unit or filter of the result, if the layer has one. */
  protected addBias(size: number): void {
    if (this.useBias) this.bias = this.addWeight("bias", [size], this.#bias);
  }
}
