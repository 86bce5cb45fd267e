/** The states of stateful recurrent layers, which are no weights, as plain data and back. */
import { FileError } from "../errors.js";
import type { Layer } from "../layer.js";
import { statefulLayers } from "../layers/recurrent.js";
import { sizeOf } from "../shape.js";
import { type HostArray, Variable } from "../tensor.js";

/** The states of each stateful layer, in the order of the tree; null where it has none yet. */
export type LayerStates = readonly (readonly HostArray[] | null)[];

/** Reads the states at this moment. */
export const layerStates = (root: Layer): Promise<LayerStates> =>
  Promise.all(statefulLayers(root).map(async ({ states }) => (states ? Promise.all(states.map(readState)) : null)));

const readState = async (state: Variable): Promise<HostArray> => ({
  data: await state.data(),
  shape: [...state.shape],
});

/** Checks saved states, and returns a function that gives them to the layers. @throws FileError where they do not fit. */
export function matchLayerStates(where: string, root: Layer, saved: LayerStates): () => void {
  const layers = statefulLayers(root);
  const isState = ({ data, shape }: HostArray) => data.length === sizeOf(shape);
  if (saved.length !== layers.length || !saved.every((states) => states === null || states.every(isState))) {
    throw new FileError(`${where}: its states are not those of its ${layers.length} stateful layers.`);
  }
  return () =>
    layers.forEach((layer, i) => {
      layer.resetStates();
      layer.states = saved[i]?.map(({ data, shape }) => {
        const state = new Variable(`${layer.name}/rnn_state`, shape, false);
        state.assign(data as Float32Array);
        return state;
      });
    });
}
