/** Layers and models in the form of Keras 3. */
import { ArgumentError } from "../../../../errors.js";
import { Layer, type LayerNode, type SymbolicTensor } from "../../../../layer.js";
import { InputLayer } from "../../../../layers/input.js";
import { ChannelsFirstLayer, withoutChannels } from "../../../../layers/channelsFirst.js";
import { BidirectionalLayer } from "../../../../layers/bidirectional.js";
import { HashingLayer } from "../../../../layers/hashing.js";
import { RecurrentLayer } from "../../../../layers/recurrent.js";
import { ModelLayer, SequentialModel } from "../../../../model.js";
import { OperationLayer } from "../../../../operations/operation.js";
import { writeActivation } from "../activations.js";
import { callTable } from "../callTable.js";
import { applicationModules } from "../../../applicationLayers.js";
import { layerTable, type LayerWords, notKeras } from "../layerTable.js";
import { kerasObject, snake } from "../names.js";
import { meaningsOf } from "../../../semantics/adopt.js";
import { constraints, initializers, regularizers, writeNamed } from "../weightRules.js";
import { writeOperation, writeOperationNode } from "./operations.js";
import type { Surroundings } from "./shared.js";

/**
 * The description of a layer: `{ module, class_name, config, registered_name }`.
 * @throws ArgumentError for layers and options that Keras does not have, by name.
 */
export function writeLayer(layer: Layer, around: Surroundings): Record<string, unknown> {
  if (layer.name.includes("/") || layer.name === "") {
    throw new ArgumentError(
      `${layer.label}: Keras allows no "/" in names, and no empty ones; give the layer another name.`,
    );
  }
  const shared = around.shared.get(layer);
  const inner = { ...around, isFrozen: (shared ?? around).isFrozen || !layer.trainable };
  return { ...writeClass(layer, inner), ...(shared && { shared_object_id: shared.id }) };
}

/** @param inner the surroundings of what is inside the layer. */
function writeClass(layer: Layer, inner: Surroundings): Record<string, unknown> {
  checkSemantics(layer);
  if (layer instanceof SequentialModel) return writeSequential(layer, inner);
  if (layer instanceof ModelLayer) return writeFunctional(layer, inner);
  if (layer instanceof InputLayer) return writeInput(layer.name, layer.output);
  if (layer instanceof OperationLayer) return writeOperation(layer);
  if (layer instanceof ChannelsFirstLayer) return writeChannelsFirst(layer, inner);
  const { className } = layer;
  if (Object.hasOwn(notKeras, className)) {
    throw new ArgumentError(
      `${layer.label}: Keras has no ${className}; use ${notKeras[className]}, or save as .safetensors.`,
    );
  }
  if (!Object.hasOwn(layerTable, className)) return writeCustom(layer, inner);
  const words = layerTable[className];
  const config = { ...commonConfig(layer, words, inner), ...writeOptions(layer, words, inner) };
  return kerasObject(words.module, className, config);
}

/** @throws ArgumentError for a layer whose file means something else than Keras 3 would compute. */
function checkSemantics(layer: Layer): void {
  const [meaning] = meaningsOf(layer, "predictions");
  if (!meaning) return;
  throw new ArgumentError(
    `${layer.label}: ${meaning.says}, which Keras 3 does not, and its files cannot say so; save as .safetensors.`,
  );
}

/** @throws ArgumentError for a compiled model that Keras 3 would train on in another way than here, as its file means it. */
export function checkTraining(layer: Layer): void {
  if (!layer.trainable) return;
  const [meaning] = meaningsOf(layer, "training");
  if (meaning) {
    throw new ArgumentError(
      `${layer.label}: ${meaning.says} in training, which Keras 3 does not; save as .safetensors, or load with { compile: false }.`,
    );
  }
  layer.sublayers.forEach(checkTraining);
}

/** The layer inside, with the option that Keras has in place of ours around it. */
function writeChannelsFirst({ label, name, layer }: ChannelsFirstLayer, inner: Surroundings): Record<string, unknown> {
  const written = writeLayer(layer, inner) as { config: Record<string, unknown> };
  const inside =
    layer instanceof BidirectionalLayer ? [written.config.layer, written.config.backward_layer] : [written];
  for (const each of inside as (typeof written)[]) {
    if (!each || !("data_format" in each.config)) {
      throw new ArgumentError(`${label}: Keras has no channels first in ${layer.className}; save as .safetensors.`);
    }
    each.config.data_format = "channels_first";
  }
  written.config.name = name;
  return written;
}

const commonConfig = (layer: Layer, { isBare }: { readonly isBare: boolean }, inner: Surroundings) =>
  isBare ? { name: layer.name } : { name: layer.name, trainable: !inner.isFrozen, dtype: dtypeOf(layer) };

/** Keras's Hashing wants whole numbers for the numbers of bins. */
const dtypeOf = (layer: Layer): string =>
  layer instanceof HashingLayer && layer.outputMode === "int" ? "int64" : "float32";

/** A user-defined layer, which Keras reads with a class of that name among its `custom_objects`. */
function writeCustom(layer: Layer, inner: Surroundings): Record<string, unknown> {
  const { className } = layer;
  const options = optionsOf(layer).map(([option, value]) => [snake(option), writeOption(layer, option, value, inner)]);
  const name = className.split(">").at(-1);
  const config = { ...commonConfig(layer, { isBare: false }, inner), ...Object.fromEntries(options) };
  if (Object.hasOwn(applicationModules, className)) {
    return { module: applicationModules[className], class_name: name, config, registered_name: name };
  }
  return { module: null, class_name: name, config, registered_name: name === className ? `Custom>${name}` : className };
}

// ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of a layer as plain data, except for layers: these are the ones that the layer has inside now. */
function optionsOf(layer: Layer): [option: string, value: unknown][] {
  const { name: _, trainable: __, semantics: ___, ...options } = layer.getConfig();
  const inside: Readonly<Record<string, unknown>> =
    layer instanceof BidirectionalLayer
      ? { layer: layer.forwardLayer, backwardLayer: layer.backwardLayer }
      : Object.fromEntries(Object.entries(layer.config).filter(([, value]) => [value].flat()[0] instanceof Layer));
  return Object.entries({ ...options, ...inside }).filter(([, value]) => value !== undefined);
}

function writeOptions(
  layer: Layer,
  { options, defaults, fixed, dropped, isBare }: LayerWords,
  inner: Surroundings,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...("data_format" in fixed && { data_format: "channels_last" }) };
  for (const [option, value] of Object.entries(defaults)) result[snake(option)] = value;
  for (const [option, value] of optionsOf(layer)) {
    if (dropped.includes(option)) continue;
    const isKnown = options.includes(option) || (option === "activityRegularizer" && !isBare);
    if (isKnown) result[snake(option)] = writeOption(layer, option, value, inner);
    else if (value !== null) {
      throw new ArgumentError(`${layer.label}: ${option} is an option that Keras does not have; save as .safetensors.`);
    }
  }
  return result;
}

function writeOption(layer: Layer, option: string, value: unknown, inner: Surroundings): unknown {
  const what = `${layer.label}: ${option}`;
  if (option.endsWith("Initializer")) return writeNamed(what, initializers, value);
  if (option.endsWith("Regularizer")) return writeNamed(what, regularizers, value);
  if (option.endsWith("Constraint")) return writeNamed(what, constraints, value);
  if (option === "activation" || option === "recurrentActivation") return writeActivation(what, value);
  if (value instanceof Layer) return writeLayer(value, inner);
  if (Array.isArray(value) && value[0] instanceof Layer) return value.map((inside: Layer) => writeLayer(inside, inner));
  if (value === "causal" && layer.className !== "Conv1D") {
    throw new ArgumentError(`${what} is "causal", which Keras 3 has for Conv1D alone; save as .safetensors.`);
  }
  if (option === "maxValue" && value === Infinity) return null; // none
  if (isPlain(value)) return value;
  throw new ArgumentError(`${what} is ${String(value)}, which Keras's files cannot hold; save as .safetensors.`);
}

const isPlain = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every(isPlain)
    : value === null || ["string", "boolean", "number"].includes(typeof value);

// ── models ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The description of an Input. */
const writeInput = (name: string, { shape, dtype }: SymbolicTensor): Record<string, unknown> => {
  const config = { batch_shape: [...shape], dtype, sparse: false, ragged: false, name };
  return kerasObject("keras.layers", "InputLayer", config);
};

function writeSequential(model: ModelLayer, inner: Surroundings): Record<string, unknown> {
  const { name, inputs } = model;
  const layers = [
    writeInput(inputs[0].node.layer.name, inputs[0]),
    ...model.layers.map((layer) => writeLayer(layer, inner)),
  ];
  return kerasObject("keras", "Sequential", { name, trainable: !inner.isFrozen, layers });
}

function writeFunctional(model: ModelLayer, inner: Surroundings): Record<string, unknown> {
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
    ...cuts.map((x) => ({ ...writeInput(names.get(x)!, x), name: names.get(x)!, inbound_nodes: [] })),
    ...model.layers.map((layer) => ({
      ...writeLayer(layer, inner),
      name: layer.name,
      inbound_nodes: calls(layer).map((node) => writeNode(node, place)),
    })),
  ];
  const places = outputs.map((x) => countOwnCall(x, place(x)));
  const config = {
    name,
    trainable: !inner.isFrozen,
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
    config: { shape: [...x.shape], dtype: x.dtype, keras_history: place(x) },
  }));
  if (layer instanceof OperationLayer) return writeOperationNode(layer, tensors);
  const { training, attentionMask, ...others } = options;
  const words = Object.hasOwn(callTable, layer.className) ? callTable[layer.className] : undefined;
  const kwargs: Record<string, unknown> = training === undefined ? {} : { training };
  for (const [option, value] of Object.entries(others).filter(([, value]) => value !== undefined)) {
    const flag = Object.entries(words?.flags ?? {}).find(([, ours]) => ours === option);
    if (!flag) throw new ArgumentError(`${layer.label}: was called with ${option}, which Keras's files cannot hold.`);
    kwargs[flag[0]] = value;
  }
  if (words && words.tensors.length > 1) {
    if (attentionMask) kwargs[words.attentionMask!] = { ...tensors.pop() };
    const named = words.areNamed ? tensors.splice(1) : [];
    named.forEach((tensor, i) => (kwargs[words.tensors[i + 1]] = tensor));
    return { args: tensors, kwargs };
  }
  const inner = withoutChannels(layer);
  const isRecurrent = inner instanceof RecurrentLayer || inner instanceof BidirectionalLayer;
  if (isRecurrent && tensors.length > 1) {
    return { args: [tensors[0]], kwargs: { ...kwargs, initial_state: tensors.slice(1) } };
  }
  return { args: [takesList ? tensors : tensors[0]], kwargs };
}
