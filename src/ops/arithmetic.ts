/** Arithmetic on two operands, with NumPy's broadcasting. */
import { compute, computeLike, type Operand, operandTensor, record, reshapeUntaped } from "../op.js";
import { broadcastShapes, broadcastSize, reduceSize, type Shape, sameShape } from "../shape.js";
import { scope } from "../scope.js";
import { Tensor } from "../tensor.js";

type BinaryKernel = "add" | "subtract" | "multiply" | "divide" | "maximum" | "minimum" | "greater" | "equal";
type Rule = (dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor;

/** Computes y = kernel(a, b) over the broadcast shape. It is not recorded. */
export function computeBinary(name: BinaryKernel, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes(name, a.shape, b.shape);
  const size = broadcastSize(shape, a.shape, b.shape);
  return compute(name, [a, b], shape, (k, y) => k[name](y, a.buffer, b.buffer, size));
}

/**
 * Makes an op from its kernel and a gradient rule for each operand; the gradient is then summed to the shape of the
 * operand.
 */
function binary(name: BinaryKernel, da?: Rule, db?: Rule): (a: Operand, b: Operand) => Tensor {
  return (first, second) =>
    scope(() => {
      const a = operandTensor(first, second instanceof Tensor ? second : undefined);
      const b = operandTensor(second, a);
      const y = computeBinary(name, a, b);
      const gradient = (rule: Rule, dy: Tensor, x: Tensor) => () => sumTo(rule(dy, a, b, y), x.shape);
      const backward = ([dy]: readonly (Tensor | undefined)[]) => [gradient(da!, dy!, a), gradient(db!, dy!, b)];
      if (da) record({ name, inputs: [a, b], outputs: [y], backward });
      return y;
    });
}

/** Sums x to `shape`, over the axes on which broadcasting repeated it: the adjoint of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  let current = x;
  let sizes = [...x.shape];
  for (let axis = 0; axis < sizes.length; axis++) {
    const target = axis < lead ? 1 : shape[axis - lead];
    if (sizes[axis] === target) continue;
    let end = axis + 1; // neighbouring repeated axes are summed by one reduction
    while (end < sizes.length && sizes[end] !== 1 && (end < lead ? 1 : shape[end - lead]) === 1) end++;
    const size = reduceSize(sizes, axis, end);
    sizes = sizes.map((n, i) => (i >= axis && i < end ? 1 : n));
    const input = current;
    current = compute("sum", [input], sizes, (k, y) => k.sum(y, input.buffer, size));
  }
  return reshapeUntaped("sum", current, shape);
}

/** Computes scale x + offset. It is not recorded. */
export const scaleBy = (x: Tensor, scale: number, offset = 0): Tensor =>
  computeLike(x, (k, y) => k.affine(y, x.buffer, scale, offset));

const negative = (x: Tensor): Tensor => scaleBy(x, -1);
const not = (mask: Tensor): Tensor => scaleBy(mask, -1, 1);

/** Makes the op of the larger or the smaller element; its gradient goes to b where b is `beyond` a. */
function extreme(name: "maximum" | "minimum", beyond: (a: Tensor, b: Tensor) => Tensor) {
  const rule: Rule = (dy, a, b) => computeBinary("multiply", dy, beyond(a, b));
  return binary(name, (dy, a, b) => computeBinary("multiply", dy, not(beyond(a, b))), rule);
}

/**
 * Adds two tensors, element by element: a + b.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 * @example
 * add(tensor([[1, 2], [3, 4]]), tensor([10, 20])); // [[11, 22], [13, 24]]
 */
export const add = binary(
  "add",
  (dy) => dy,
  (dy) => dy,
);

/**
 * Subtracts two tensors, element by element: a - b.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const subtract = binary("subtract", (dy) => dy, negative);

/**
 * Multiplies two tensors, element by element: a b. For matrix products see `matMul`.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const multiply = binary(
  "multiply",
  (dy, _a, b) => computeBinary("multiply", dy, b),
  (dy, a) => computeBinary("multiply", dy, a),
);

/**
 * Divides two tensors, element by element: a / b.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const divide = binary(
  "divide",
  (dy, _a, b) => computeBinary("divide", dy, b),
  (dy, _a, b, y) => negative(computeBinary("multiply", dy, computeBinary("divide", y, b))),
);

/**
 * Takes the larger of two elements: max(a, b); NaN if one is NaN. Where they are equal, the gradient goes to a.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const maximum = extreme("maximum", (a, b) => computeBinary("greater", b, a));

/**
 * Takes the smaller of two elements: min(a, b); NaN if one is NaN. Where they are equal, the gradient goes to a.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const minimum = extreme("minimum", (a, b) => computeBinary("greater", a, b));

/**
 * Compares two tensors, element by element: 1 where a > b, else 0. It has no gradient.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const greater = binary("greater");

/**
 * Compares two tensors, element by element: 1 where a equals b, else 0. It has no gradient.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const equal = binary("equal");
