/** The circle loss (Sun et al., 2020) of embeddings by the classes of a batch. */
import { checkNumbers, checkOptions, ShapeError, shapeText } from "../errors.js";
import { classNumbers, type Loss, lossFrom } from "../loss.js";
import { add, equal, greater, maximum, multiply, subtract } from "../ops/arithmetic.js";
import { abs, affine, exp, log, relu } from "../ops/elementwise.js";
import { matMul } from "../ops/matMul.js";
import { reshape, transpose } from "../ops/move.js";
import { max, sum } from "../ops/reduce.js";
import { where } from "../ops/where.js";
import { tensor, type Tensor } from "../tensor.js";
import { reducedAs } from "./reduction.js";

/** The options of `Circle`. */
export interface CircleOptions {
  /** The factor of similarities, 80 by default. */
  gamma?: number;
  /** The margin that similarities should keep, 0.4 by default. */
  margin?: number;
  /** Whether a sample is not compared with itself, true by default. */
  removeDiagonal?: boolean;
}

export function Circle(options: CircleOptions = {}): Loss {
  checkOptions("Circle", options, ["gamma", "margin", "removeDiagonal"]);
  checkNumbers("Circle", options, "a finite number", ["gamma", "margin"]);
  const { gamma = 80, margin = 0.4, removeDiagonal = true } = options;
  const loss = lossFrom("circle", (yTrue, yPred) => {
    if (yPred.shape.length !== 2) {
      throw new ShapeError(`circle: outputs ${shapeText(yPred.shape)}; expected [batch, features], of length 1.`);
    }
    const labels = classNumbers("circle", yTrue, yPred);
    const [count] = yPred.shape;
    const same = equal(reshape(labels, [count, 1]), reshape(labels, [1, count]));
    const others = removeDiagonal ? multiply(same, affine(identity(count), -1, 1)) : same;
    const different = affine(same, -1, 1);
    const distances = relu(affine(matMul(yPred, transpose(yPred)), -1, 1));
    const near = multiply(relu(affine(distances, 1, margin)), affine(distances, gamma, -gamma * margin));
    const far = multiply(relu(affine(distances, -1, 1 + margin)), affine(distances, -gamma, gamma * (1 - margin)));
    const [positive, negative] = [logSumExp(near, others), logSumExp(far, different)];
    const exists = multiply(max(others, -1), max(different, -1));
    const values = where(exists, softplus(add(positive, negative)));
    values.mask = greater(values, 0); // samples without a partner, or without an opponent, do not count
    return values;
  });
  return reducedAs(loss, "mean", options);
}

const identity = (n: number): Tensor =>
  tensor(
    Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
    [n, n],
  );

/** log sum exp over the last axis of the elements in a mask; a small number where there is none. */
function logSumExp(x: Tensor, mask: Tensor): Tensor {
  const most = max(where(mask, x, affine(mask, 0, -1e30)), -1, true);
  const parts = where(mask, exp(multiply(mask, subtract(x, most))));
  return add(log(maximum(sum(parts, -1), 1e-30)), reshape(most, [x.shape[0]]));
}

const softplus = (x: Tensor): Tensor => add(relu(x), log(affine(exp(affine(abs(x), -1)), 1, 1)));

export const circle = /* @__PURE__ */ Circle();
