/** The entries of a graph in a file of Keras, and their calls: `inbound_nodes`. */
import { FileError } from "../../../../errors.js";
import type { Named } from "../../../../named.js";
import type { CallWords } from "../callTable.js";
import { readNamedCall, wordsOfCall } from "./namedCalls.js";
import type { OurCall } from "../operationTable.js";
import { asList, asName, asObject, showWord, isObject, type JsonObject, showValue, sortedKeys } from "../../../json.js";

/** A result of a call: the name of the layer, the number of its call, and the number of the result. */
export interface TensorPlace {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
  /** The number of axes, if the file contains it. */
  readonly rank?: number;
}

export interface CallNode {
  /** Whether it is in the form of Keras 3. */
  readonly isKeras3: boolean;
  /** The arguments; the initial states of a recurrent layer come after x. */
  inputs: readonly TensorPlace[];
  readonly takesList: boolean;
  readonly masks: readonly TensorPlace[];
  readonly options: { readonly [option: string]: boolean };
  /** Arguments that are not tensors, which only operations have. */
  readonly values: readonly unknown[];
  /** What an operation computes; undefined for a layer. */
  readonly operation?: OurCall;
}

/** A call of an operation. */
export interface OperationCall extends OurCall {
  /** The tensors that it reads, in the order of their numbers. */
  readonly inputs: readonly TensorPlace[];
}

/** A layer of a graph, or an operation. */
export interface GraphEntry {
  /** The name by which calls refer to it. */
  readonly key: string;
  /** Undefined for an operation that only computes masks. */
  layer: Named | undefined;
  /** The class of an operation; undefined for a layer. */
  readonly operation: string | undefined;
  readonly calls: readonly GraphCall[];
}

/** A call of a layer or operation. */
export interface GraphCall extends CallNode {
  readonly entry: GraphEntry;
}

/** One call of a layer of a class. @throws FileError for arguments that calls of our layers do not have. */
export function readNode(label: string, node: unknown, className: unknown): CallNode {
  const words = wordsOfCall(className);
  return isObject(node)
    ? readKeras3Node(label, node, words)
    : readKeras2Node(label, asList(`a call of ${label}`, node), words);
}

// ── Keras 3: { args, kwargs } with tensors as { class_name: "__keras_tensor__", config: { keras_history } } ──────────

function readKeras3Node(label: string, { args, kwargs }: JsonObject, words: CallWords | undefined): CallNode {
  const given = asList(`the arguments of ${label}`, args);
  if (words) {
    const named = readNamedCall(label, words, given, asObject(`the arguments of ${label}`, kwargs ?? {}), keras3Places);
    return { isKeras3: true, ...named, takesList: named.inputs.length > 1, values: [] };
  }
  const [x, ...more] = given;
  const places = more.filter((item) => item instanceof Object).flatMap((item) => keras3Places(label, item));
  const { masks, states } = readKeywords(label, kwargs, keras3Places);
  const first = keras3Places(label, x);
  return {
    isKeras3: true,
    inputs: [...first, ...places, ...states],
    takesList: !isTensor(x) || places.length + states.length > 0,
    masks,
    // A model of Keras 3 passes its own `training` to all layers, whatever they were called with.
    options: {},
    values: more.filter((item) => !(item instanceof Object) && item !== null),
  };
}

const isTensor = (value: unknown): value is JsonObject => isObject(value) && value.class_name === "__keras_tensor__";

/**
 * The tensors in a structure: one, a list, or an object, whose keys are visited in alphabetical order. Null is no
 * tensor.
 */
function keras3Places(label: string, value: unknown): TensorPlace[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => keras3Places(label, item));
  if (isObject(value) && value.class_name === undefined) {
    return sortedKeys(value).flatMap((key) => keras3Places(label, value[key]));
  }
  if (!isTensor(value)) throw new FileError(`${label} is called on ${showValue(value)}; expected tensors.`);
  const { keras_history, shape } = asObject(`an argument of ${label}`, value.config);
  return [{ ...readTensorPlace(label, keras_history), ...(Array.isArray(shape) && { rank: shape.length }) }];
}

// ── Keras 2: a list of [name, node, tensor, keywords], the keywords repeated with each ───────────────────────────────

function readKeras2Node(label: string, items: readonly unknown[], words: CallWords | undefined): CallNode {
  const [first] = items as unknown[][];
  if (words) {
    // The first argument is one place, or the list of all; the others are keywords.
    const keywords = asObject(`the arguments of ${label}`, first?.[3] ?? {});
    const named = readNamedCall(label, words, [items], keywords, keras2Places);
    return { isKeras3: false, ...named, takesList: named.inputs.length > 1, values: [] };
  }
  const inputs = items.map((item) => readTensorPlace(label, item));
  const { masks, states, training } = readKeywords(label, first?.[3], keras2Places);
  return {
    isKeras3: false,
    inputs: [...inputs, ...states],
    takesList: inputs.length + states.length > 1,
    masks,
    options: training === undefined ? {} : { training },
    values: [],
  };
}

function keras2Places(label: string, value: unknown): TensorPlace[] {
  if (value === null) return [];
  const list = asList(`an argument of ${label}`, value);
  return isTensorPlace(list) ? [readTensorPlace(label, list)] : list.flatMap((item) => keras2Places(label, item));
}

// ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function readKeywords(label: string, keywords: unknown, places: (label: string, value: unknown) => TensorPlace[]) {
  const given = asObject(`the arguments of ${label}`, keywords ?? {});
  const { training, mask = null, initial_state = null, ...others } = given;
  const other = Object.entries(others).find(([, value]) => value !== null);
  if (other) {
    throw new FileError(
      `${label} is called with ${showWord(other[0])}: ${showValue(other[1])}, which is not supported.`,
    );
  }
  if (training != null && typeof training !== "boolean") {
    throw new FileError(`${label} is called with training: ${showValue(training)}; expected true or false.`);
  }
  return { training: training ?? undefined, masks: places(label, mask), states: places(label, initial_state) };
}

/** Whether a value is [layer, call, result]. */
export const isTensorPlace = (value: unknown): boolean =>
  Array.isArray(value) && value.length >= 3 && typeof value[0] === "string";

export function readTensorPlace(label: string, value: unknown): TensorPlace {
  const [layer, node, tensor] = asList(`an argument of ${label}`, value);
  if (![node, tensor].every((index) => Number.isSafeInteger(index) && (index as number) >= 0)) {
    throw new FileError(`${label} names ${showValue(value)}; expected [layer, call, result].`);
  }
  return { layer: asName(`an argument of ${label}`, layer), node: node as number, tensor: tensor as number };
}
