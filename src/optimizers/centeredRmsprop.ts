/** RMSprop with `centered`. */
import { add, affine, divide, sqrt, square, subtract } from "../ops/index.js";
import type { Tensor, Variable } from "../tensor.js";
import { mix } from "./mix.js";
import { RmspropOptimizer, type RmspropOptions } from "./rmsprop.js";

/** RMSprop that divides by the deviation of the gradients from their mean (Graves, 2013). */
export class CenteredRmspropOptimizer extends RmspropOptimizer {
  protected override readonly isInPlace = false;

  constructor(options: RmspropOptions) {
    super(options, ["averageGradient"]);
  }

  protected override update(w: Tensor, [v, ...more]: readonly Variable[], g: Tensor, learningRate: number): void {
    const { rho, momentum, epsilon } = this.step;
    const [buffer, average] = momentum > 0 ? more : [undefined, more[0]];
    this.assign(v, mix(v, square(g), rho));
    this.assign(average, mix(average, g, rho));
    const step = divide(affine(g, learningRate), sqrt(affine(subtract(v, square(average)), 1, epsilon)));
    if (buffer) this.assign(buffer, add(affine(buffer, momentum), step));
    this.assign(w, subtract(w, buffer ?? step));
  }
}
