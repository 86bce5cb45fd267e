/** FTRL. */
import { ArgumentError, checkNumbers, shown } from "../errors.js";
import { Optimizer } from "../optimizer.js";
import { add, affine, clip, divide, exp, log, multiply, sqrt, square, subtract } from "../ops/index.js";
import { constantTensor, type Tensor, type Variable } from "../tensor.js";
import type { BuiltInOptimizerOptions } from "./extension.js";
import { optimizerFactory } from "./factory.js";

/** The options of `Ftrl`; the learning rate is 0.001 by default. */
export interface FtrlOptions extends BuiltInOptimizerOptions {
  /** How the rate of each element falls with its sum of squared gradients: a power up to 0, -0.5 by default. */
  learningRatePower?: number;
  /** The first value of the sums of squared gradients, 0.1 by default. */
  initialAccumulatorValue?: number;
  /** The factor of the sum of absolute values, which makes weights 0; 0 by default. */
  l1RegularizationStrength?: number;
  /** The factor of the sum of squares, 0 by default. */
  l2RegularizationStrength?: number;
  /** The factor of the sum of squares in the gradient alone, 0 by default. */
  l2ShrinkageRegularizationStrength?: number;
  /** The beta of the paper, 0 by default. */
  beta?: number;
}

const strengths = [
  "l1RegularizationStrength",
  "l2RegularizationStrength",
  "l2ShrinkageRegularizationStrength",
] as const;
const optionNames = ["learningRatePower", "initialAccumulatorValue", ...strengths, "beta"] as const;

class FtrlOptimizer extends Optimizer {
  override readonly interleaved = 2;
  readonly #numbers: Required<Pick<FtrlOptions, (typeof optionNames)[number]>>;

  constructor(options: FtrlOptions) {
    super("Ftrl", options, 1e-3, optionNames, ["accumulator", "linear"]);
    checkNumbers("Ftrl", options, "a number from 0", ["initialAccumulatorValue", ...strengths, "beta"]);
    checkNumbers("Ftrl", options, "a finite number", ["learningRatePower"]);
    const { learningRatePower = -0.5 } = options;
    if (learningRatePower > 0) {
      throw new ArgumentError(`Ftrl: learningRatePower ${shown(learningRatePower)}; expected a number up to 0.`);
    }
    const { initialAccumulatorValue = 0.1, l1RegularizationStrength = 0, l2RegularizationStrength = 0 } = options;
    const { l2ShrinkageRegularizationStrength = 0, beta = 0 } = options;
    this.#numbers = {
      ...{ learningRatePower, initialAccumulatorValue, l1RegularizationStrength, l2RegularizationStrength },
      ...{ l2ShrinkageRegularizationStrength, beta },
    };
  }

  override slotsOf(weight: Tensor): readonly Variable[] {
    const isNew = !this.slots.has(weight);
    const slots = super.slotsOf(weight);
    if (isNew) weight.backend.kernels.fill(slots[0].buffer, this.#numbers.initialAccumulatorValue);
    return slots;
  }

  protected override update(w: Tensor, [sums, linear]: readonly Variable[], g: Tensor, learningRate: number): void {
    const { learningRatePower, l1RegularizationStrength: l1, l2RegularizationStrength: l2, beta } = this.#numbers;
    const shrinkage = 2 * this.#numbers.l2ShrinkageRegularizationStrength;
    const after = add(sums, square(g));
    const [before, now] = [sums, after].map((x) => affine(power(x, -learningRatePower), 1 / learningRate));
    const pulled = shrinkage === 0 ? g : add(g, affine(w, shrinkage));
    this.assign(linear, add(linear, subtract(pulled, multiply(subtract(now, before), w))));
    const divisor = affine(now, 1, 2 * (l2 + beta / (2 * learningRate)));
    this.assign(w, divide(subtract(clip(linear, -l1, l1), linear), divisor));
    this.assign(sums, after);
  }
}

/** x^exponent for x and the exponent from 0. */
const power = (x: Tensor, exponent: number): Tensor =>
  exponent === 0.5 ? sqrt(x) : exponent === 0 ? constantTensor([], 1, x.backend) : exp(affine(log(x), exponent));

export const Ftrl = /* @__PURE__ */ optimizerFactory<FtrlOptions>(
  "Ftrl",
  (options) => new FtrlOptimizer(options),
  optionNames,
);
