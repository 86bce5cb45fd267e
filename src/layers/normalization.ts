import { checkNumber } from "../errors.js";
import type { LayerOptions } from "../layer.js";
import type { Shape } from "../shape.js";
import type { Variable } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";
import { type WeightOptions, weightOptions, weightRules } from "./weightOptions.js";

/** The options that normalizations share. */
export interface NormalizationOptions extends LayerOptions, WeightOptions<"beta" | "gamma"> {
  /** Added to the variance before its root is taken; 0.001 by default. */
  epsilon?: number;
  /** Whether there is a weight beta, added to the result; true by default. */
  center?: boolean;
  /** Whether there is a weight gamma, a factor of the result; true by default. */
  scale?: boolean;
}

/** The base of normalizations: (x - mean) / sqrt(variance + epsilon) gamma + beta. */
export abstract class NormalizationLayer extends SameShapeLayer {
  /** The number that is added to the variance before its root is taken. */
  readonly epsilon: number;
  /** Whether there is a weight beta. */
  readonly center: boolean;
  /** Whether there is a weight gamma. */
  readonly scale: boolean;
  /** The weight that the result is multiplied by; undefined without `scale`. */
  gamma: Variable | undefined;
  /** The weight that is added to the result; undefined without `center`. */
  beta: Variable | undefined;
  readonly #rules;

  /** @param known the names of the layer's own options. */
  constructor(options: NormalizationOptions, known: readonly string[]) {
    super(options, [...known, "epsilon", "center", "scale", ...weightOptions("beta", "gamma")]);
    this.epsilon = checkNumber(this.label, "epsilon", options.epsilon ?? 0.001, "a number from 0");
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    this.#rules = {
      gamma: weightRules(this.label, options, "gamma", "ones"),
      beta: weightRules(this.label, options, "beta", "zeros"),
    };
  }

  /** Makes gamma and beta, as far as the layer has them. */
  protected addScaleAndShift(shape: Shape): void {
    if (this.scale) this.gamma = this.addWeight("gamma", shape, this.#rules.gamma);
    if (this.center) this.beta = this.addWeight("beta", shape, this.#rules.beta);
  }
}
