/** One forward pass of a model, as in `predict`, in which cells are watched; the states of stateful layers are restored. */
import { ArgumentError, kindOf } from "../errors.js";
import type { Layer } from "../layer.js";
import { statefulLayers } from "../layers/recurrent.js";
import { affine } from "../ops/index.js";
import { scope } from "../scope.js";
import { asTensor, type HostArray, type NestedArray, Tensor, tensor } from "../tensor.js";
import type { Target } from "./find.js";
import { type Watch, watcher } from "./watch.js";

/** The input of a model: a tensor, `{ data, shape }` or a nested array; for several inputs a list of tensors or of `{ data, shape }`. */
export type InspectData = Tensor | HostArray | NestedArray | readonly (Tensor | HostArray)[];

/** Gives data as tensors; new tensors belong to the current scope. */
export function asTensors(x: InspectData): Tensor[] {
  const isList = Array.isArray(x) && typeof x[0] === "object" && !Array.isArray(x[0]);
  if (isList) return Array.from(x as readonly unknown[], tensorOf);
  return [Array.isArray(x) ? tensor(x as NestedArray) : tensorOf(x)];
}

/** Gives a tensor as it is, and makes one of `{ data, shape }`. @throws ArgumentError for anything else. */
export function tensorOf(x: unknown): Tensor {
  const { data, shape } = Object(x) as HostArray;
  const isWhole = Array.isArray(shape) && (Array.isArray(data) || ArrayBuffer.isView(data));
  if (x instanceof Tensor || isWhole) return asTensor(x as Tensor | HostArray);
  throw new ArgumentError(`expected a tensor, { data, shape } or nested arrays, received ${kindOf(x)}.`);
}

/** Makes the weights if no call has made them yet. @throws ShapeError when the model cannot take this shape. */
export function build(model: Layer, inputs: readonly Tensor[]): void {
  const shapes = inputs.map((x) => x.shape);
  model.outputShapes(shapes);
  model.buildOnce(shapes);
}

/**
 * Computes the model's outputs for x in inference, and calls `watch` with the gates and states of the targets' cells. Stateful layers have
 * the same states afterwards as before.
 */
export function pass(model: Layer, x: InspectData, targets: readonly Target[], watch: Watch): Tensor[] {
  return scope(() => {
    const stateful = statefulLayers(model);
    const before = stateful.map((layer) => layer.states?.map((state) => affine(state, 1)));
    try {
      return model.compute(asTensors(x), { watch: watcher(targets, watch) });
    } finally {
      stateful.forEach((layer, i) => {
        const saved = before[i];
        if (saved) layer.states!.forEach((state, s) => state.assign(saved[s]));
        else layer.resetStates();
      });
    }
  });
}
