/** Powers of numbers from 0, composed of ops. */
import { maximum, multiply } from "../ops/arithmetic.js";
import { affine, exp, log } from "../ops/elementwise.js";
import type { Tensor } from "../tensor.js";

/** The smallest number in single precision that is not denormal. */
const tiny = 1.2e-38;

/** Computes x^p for x from 0 and p from 0: a small whole p by products, so that it is exact, any other by logarithms. */
export function power(x: Tensor, p: number): Tensor {
  if (Number.isInteger(p) && p > 0 && p <= 8) return p === 1 ? x : multiply(x, power(x, p - 1));
  return exp(affine(log(maximum(x, tiny)), p));
}
