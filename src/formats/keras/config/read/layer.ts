/** Layers from Keras's descriptions: `{ class_name, config }` becomes our `{ className, config }`. */
import { FileError } from "../../../../errors.js";
import type { Named } from "../../../../named.js";
import { layerClasses } from "../../../../registry.js";
import { readActivation } from "../activations.js";
import { any, layerTable, type LayerWords, notKeras, optionAdvice, refused, replacedLayers } from "../layerTable.js";
import { camel } from "../names.js";
import { constraints, initializers, readNamed, regularizers } from "../weightRules.js";
import { isOperation } from "./masks.js";
import { turnBidirectional, withChannels } from "./channelsFirst.js";
import { type ReadContext, unsupported, readCommon, unfreezeAround } from "./common.js";
import { noteInputDtype } from "./dtypes.js";
import { readGraph, readSequential } from "./graph.js";
import {
  asList,
  asName,
  showWord,
  asObject,
  asShape,
  isObject,
  type JsonObject,
  plainValue,
  showValue,
} from "../../../json.js";

/** The classes of a functional model. */
const graphs = ["Functional", "Model"];
/** Options of every layer, which `readCommon` reads. Those for shapes are of the first layer of a Sequential (Keras 2). */
const common = ["name", "trainable", "dtype", "quantization_config", "batch_input_shape", "batch_shape"];

/**
 * A layer from Keras's description.
 * @throws FileError for a class that is not known, and for options that our layer does not have.
 */
export function readLayer(context: ReadContext, what: string, value: unknown): Named {
  const described = asObject(what, value);
  return context.met.at(described, readClass(context, what, described));
}

function readClass(context: ReadContext, what: string, described: JsonObject): Named {
  const { class_name, config: given, name } = described;
  const written = asName(`the class of ${what}`, class_name);
  const config = Array.isArray(given) ? { layers: given } : asObject(`the config of ${what}`, given); // Keras 1
  const label = `${showWord(written)} ${showValue(config.name ?? name)}`;
  const custom = customName(described, written);
  const replaced = Object.hasOwn(replacedLayers, written) ? replacedLayers[written] : undefined;
  const className = replaced?.className ?? written;
  if (custom !== undefined) return { className: custom, config: readCustom(context, label, config) };
  if (graphs.includes(className)) return { className: "Functional", config: readGraph(context, label, config) };
  if (className === "Sequential") return { className, config: readSequential(context, label, config, described) };
  if (className === "InputLayer") return { className, config: readInput(context, label, config) };
  if (!isKeras(described) || !Object.hasOwn(layerTable, className)) throw unknownLayer(label, described);
  const options = { ...replaced?.config, ...readOptions(context, label, layerTable[className], config) };
  const inside = [options.layer, options.backwardLayer, options.cell, options.cells].flat() as Named[];
  const named = withChannels(config, { className, config: unfreezeAround(context, options, inside) });
  return className === "Bidirectional" ? turnBidirectional(label, named) : named;
}

/** Whether the class is one of Keras's: the registered names of user-defined classes are `package>Name`. */
const isKeras = ({ registered_name: name }: JsonObject): boolean => !(typeof name === "string" && name.includes(">"));

/** Names that always mean the built-in class, whatever is registered. */
const builtIn = new Set([
  ...[layerTable, notKeras, replacedLayers].flatMap(Object.keys),
  ...graphs,
  "Sequential",
  "InputLayer",
]);

/** The name of a user-defined class that `registerLayer` was given: `package>Name` or `Name`. */
function customName(described: JsonObject, className: string): string | undefined {
  const { registered_name: registered } = described;
  const names = typeof registered === "string" && registered.includes(">") ? [registered, className] : [className];
  return isOperation(described) ? undefined : names.find((name) => layerClasses.has(name) && !builtIn.has(name));
}

function unknownLayer(label: string, described: JsonObject): FileError {
  if (isOperation(described)) {
    return new FileError(`${label} is an operation, not a layer; write it in Keras as a layer, such as Add.`);
  }
  if (described.class_name === "Lambda") {
    return new FileError(`${label} holds code, which is never run; write it as a layer and call registerLayer.`);
  }
  const { class_name: className } = described as { class_name: string };
  if (isKeras(described) && Object.hasOwn(refused, className)) {
    return new FileError(`${label} ${refused[className]}; ${className} is not supported.`);
  }
  return new FileError(`${label} is of a class that is not known; call registerLayer with it if it is your own.`);
}

function readInput({ dtypes }: ReadContext, label: string, config: JsonObject): Record<string, unknown> {
  const { name, batch_shape, batch_input_shape, dtype = "float32", sparse, ragged, optional, ...rest } = config;
  const [batchSize, ...shape] = asShape(`the shape of ${label}`, batch_shape ?? batch_input_shape);
  if (dtype !== "string") noteInputDtype(dtypes, label, dtype);
  const unusual = Object.entries({ sparse, ragged, optional, ...rest }).find(
    ([, value]) => value != null && value !== false,
  );
  if (unusual) throw unsupported(label, ...unusual);
  return { name: asName(`the name of ${label}`, name), shape, batchSize, ...(dtype === "string" && { dtype }) };
}

// ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function readOptions(
  context: ReadContext,
  label: string,
  words: LayerWords,
  config: JsonObject,
): Record<string, unknown> {
  const result = readCommon(context, label, words.fixed.dtype === any ? { ...config, dtype: null } : config);
  for (const [key, value] of Object.entries(config)) {
    if (common.includes(key)) continue;
    const option = Object.hasOwn(words.renamed, key) ? words.renamed[key] : camel(key);
    if (words.options.includes(option) || option === "activityRegularizer") {
      const given =
        words.listed.includes(option) && Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
      result[option] = readOption(context, `${label}: ${showWord(key)}`, option, given);
    } else {
      checkFixed(label, words, key, value);
    }
  }
  return result;
}

/**
 * Options of other versions of Keras are null where they have no effect.
 * @throws FileError for other values that are not supported.
 */
function checkFixed(label: string, { fixed }: LayerWords, key: string, value: unknown): void {
  if (value === null) return;
  const allowed = Object.hasOwn(fixed, key) ? fixed[key] : [];
  if (allowed === any || allowed.includes(value)) return;
  throw unsupported(label, key, value, Object.hasOwn(optionAdvice, key) ? optionAdvice[key] : undefined);
}

/** Reads a value in the way that the name of its option requires. */
function readOption(context: ReadContext, what: string, option: string, value: unknown): unknown {
  if (option.endsWith("Initializer")) return readNamed(what, initializers, value) ?? undefined;
  if (option.endsWith("Regularizer")) return readNamed(what, regularizers, value);
  if (option.endsWith("Constraint")) return readNamed(what, constraints, value);
  if (option === "activation" || option === "recurrentActivation") return readActivation(what, value, context.isKeras2);
  if (["cells", "layers"].includes(option)) {
    return asList(what, value).map((item) => context.layer(`a layer of ${what}`, item));
  }
  if (["layer", "backwardLayer", "cell"].includes(option))
    return value == null ? undefined : context.layer(what, value);
  return plainValue(what, value);
}

/** The options of a user-defined layer. All are kept, because only its class can interpret them. */
function readCustom(context: ReadContext, label: string, config: JsonObject): Record<string, unknown> {
  const result = readCommon(context, label, config);
  for (const [key, value] of Object.entries(config)) {
    if (common.includes(key)) continue;
    const isLayer = isObject(value) && typeof value.class_name === "string" && isObject(value.config);
    result[camel(key)] = isLayer
      ? context.layer(`${label}: ${showWord(key)}`, value)
      : plainValue(`${label}: ${showWord(key)}`, value);
  }
  return result;
}
