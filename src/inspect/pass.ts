/** One pass of a model, as `predict` makes it, that leaves nothing behind. */
import { type Layer, type OneOrMany, shapesOf } from "../layer.js";
import { RecurrentLayer } from "../layers/recurrent.js";
import { affine } from "../ops/index.js";
import { scope } from "../scope.js";
import { asTensor, type HostArray, type NestedArray, type Tensor, tensor } from "../tensor.js";

/** What a model is given: a tensor, `{ data, shape }` or a nested array; a list of tensors or of `{ data, shape }` for several inputs. */
export type InspectData = Tensor | HostArray | NestedArray | readonly (Tensor | HostArray)[];

/** Data as tensors; those that were no tensors belong to the scope around. */
export function asTensors(x: InspectData): OneOrMany<Tensor> {
  const isList = Array.isArray(x) && typeof x[0] === "object" && !Array.isArray(x[0]);
  if (isList) return (x as readonly (Tensor | HostArray)[]).map(asTensor);
  return Array.isArray(x) ? tensor(x as NestedArray) : asTensor(x as Tensor | HostArray);
}

/** Makes the weights, where no call has made them yet. @throws ShapeError for a shape that the model cannot take. */
export function build(model: Layer, x: OneOrMany<Tensor>): void {
  model.computeOutputShape(shapesOf(x));
  model.buildOnce(shapesOf(x));
}

/** What the model gives for x in inference. States that stateful layers remember are afterwards as they were before. */
export function pass(model: Layer, x: InspectData): OneOrMany<Tensor> {
  return scope(() => {
    const stateful = recurrentIn(model).filter((layer) => layer.stateful);
    const before = stateful.map((layer) => layer.states?.map((state) => affine(state, 1)));
    try {
      return model.compute(asTensors(x), { training: false });
    } finally {
      stateful.forEach((layer, i) => {
        const saved = before[i];
        if (saved) layer.states!.forEach((state, s) => state.assign(saved[s]));
        else layer.resetStates();
      });
    }
  });
}

const recurrentIn = (layer: Layer): RecurrentLayer[] => [
  ...new Set([...(layer instanceof RecurrentLayer ? [layer] : []), ...layer.sublayers.flatMap(recurrentIn)]),
];
