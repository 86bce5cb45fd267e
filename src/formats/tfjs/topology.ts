/** The architecture in model.json, which is that of Keras 2 except for repeated options. */
import { isObject, type JsonObject } from "../json.js";

/** The options of an RNN itself, without those of its cell. */
const rnnOptions = [
  ...["name", "trainable", "dtype", "batch_input_shape", "cell"],
  ...["return_sequences", "return_state", "go_backwards", "stateful", "unroll"],
];

/** A topology without the options of cells that TensorFlow.js repeats among those of the RNN around them. */
export function removeRepeats(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(removeRepeats);
  if (!isObject(json)) return json;
  const entries = Object.entries(json);
  const isRnn = json.class_name === "RNN" && isObject(json.config);
  const changed = isRnn ? entries.map(([key, value]) => [key, key === "config" ? ownOptions(value) : value]) : entries;
  return Object.fromEntries(changed.map(([key, value]) => [key, removeRepeats(value)]));
}

function ownOptions(config: unknown): unknown {
  const { cell } = config as JsonObject;
  if (!isObject(cell) || !isObject(cell.config)) return config;
  const { config: repeated } = cell;
  const own = Object.entries(config as JsonObject).filter(
    ([key]) => rnnOptions.includes(key) || !Object.hasOwn(repeated, key),
  );
  return Object.fromEntries(own);
}
