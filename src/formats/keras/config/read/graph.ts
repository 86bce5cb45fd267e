/**
 * Functional and Sequential models: their layers, and the calls between them in an order in which they can be repeated.
 */
import { FileError } from "../../../../errors.js";
import type { Named } from "../../../../named.js";
import type { PartialShape } from "../../../../shape.js";
import { checkMasks, isOperation } from "./masks.js";
import { addOperationLayers, readOperationNode } from "./operations.js";
import { type ReadContext, readCommon, unfreezeAround } from "./common.js";
import {
  type GraphCall,
  type GraphEntry,
  isTensorPlace,
  type TensorPlace,
  readNode,
  readTensorPlace,
} from "./nodes.js";
import {
  asList,
  asName,
  asObject,
  asShape,
  isObject,
  type JsonObject,
  showValue,
  showWord,
  sortedKeys,
} from "../../../json.js";
import { sortCalls } from "./order.js";

const modelClasses = ["Functional", "Sequential"];

/** A Functional model from Keras's description, as `ModelLayer.getConfig` returns it. */
export function readGraph(context: ReadContext, label: string, config: JsonObject): Record<string, unknown> {
  const entries = readEntries(context, label, asList(`the layers of ${label}`, config.layers));
  const inputs = placesOf(label, config.input_layers).map(({ layer }) => readInput(label, entries, layer));
  const outputs = withoutOwnCalls(entries, placesOf(label, config.output_layers));
  addOperationLayers(entries, outputs);
  const sorted = sortCalls(label, entries);
  checkMasks(label, entries, sorted);
  const calls = sorted.filter(({ entry }) => entry.layer);
  const numbers = new Map(calls.map((call, i) => [call, i]));
  const inputNumbers = new Map(inputs.map(({ key }, i) => [key, i]));
  const reference = ({ layer, node, tensor }: TensorPlace) => {
    const input = inputNumbers.get(layer);
    if (input !== undefined) return input;
    const number = numbers.get(entries.get(layer)?.calls[node] as GraphCall);
    if (number !== undefined) return [number, tensor] as const;
    throw new FileError(`${label} reads call ${node} of ${showValue(layer)}, which is no input and no layer's call.`);
  };
  const layers = [...entries.values()].flatMap(({ layer }) => layer ?? []);
  return {
    ...unfreezeAround(context, readCommon(context, label, config), layers),
    layers,
    inputs: inputs.map(({ shape, name }) => ({ shape, name })),
    calls: calls.map(({ entry, inputs: places, takesList, options }) => {
      return { layer: nameOf(entry), inputs: places.map(reference), takesList, options };
    }),
    outputs: outputs.map(reference),
    givesList: outputs.length > 1,
  };
}

const nameOf = ({ key, layer }: GraphEntry): string => (layer?.config as { name?: string } | undefined)?.name ?? key;

function readEntries(context: ReadContext, label: string, layers: readonly unknown[]): Map<string, GraphEntry> {
  const entries = new Map<string, GraphEntry>();
  for (const item of layers) {
    const described = asObject(`a layer of ${label}`, item);
    const name = described.name ?? (isObject(described.config) ? described.config.name : undefined);
    const key = asName(`the name of a layer of ${label}`, name);
    const what = `layer ${showValue(key)}`;
    if (entries.has(key)) throw new FileError(`${label} has two layers named ${showValue(key)}.`);
    const operation = isOperation(described) ? asName(`the class of ${what}`, described.class_name) : undefined;
    const items = asList(`inbound_nodes of ${what}`, described.inbound_nodes ?? []);
    const isLayer = operation === undefined;
    const nodes = isLayer
      ? items.map((item) => readNode(what, item, described.class_name))
      : items.map((item) => readOperationNode(`${showWord(operation)} ${showValue(key)}`, described, item));
    const layer = isLayer ? context.layer(what, described) : undefined;
    const value = layer && nodes.flatMap(({ values }) => values).at(0);
    if (value !== undefined) {
      throw new FileError(`${what} is called with ${showValue(value)}, which is not supported.`);
    }
    const calls: GraphCall[] = [];
    const entry = { key, layer, operation, calls };
    calls.push(...nodes.map((node) => ({ ...node, entry })));
    entries.set(key, entry);
  }
  return entries;
}

/**
 * The places in a structure: one place, a list of structures, or an object of them, whose keys are visited in
 * alphabetical order.
 */
function placesOf(label: string, value: unknown): TensorPlace[] {
  if (isTensorPlace(value)) return [readTensorPlace(label, value)];
  const items = isObject(value)
    ? sortedKeys(value).map((key) => value[key])
    : asList(`inputs or outputs of ${label}`, value);
  return items.flatMap((item) => placesOf(label, item));
}

function readInput(label: string, entries: ReadonlyMap<string, GraphEntry>, key: string) {
  const entry = entries.get(key);
  if (entry?.layer?.className !== "InputLayer") {
    throw new FileError(`${label} has the input ${showValue(key)}, which is no InputLayer.`);
  }
  return { key, shape: shapeOf(entry.layer), name: nameOf(entry) };
}

/**
 * A model inside another one may count its own graph as its first call: always in Keras 2, for the outputs in Keras 3.
 * Subtracts this call from the inputs of all calls, and returns the outputs without it.
 */
function withoutOwnCalls(entries: ReadonlyMap<string, GraphEntry>, outputs: readonly TensorPlace[]): TensorPlace[] {
  const isModel = (layer: string) => modelClasses.includes(entries.get(layer)?.layer?.className ?? "");
  const calls = [...entries.values()].flatMap((entry) => entry.calls);
  const isKeras3 = calls.some((call) => call.isKeras3);
  const largest = new Map<string, number>();
  for (const { layer, node } of [...calls.flatMap((call) => call.inputs), ...(isKeras3 ? [] : outputs)]) {
    largest.set(layer, Math.max(largest.get(layer) ?? 0, node));
  }
  const shifted = (place: TensorPlace, isShifted: boolean) => (isShifted ? { ...place, node: place.node - 1 } : place);
  const isCounted = ({ layer }: TensorPlace) =>
    isModel(layer) && largest.get(layer) === entries.get(layer)!.calls.length;
  for (const call of calls) call.inputs = call.inputs.map((place) => shifted(place, isCounted(place)));
  const isFunctional = ({ layer }: TensorPlace) => entries.get(layer)?.layer?.className === "Functional";
  const isOutputCounted = (place: TensorPlace) => (isKeras3 ? place.node > 0 && isFunctional(place) : isCounted(place));
  return outputs.map((place) => shifted(place, isOutputCounted(place)));
}

// ── Sequential ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A Sequential model from Keras's description.
 * @param described the whole description, which may have the input shape besides the config.
 */
export function readSequential(context: ReadContext, label: string, config: JsonObject, described: JsonObject) {
  const items = asList(`the layers of ${label}`, config.layers);
  const layers = items.map((item, i) => context.layer(`layer ${i + 1} of ${label}`, item));
  const names = layers.map(({ config }, i) =>
    asName(`the name of layer ${i + 1} of ${label}`, (config as JsonObject).name),
  );
  const hasInput = layers[0]?.className === "InputLayer";
  const chain = hasInput ? names.slice(1) : names;
  if (chain.length === 0) throw new FileError(`${label} has no layers.`);
  const input = hasInput
    ? { shape: shapeOf(layers[0]), name: names[0] }
    : { shape: firstShape(label, config, described, items[0], layers[0]), name: `${names[0]}_input` };
  return {
    ...unfreezeAround(context, readCommon(context, label, config), layers),
    layers,
    inputs: [input],
    calls: chain.map((layer, i) => ({ layer, inputs: [i === 0 ? 0 : [i - 1, 0]], takesList: false, options: {} })),
    outputs: [[chain.length - 1, 0]],
    givesList: false,
  };
}

/** The shape of an InputLayer. */
const shapeOf = ({ config }: Named): PartialShape => {
  const { batchSize, shape } = config as { batchSize: number | null; shape: PartialShape };
  return [batchSize, ...shape];
};

/** The input shape of a Sequential without an InputLayer: its own, or that of its first layer (Keras 2) or model. */
function firstShape(label: string, config: JsonObject, described: JsonObject, item: unknown, first: Named) {
  const { inputs } = first.config as { inputs: readonly { shape: PartialShape }[] };
  if (modelClasses.includes(first.className) && inputs.length === 1) return inputs[0].shape;
  const own = isObject(item) && isObject(item.config) ? item.config : {};
  const built = isObject(described.build_config) ? described.build_config.input_shape : undefined;
  const shape = config.build_input_shape ?? own.batch_input_shape ?? own.batch_shape ?? built;
  if (shape != null) return asShape(`the input shape of ${label}`, shape);
  throw new FileError(
    `${label} was saved before it was built, so its input's shape is not known; give it an Input in Keras.`,
  );
}
