/** Models in the form of Keras 3. */
import { ArgumentError } from "../../../../errors.js";
import type { Layer, LayerNode, SymbolicTensor } from "../../../../layer.js";
import { BidirectionalLayer } from "../../../../layers/bidirectional.js";
import { RecurrentLayer } from "../../../../layers/recurrent.js";
import { InputLayer } from "../../../../layers/input.js";
import { type ModelLayer, SequentialModel } from "../../../../model.js";
import type { PartialShape } from "../../../../shape.js";

type WriteLayer = (layer: Layer, isFrozen: boolean) => Record<string, unknown>;

/**
 * The description of a model.
 * @param isFrozen whether nothing inside is trained, whatever the layers inside say.
 * @param write `writeLayer`, for the layers inside.
 */
export const writeModel = (model: ModelLayer, isFrozen: boolean, write: WriteLayer): Record<string, unknown> =>
  (model instanceof SequentialModel ? writeSequential : writeFunctional)(model, isFrozen, write);

/** The description of an Input. */
export const writeInput = (name: string, batchShape: PartialShape): Record<string, unknown> => ({
  module: "keras.layers",
  class_name: "InputLayer",
  config: { batch_shape: [...batchShape], dtype: "float32", sparse: false, ragged: false, name },
  registered_name: null,
});

function writeSequential(model: ModelLayer, isFrozen: boolean, write: WriteLayer): Record<string, unknown> {
  const { name, inputs } = model;
  const layers = [
    writeInput(inputs[0].node.layer.name, inputs[0].shape),
    ...model.layers.map((layer) => write(layer, isFrozen)),
  ];
  return {
    module: "keras",
    class_name: "Sequential",
    config: { name, trainable: !isFrozen, layers },
    registered_name: null,
  };
}

function writeFunctional(model: ModelLayer, isFrozen: boolean, write: WriteLayer): Record<string, unknown> {
  const { name, inputs, outputs } = model;
  const inside = new Set(model.graph);
  const calls = (layer: Layer) => layer.nodes.filter((node) => inside.has(node));
  const names = inputNames(model);
  const place = (x: SymbolicTensor): [layer: string, node: number, tensor: number] => {
    const input = names.get(x);
    return input === undefined ? [x.node.layer.name, calls(x.node.layer).indexOf(x.node), x.index] : [input, 0, 0];
  };
  const called = model.graph.find(({ layer }) => layer instanceof InputLayer)?.layer;
  if (called) throw new ArgumentError(`${called.label}: is called, which Keras's inputs cannot be; leave it out.`);
  const cuts = inputs.filter(({ node }) => !(node.layer instanceof InputLayer));
  const layers = [
    ...cuts.map((x) => ({ ...writeInput(names.get(x)!, x.shape), name: names.get(x)!, inbound_nodes: [] })),
    ...model.layers.map((layer) => ({
      ...write(layer, isFrozen),
      name: layer.name,
      inbound_nodes: calls(layer).map((node) => writeNode(node, place)),
    })),
  ];
  const places = outputs.map((x) => countOwnCall(x, place(x)));
  const config = {
    name,
    trainable: !isFrozen,
    layers,
    input_layers: inputs.length === 1 ? place(inputs[0]) : inputs.map(place),
    output_layers: outputs.length === 1 ? places[0] : places,
  };
  return { module: "keras.src.models.functional", class_name: "Functional", config, registered_name: "Functional" };
}

/** For outputs (not elsewhere) Keras 3 counts the own graph of a Functional inside the model as its first call. */
const countOwnCall = (x: SymbolicTensor, [layer, node, tensor]: [string, number, number]) =>
  x.node.layer.className === "Functional" ? [layer, node + 1, tensor] : [layer, node, tensor];

/** The names of a model's inputs; new names where the network was cut off from the layers before it. */
function inputNames(model: ModelLayer): Map<SymbolicTensor, string> {
  const used = new Set(model.layers.map(({ name }) => name));
  return new Map(
    model.inputs.map((x) => {
      let { name } = x.node.layer;
      while (!(x.node.layer instanceof InputLayer) && used.has(name)) name += "_input";
      used.add(name);
      return [x, name];
    }),
  );
}

function writeNode(node: LayerNode, place: (x: SymbolicTensor) => unknown): object {
  const { layer, inputs, takesList, options } = node;
  const tensors = inputs.map((x) => ({
    class_name: "__keras_tensor__",
    config: { shape: [...x.shape], dtype: "float32", keras_history: place(x) },
  }));
  const { training, ...others } = options;
  const other = Object.entries(others).find(([, value]) => value !== undefined);
  if (other) throw new ArgumentError(`${layer.label}: was called with ${other[0]}, which Keras's files cannot hold.`);
  const kwargs = training === undefined ? {} : { training };
  const isRecurrent = layer instanceof RecurrentLayer || layer instanceof BidirectionalLayer;
  if (isRecurrent && tensors.length > 1) {
    return { args: [tensors[0]], kwargs: { ...kwargs, initial_state: tensors.slice(1) } };
  }
  return { args: [takesList ? tensors : tensors[0]], kwargs };
}
