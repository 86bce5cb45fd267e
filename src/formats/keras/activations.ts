/** Activations: names on both sides; with options they are layers there and `{ className, config }` here. */
import { ArgumentError, FileError } from "../../errors.js";
import type { Named } from "../../named.js";
import { camel, folded, snake } from "./names.js";
import { asObject, brief, type JsonObject, plainValue, type Reading, shown } from "./reading.js";

const names = [
  ...["linear", "relu", "relu6", "leakyRelu", "elu", "selu", "gelu", "celu", "glu", "silu", "swish", "mish"],
  ...["sigmoid", "hardSigmoid", "hardSilu", "hardSwish", "logSigmoid", "sparseSigmoid", "tanh", "hardTanh"],
  ...["tanhShrink", "hardShrink", "softShrink", "threshold", "softplus", "sparsePlus", "squareplus", "softsign"],
  ...["exponential", "softmax", "logSoftmax", "sparsemax"],
];

/** Layers that stand for the activation of their name, with those options that have a meaning there. */
const layers: Readonly<Record<string, { readonly name: string; readonly options: readonly string[] }>> = {
  ReLU: { name: "relu", options: ["maxValue", "negativeSlope", "threshold"] },
  LeakyReLU: { name: "leakyRelu", options: ["negativeSlope"] },
  ELU: { name: "elu", options: ["alpha"] },
  Softmax: { name: "softmax", options: ["axis"] },
};
/** Options of every layer, which are none of a function's. */
const ofLayers = ["name", "trainable", "dtype", "batch_input_shape"];

/** @throws FileError for what is not in the tables. */
export function readActivation(reading: Reading, what: string, value: unknown): Named | string {
  if (value == null) return "linear";
  const given = typeof value === "string" ? value : functionName(asObject(reading, what, value));
  if (given === undefined) return readLayer(reading, what, value as JsonObject);
  const word = folded(given);
  const name = names.find((known) => folded(known) === word);
  // Keras 1 and 2 and TensorFlow.js mean 0.2 x + 0.5 by it, Keras 3 x / 6 + 0.5.
  if (name === "hardSigmoid" && reading.isKeras2) return "hardSigmoidKeras2";
  if (name !== undefined) return name;
  throw new FileError(
    `${reading.where}: ${what} is ${shown(given)}, an activation that is not known; a layer of your own (registerLayer) can hold it.`,
  );
}

/** Functions are `{ class_name: "function", config: name }`; Keras's own are found by their names. */
function functionName({ class_name, config }: JsonObject): string | undefined {
  if (typeof class_name !== "string" || Object.hasOwn(layers, class_name)) return undefined;
  return class_name === "function" && typeof config === "string" ? config : class_name;
}

function readLayer(reading: Reading, what: string, { class_name, config }: JsonObject): Named {
  const { name, options } = layers[class_name as string];
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(asObject(reading, what, config ?? {}))) {
    if (item === null || ofLayers.includes(key)) continue;
    const option = key === "alpha" && name === "leakyRelu" ? "negativeSlope" : camel(key); // Keras 2's word
    if (!options.includes(option)) {
      throw new FileError(`${reading.where}: ${what} (${name}) has the option ${brief(key)}: ${shown(item)}, which is not known.`); // prettier-ignore
    }
    result[option] = plainValue(reading, `${what}: ${brief(key)}`, item);
  }
  return { className: name, config: result };
}

/** As Keras reads it. @throws ArgumentError for what Keras has not, such as options of functions that are no layers too. */
export function writeActivation(what: string, value: unknown): object | string | null {
  if (value == null) return null;
  const { className, config = {} } = typeof value === "string" ? { className: value } : (value as Named);
  const name = camel(className.charAt(0).toLowerCase() + className.slice(1));
  const options = Object.entries(config);
  if (!names.includes(name)) throw new ArgumentError(`${what} is ${className}, which Keras 3 has not; save as .safetensors.`); // prettier-ignore
  if (options.length === 0) return snake(name);
  const layer = Object.entries(layers).find(([, entry]) => entry.name === name);
  if (!layer) {
    throw new ArgumentError(
      `${what} is ${className} with options, which Keras's function has not; save as .safetensors.`,
    );
  }
  const written = Object.fromEntries(options.map(([key, item]) => [snake(key), item]));
  return { module: "keras.layers", class_name: layer[0], config: written, registered_name: null };
}
