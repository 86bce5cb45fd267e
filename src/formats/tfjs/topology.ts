/** The architecture in model.json, which is Keras 2's but for a habit of TensorFlow.js. */
import { isObject, type JsonObject } from "../keras/readContext.js";

/** What the options of an RNN are, without those of its cell. */
const rnnOptions = [
  ...["name", "trainable", "dtype", "batch_input_shape", "cell"],
  ...["return_sequences", "return_state", "go_backwards", "stateful", "unroll"],
];

/** TensorFlow.js repeats a cell's options among those of the RNN around it; here they are the cell's alone. */
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
