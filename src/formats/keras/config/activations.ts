/**
 * Activations, read and written. Both sides have names; with options they are layers in Keras and
 * `{ className, config }` here.
 */
import { ArgumentError, FileError } from "../../../errors.js";
import type { Named } from "../../../named.js";
import { camel, foldName, kerasObject, snake } from "./names.js";
import { asName, asObject, showWord, type JsonObject, plainValue, showValue } from "../../json.js";

const names = [
  ...["linear", "relu", "relu6", "leakyRelu", "elu", "selu", "gelu", "celu", "glu", "silu", "swish", "mish"],
  ...["sigmoid", "hardSigmoid", "hardSilu", "hardSwish", "logSigmoid", "sparseSigmoid", "tanh", "hardTanh"],
  ...["tanhShrink", "hardShrink", "softShrink", "threshold", "softplus", "sparsePlus", "squareplus", "softsign"],
  ...["exponential", "softmax", "logSoftmax", "sparsemax"],
];

/** Keras's layers that are activations, with the options that the function has too. */
const layers: Readonly<Record<string, { readonly name: string; readonly options: readonly string[] }>> = {
  ReLU: { name: "relu", options: ["maxValue", "negativeSlope", "threshold"] },
  LeakyReLU: { name: "leakyRelu", options: ["negativeSlope"] },
  ELU: { name: "elu", options: ["alpha"] },
  Softmax: { name: "softmax", options: ["axis"] },
};
/** Options of every layer, which mean nothing for a function. */
const ofLayers = ["name", "trainable", "dtype", "batch_input_shape"];

/** An activation from Keras's description. @throws FileError for one that is not in the tables. */
export function readActivation(what: string, value: unknown, isKeras2: boolean): Named | string {
  if (value == null) return "linear";
  const given = typeof value === "string" ? value : functionName(asObject(what, value));
  if (given === undefined) return readLayer(what, value as JsonObject);
  const word = foldName(given);
  const name = names.find((known) => foldName(known) === word);
  // In Keras 1, 2 and TensorFlow.js it is 0.2 x + 0.5, in Keras 3 x / 6 + 0.5.
  if (name === "hardSigmoid" && isKeras2) return "hardSigmoidKeras2";
  if (name !== undefined) return name;
  throw new FileError(
    `${what} is ${showValue(given)}, which is not a known activation; put it into a layer of your own and call registerLayer.`,
  );
}

/** The name of a function, `{ class_name: "function", config: name }`; undefined for a layer. */
function functionName({ class_name, config }: JsonObject): string | undefined {
  if (typeof class_name !== "string" || Object.hasOwn(layers, class_name)) return undefined;
  return class_name === "function" && typeof config === "string" ? config : class_name;
}

function readLayer(what: string, { class_name, config }: JsonObject): Named {
  const { name, options } = layers[asName(`the class of ${what}`, class_name)];
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(asObject(what, config ?? {}))) {
    if (item === null || ofLayers.includes(key)) continue;
    const option = key === "alpha" && name === "leakyRelu" ? "negativeSlope" : camel(key); // Keras 2's name of the option
    if (!options.includes(option)) {
      throw new FileError(`${what} (${name}) has the option ${showWord(key)}: ${showValue(item)}, which is not known.`);
    }
    result[option] = plainValue(`${what}: ${showWord(key)}`, item);
  }
  return { className: name, config: result };
}

/**
 * An activation as Keras reads it.
 * @throws ArgumentError for what Keras does not have: options of a function without a layer.
 */
export function writeActivation(what: string, value: unknown): object | string | null {
  if (value == null) return null;
  const { className, config = {} } = typeof value === "string" ? { className: value } : (value as Named);
  const name = camel(className.charAt(0).toLowerCase() + className.slice(1));
  const options = Object.entries(config);
  if (!names.includes(name))
    throw new ArgumentError(`${what} is ${className}, which Keras 3 does not have; save as .safetensors.`);
  if (options.length === 0) return snake(name);
  const layer = Object.entries(layers).find(([, entry]) => entry.name === name);
  if (!layer) {
    throw new ArgumentError(
      `${what} is ${className} with options, which Keras's function does not have; save as .safetensors.`,
    );
  }
  const written = Object.fromEntries(options.map(([key, item]) => [snake(key), item]));
  return kerasObject("keras.layers", layer[0], written);
}
