/** Layers in the form of Keras 3. */
import { ArgumentError } from "../../../../errors.js";
import { Layer } from "../../../../layer.js";
import { InputLayer } from "../../../../layers/input.js";
import { BidirectionalLayer } from "../../../../layers/bidirectional.js";
import { ModelLayer } from "../../../../model.js";
import { writeActivation } from "../activations.js";
import { layerTable, type LayerWords, notKeras } from "../layerTable.js";
import { snake } from "../names.js";
import { constraints, initializers, regularizers, writeNamed } from "../weightRules.js";
import { writeInput, writeModel } from "./graph.js";

/**
 * The description of a layer: `{ module, class_name, config, registered_name }`.
 * @param isFrozen whether a layer around this one is frozen. In Keras 3 only the flags of the layers inside decide.
 * @throws ArgumentError for layers and options that Keras does not have, by name.
 */
export function writeLayer(layer: Layer, isFrozen: boolean): Record<string, unknown> {
  if (layer.name.includes("/")) {
    throw new ArgumentError(`${layer.label}: Keras allows no "/" in names; give the layer another name.`);
  }
  const frozen = isFrozen || !layer.trainable;
  if (layer instanceof ModelLayer) return writeModel(layer, frozen, writeLayer);
  if (layer instanceof InputLayer) return writeInput(layer.name, layer.batchShape);
  const { className } = layer;
  if (Object.hasOwn(notKeras, className)) {
    throw new ArgumentError(
      `${layer.label}: Keras has no ${className}; use ${notKeras[className]}, or save as .safetensors.`,
    );
  }
  if (!Object.hasOwn(layerTable, className)) return writeCustom(layer, frozen);
  const words = layerTable[className];
  const config = { ...commonConfig(layer, words, frozen), ...writeOptions(layer, words, frozen) };
  return { module: "keras.layers", class_name: className, config, registered_name: null };
}

const commonConfig = ({ name }: Layer, { isBare }: { readonly isBare: boolean }, frozen: boolean) =>
  isBare ? { name } : { name, trainable: !frozen, dtype: "float32" };

/** A user-defined layer, which Keras reads with a class of that name among its `custom_objects`. */
function writeCustom(layer: Layer, frozen: boolean): Record<string, unknown> {
  const { className } = layer;
  const options = optionsOf(layer).map(([option, value]) => [snake(option), writeOption(layer, option, value, frozen)]);
  const name = className.split(">").at(-1);
  const config = { ...commonConfig(layer, { isBare: false }, frozen), ...Object.fromEntries(options) };
  return { module: null, class_name: name, config, registered_name: name === className ? `Custom>${name}` : className };
}

// ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of a layer as plain data, except for layers: these are the ones that the layer has inside now. */
function optionsOf(layer: Layer): [option: string, value: unknown][] {
  const { name: _, trainable: __, ...options } = layer.getConfig();
  const inside: Readonly<Record<string, unknown>> =
    layer instanceof BidirectionalLayer
      ? { layer: layer.forwardLayer, backwardLayer: layer.backwardLayer }
      : Object.fromEntries(Object.entries(layer.config).filter(([, value]) => [value].flat()[0] instanceof Layer));
  return Object.entries({ ...options, ...inside }).filter(([, value]) => value !== undefined);
}

function writeOptions(
  layer: Layer,
  { options, defaults, fixed, dropped, isBare }: LayerWords,
  frozen: boolean,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...("data_format" in fixed && { data_format: "channels_last" }) };
  for (const [option, value] of Object.entries(defaults)) result[snake(option)] = value;
  for (const [option, value] of optionsOf(layer)) {
    if (dropped.includes(option)) continue;
    const isKnown = options.includes(option) || (option === "activityRegularizer" && !isBare);
    if (isKnown) result[snake(option)] = writeOption(layer, option, value, frozen);
    else if (value !== null) {
      throw new ArgumentError(`${layer.label}: ${option} is an option that Keras does not have; save as .safetensors.`);
    }
  }
  return result;
}

function writeOption(layer: Layer, option: string, value: unknown, frozen: boolean): unknown {
  const what = `${layer.label}: ${option}`;
  if (option.endsWith("Initializer")) return writeNamed(what, initializers, value);
  if (option.endsWith("Regularizer")) return writeNamed(what, regularizers, value);
  if (option.endsWith("Constraint")) return writeNamed(what, constraints, value);
  if (option === "activation" || option === "recurrentActivation") return writeActivation(what, value);
  if (value instanceof Layer) return writeLayer(value, frozen);
  if (Array.isArray(value) && value[0] instanceof Layer)
    return value.map((inside: Layer) => writeLayer(inside, frozen));
  if (option === "maxValue" && value === Infinity) return null; // none
  if (isPlain(value)) return value;
  throw new ArgumentError(`${what} is ${String(value)}, which Keras's files cannot hold; save as .safetensors.`);
}

const isPlain = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every(isPlain)
    : value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
