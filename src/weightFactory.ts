/** Makes the weights of layers. A reader of files puts its own factory in place while it builds a model. */
import type { InitializerFunction } from "./initializers.js";
import type { Shape } from "./shape.js";
import { Variable } from "./tensor.js";

/**
 * Makes a weight.
 * @param name with its layer's name: `dense/kernel`.
 * @param initialize makes the values that the layer's options ask for.
 */
export type WeightFactory = (
  name: string,
  shape: Shape,
  trainable: boolean,
  initialize: InitializerFunction,
) => Variable;

const initializedWeight: WeightFactory = (name, shape, trainable, initialize) => {
  const values = initialize(shape);
  return new Variable(name, shape, trainable).assign(values);
};

let current = initializedWeight;

/** A weight from the factory in place: one with the initializer's values by default. */
export const makeWeight: WeightFactory = (...weight) => current(...weight);

/**
 * The result of `work`, during which `factory` makes all weights. Calls can be nested; the innermost factory is used.
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
