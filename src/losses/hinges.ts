/** Hinge losses, which require a margin. */
import { meanLoss, rowLoss } from "../loss.js";
import { add, equal, multiply, subtract } from "../ops/arithmetic.js";
import { affine, relu, square } from "../ops/elementwise.js";
import { max, sum } from "../ops/reduce.js";
import type { Tensor } from "../tensor.js";

/** Maps targets 0 and 1 to -1 and 1; targets that contain any other number are not changed. */
function signs(t: Tensor): Tensor {
  const isBit = add(equal(t, 0), equal(t, 1));
  const allBits = affine(max(affine(isBit, -1, 1)), -1, 1);
  return add(t, multiply(allBits, affine(t, 1, -1)));
}
const hinges = (t: Tensor, y: Tensor): Tensor => relu(affine(multiply(signs(t), y), -1, 1));

export const hinge = meanLoss("hinge", hinges);
export const squaredHinge = meanLoss("squaredHinge", (t, y) => square(hinges(t, y)));
export const categoricalHinge = rowLoss("categoricalHinge", (t, y) => {
  const wrong = max(multiply(affine(t, -1, 1), y), -1);
  return relu(affine(subtract(wrong, sum(multiply(t, y), -1)), 1, 1));
});
