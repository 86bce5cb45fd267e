/**
 * Operations of TensorFlow among the layers of Keras 2: TFOpLambda and SlicingOpLambda, whose calls have the arguments of
 * the function, and TensorFlowOpLayer of TensorFlow 1 to 2.3, which holds one node of TensorFlow's graph.
 */
import { FileError } from "../../../../errors.js";
import { asList, asName, asObject, isObject, type JsonObject, showValue, showWord } from "../../../json.js";
import type { OurCall } from "../operationTable.js";
import { tensorFlowFunctions, tensorFlowNodes } from "../tensorFlowTable.js";
import { isTensorPlace, type OperationCall, readTensorPlace, type TensorPlace } from "./nodes.js";

const classes = ["TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"];

/** Whether a class of Keras 2 is one for operations. */
export const isKeras2Operation = (className: unknown): boolean => classes.includes(className as string);

/**
 * The call of an operation of TensorFlow.
 * @param label what errors begin with.
 * @throws FileError for an operation or an argument that is not supported.
 */
export function readKeras2Operation(label: string, described: JsonObject, node: unknown): OperationCall {
  const config = asObject(`the config of ${label}`, described.config);
  const items = asList(`a call of ${label}`, node);
  return described.class_name === "TensorFlowOpLayer"
    ? readGraphNode(label, config, items)
    : readFunction(label, config, items);
}

// ── TFOpLambda and SlicingOpLambda ───────────────────────────────────────────────────────────────────────────────────

/** A function of TensorFlow, by its name without `tf.`, with the arguments by their names. */
function readFunction(label: string, { function: given }: JsonObject, items: readonly unknown[]): OperationCall {
  const name = asName(`the function of ${label}`, given);
  const where = `tf.${name} ${label.split(" ").at(-1)}`;
  const row = Object.hasOwn(tensorFlowFunctions, name) ? tensorFlowFunctions[name] : undefined;
  if (!row)
    throw new FileError(`${where} is a function of TensorFlow that is not known here; write it in Keras as a layer.`);
  const inputs: TensorPlace[] = [];
  const argument = (value: unknown, depth = 0): unknown => {
    if (Array.isArray(value) && value[0] === "_CONSTANT_VALUE") return value[2];
    if (isTensorPlace(value))
      return { tensor: inputs.push(readTensorPlace(where, (value as unknown[]).slice(0, 3))) - 1 };
    if (Array.isArray(value) && depth < 8) return value.map((item) => argument(item, depth + 1));
    if (!isObject(value)) return value;
    if (value.class_name === "__ellipsis__") return "...";
    if (["start", "stop", "step"].every((end) => end in value)) return readRange(where, value);
    throw new FileError(`${where} has the argument ${showValue(value)}, which is not supported.`);
  };
  const isOne = typeof items[0] === "string";
  const [first] = (isOne ? [items] : items) as unknown[][];
  const keywords = asObject(`the arguments of ${where}`, (Array.isArray(first) ? first[3] : undefined) ?? {});
  const values: Record<string, unknown> = { [row.names[0]]: argument(isOne ? items : items.map((item) => (item as unknown[]).slice(0, 3))) }; // prettier-ignore
  for (const [key, value] of Object.entries(keywords)) {
    if (key === "name" || value === null) continue;
    const fixed = Object.hasOwn(row.fixed, key) ? row.fixed[key] : undefined;
    if (fixed === "any" || fixed?.includes(value)) continue;
    if (fixed || !row.names.includes(key)) {
      throw new FileError(`${where} has ${showWord(key)}: ${showValue(value)}, which is not supported.`);
    }
    values[key] = argument(value);
  }
  return complete(where, row.read(values), inputs);
}

/** A range of indices, `start:stop:step` in Python. */
function readRange(where: string, given: JsonObject): unknown {
  const ends = ["start", "stop", "step"].map((name) => [name, given[name] ?? null] as const);
  if (ends.every(([, value]) => value === null || Number.isSafeInteger(value))) {
    return Object.fromEntries(ends.filter(([, value]) => value !== null));
  }
  throw new FileError(`${where} has the range ${showValue(given)}; expected whole numbers or null.`);
}

function complete(where: string, call: OurCall | undefined, inputs: readonly TensorPlace[]): OperationCall {
  if (!call) throw new FileError(`${where} has arguments that are not supported.`);
  if (inputs.length === 0) throw new FileError(`${where} reads no tensor, which is not supported.`);
  return { ...call, inputs };
}

// ── TensorFlowOpLayer ────────────────────────────────────────────────────────────────────────────────────────────────

/** A node of TensorFlow's graph: its inputs in order, some of which are constants. */
function readGraphNode(label: string, config: JsonObject, items: readonly unknown[]): OperationCall {
  const { op, attr, input } = nodeOf(label, config.node_def);
  const name = asName(`the operation of ${label}`, op);
  const where = `${showWord(name)} ${label.split(" ").at(-1)}`;
  const row = Object.hasOwn(tensorFlowNodes, name) ? tensorFlowNodes[name] : undefined;
  if (!row)
    throw new FileError(`${where} is an operation of TensorFlow that is not known here; write it in Keras as a layer.`);
  const constants = asObject(`the constants of ${label}`, config.constants ?? {});
  const places = (typeof items[0] === "string" ? [items] : items).map((item) => readTensorPlace(label, item));
  const count = Array.isArray(input) ? input.length : places.length + Object.keys(constants).length;
  if (count > 1000 || count < places.length)
    throw new FileError(`${where} has ${count} inputs, which is not supported.`);
  let next = 0;
  const values = Array.from({ length: count }, (_, i): unknown =>
    Object.hasOwn(constants, i) ? constants[i] : next < places.length ? { tensor: next++ } : null,
  );
  return complete(where, row(values, attributes(attr)), places);
}

/** The node as JSON, or the JSON of it. */
function nodeOf(label: string, value: unknown): JsonObject {
  if (typeof value !== "string") return asObject(`node_def of ${label}`, value);
  try {
    return asObject(`node_def of ${label}`, JSON.parse(value));
  } catch {
    throw new FileError(`node_def of ${label} is no JSON; save the model again with TensorFlow 2.4 or later.`);
  }
}

/** Attributes by name, as plain values: protocol buffers say of each which kind it is. */
function attributes(attr: unknown): JsonObject {
  if (!isObject(attr)) return {};
  const plain = (value: unknown): unknown => {
    if (!isObject(value)) return value;
    const [[kind, item] = []] = Object.entries(value);
    if (kind === "i") return Number(item);
    if (kind !== "list" || !isObject(item)) return item;
    return Array.isArray(item.i) ? item.i.map(Number) : [];
  };
  return Object.fromEntries(Object.entries(attr).map(([name, value]) => [name, plain(value)]));
}
