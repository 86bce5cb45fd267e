/** Values that replace the weights of a layer. */
import { ShapeError, shapeText, shown } from "../errors.js";
import { sameShape } from "../shape.js";
import { type HostArray, Tensor, type Variable } from "../tensor.js";

/**
 * Gives values for all weights in a form that `assign` takes whole. @param weights undefined where there are none yet.
 * @throws ShapeError where one does not fit.
 */
export function readyWeights(
  label: string,
  weights: readonly Variable[] | undefined,
  values: readonly (HostArray | Tensor)[],
): (Tensor | ArrayLike<number>)[] {
  if (!weights || values?.length !== weights.length) {
    const own = weights ? weights.length : "none yet";
    throw new ShapeError(`${label}: received ${values?.length} weights, has ${own}; call it, or give as many.`);
  }
  weights.forEach((weight, i) => {
    const given = values[i]?.shape ?? [NaN];
    if (sameShape(weight.shape, given)) return;
    throw new ShapeError(
      `${label}: weight ${i} "${weight.name}" is ${shapeText(weight.shape)}, received ${shown(given)}.`,
    );
  });
  return weights.map((weight, i) => {
    const value = values[i];
    return weight.readable(value instanceof Tensor ? value : value.data);
  });
}
