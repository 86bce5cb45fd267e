/** Makes the weights of layers. Readers of files set their own factory while they build a model. */
import type { InitializerFunction } from "./initializers.js";
import type { Shape } from "./shape.js";
import { Variable } from "./tensor.js";

/**
 * Makes a weight.
 * @param name the name with that of its layer: `dense/kernel`.
 * @param initialize makes the values that the layer's options specify.
 */
export type WeightFactory = (
  name: string,
  shape: Shape,
  trainable: boolean,
  initialize: InitializerFunction,
) => Variable;

const initializedWeight: WeightFactory = (name, shape, trainable, initialize) => {
  const weight = new Variable(name, shape, trainable); // before the values, which may take long to compute
  try {
    return weight.assign(initialize(shape));
  } catch (error) {
    weight.dispose();
    throw error;
  }
};

let current = initializedWeight;

/** Makes a weight by the current factory; the default factory runs the initializer. */
export const makeWeight: WeightFactory = (...weight) => current(...weight);

/**
 * Returns the result of `work`, during which `factory` makes all weights. Calls can be nested; the innermost factory is
 * used.
 */
export function withWeightFactory<T>(factory: WeightFactory, work: () => T): T {
  const outer = current;
  current = factory;
  try {
    return work();
  } finally {
    current = outer;
  }
}
