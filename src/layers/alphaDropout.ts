import { checkNumber } from "../errors.js";
import { callable, type ComputeOptions } from "../layer.js";
import { add, affine, multiply } from "../ops/index.js";
import { drawn, type Tensor } from "../tensor.js";
import { DropoutLayer, type DropoutOptions } from "./dropout.js";

/** What SELU gives for -Infinity: the value of dropped elements. */
const dropped = -1.6732632423543772 * 1.0507009873554805;

/** The class of `AlphaDropout` layers, for subclasses and `instanceof`. */
export class AlphaDropoutLayer extends DropoutLayer {
  static override className = "AlphaDropout";

  constructor(options: DropoutOptions) {
    super(options);
    checkNumber(this.label, "rate", this.rate, "a number from 0, below 1");
  }

  override call([x]: Tensor[], { training }: ComputeOptions): Tensor[] {
    const { rate, random } = this;
    if (!training || rate === 0) return [x];
    const shape = this.maskShape(x.shape).map((size, axis) => size ?? x.shape[axis]);
    const kept = drawn(shape, random, () => Number(random.uniform() >= rate));
    // Of a variable of mean 0 and variance 1 both stay as they are.
    const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * dropped * dropped));
    const mixed = add(multiply(x, kept), affine(kept, -dropped, dropped));
    return [affine(mixed, scale, -scale * dropped * rate)];
  }
}

/**
 * Makes a layer that sets elements to the least value of SELU at random in training, and scales and shifts all so that
 * mean and variance are preserved (Klambauer et al., "Self-normalizing neural networks", 2017); otherwise it gives x
 * itself. Any shape, result of the same shape.
 *
 * @throws ArgumentError for a rate below 0 or from 1 on, which leaves nothing to scale. (Keras fails at the first step of training.)
 */
export const AlphaDropout = /* @__PURE__ */ callable(AlphaDropoutLayer);
