/** Calls of layers as Keras's files list them with each layer, `inbound_nodes`. */
import { FileError } from "../../errors.js";
import {
  asList,
  asName,
  asObject,
  brief,
  isObject,
  type JsonObject,
  type Reading,
  shown,
  sortedKeys,
} from "./reading.js";

/** What a call of a layer gave: by the layer's name, which of its calls, which of its results. */
export interface Place {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
  /** Number of axes, where the file says it. */
  readonly rank?: number;
}

export interface Node {
  /** Whether it is listed as Keras 3 does it. */
  readonly isKeras3: boolean;
  /** Initial states of recurrent layers come after x. */
  inputs: readonly Place[];
  readonly takesList: boolean;
  readonly masks: readonly Place[];
  readonly options: { training?: boolean };
  /** Arguments that are plain values, which only operations take. */
  readonly values: readonly unknown[];
}

/** @throws FileError for arguments that calls of our layers have not. */
export function readNode(reading: Reading, label: string, node: unknown): Node {
  return isObject(node) ? readNode3(reading, label, node) : readNode2(reading, label, asList(reading, `a call of ${label}`, node)); // prettier-ignore
}

// ── Keras 3: { args, kwargs } with tensors as { class_name: "__keras_tensor__", config: { keras_history } } ───────────

function readNode3(reading: Reading, label: string, { args, kwargs }: JsonObject): Node {
  const [x, ...more] = asList(reading, `the arguments of ${label}`, args);
  const places = more.filter((item) => item instanceof Object).flatMap((item) => placesIn(reading, label, item));
  const { masks, states } = readKeywords(reading, label, asObject(reading, `the arguments of ${label}`, kwargs ?? {}), placesIn); // prettier-ignore
  const first = placesIn(reading, label, x);
  return {
    isKeras3: true,
    inputs: [...first, ...places, ...states],
    takesList: !isTensor(x) || places.length + states.length > 0,
    masks,
    // A model of Keras 3 hands its own `training` to all layers, whatever they were called with.
    options: {},
    values: more.filter((item) => !(item instanceof Object) && item !== null),
  };
}

const isTensor = (value: unknown): value is JsonObject => isObject(value) && value.class_name === "__keras_tensor__";

/** The tensors of a structure: one, a list, or an object, whose keys count in alphabetical order. Null is none. */
function placesIn(reading: Reading, label: string, value: unknown): Place[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => placesIn(reading, label, item));
  if (!isTensor(value)) {
    if (isObject(value) && value.class_name === undefined)
      return placesIn(
        reading,
        label,
        sortedKeys(value).map((key) => value[key]),
      );
    throw new FileError(`${reading.where}: ${label} is called on ${shown(value)}; expected tensors.`);
  }
  const { keras_history, shape } = asObject(reading, `an argument of ${label}`, value.config);
  return [{ ...readPlace(reading, label, keras_history), ...(Array.isArray(shape) && { rank: shape.length }) }];
}

// ── Keras 2: a list of [name, node, tensor, keywords], the keywords repeated with each ────────────────────────────────

function readNode2(reading: Reading, label: string, items: readonly unknown[]): Node {
  const inputs = items.map((item) => readPlace(reading, label, item));
  const [first] = items as unknown[][];
  const { masks, states, training } = readKeywords(reading, label, asObject(reading, `the arguments of ${label}`, first?.[3] ?? {}), places2); // prettier-ignore
  return {
    isKeras3: false,
    inputs: [...inputs, ...states],
    takesList: inputs.length + states.length > 1,
    masks,
    options: training === undefined ? {} : { training },
    values: [],
  };
}

function places2(reading: Reading, label: string, value: unknown): Place[] {
  if (value === null) return [];
  const list = asList(reading, `an argument of ${label}`, value);
  return isPlace(list) ? [readPlace(reading, label, list)] : list.flatMap((item) => places2(reading, label, item));
}

// ── both ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

function readKeywords(
  reading: Reading,
  label: string,
  { training, mask = null, initial_state = null, ...others }: JsonObject,
  places: typeof placesIn,
) {
  const other = Object.entries(others).find(([, value]) => value !== null);
  if (other) {
    throw new FileError(
      `${reading.where}: ${label} is called with ${brief(other[0])}: ${shown(other[1])}, which is not supported.`,
    );
  }
  if (training != null && typeof training !== "boolean") {
    throw new FileError(
      `${reading.where}: ${label} is called with training: ${shown(training)}; expected true or false.`,
    );
  }
  return {
    training: training ?? undefined,
    masks: places(reading, label, mask),
    states: places(reading, label, initial_state),
  };
}

/** [name, node, tensor]. */
export const isPlace = (value: unknown): boolean => Array.isArray(value) && value.length >= 3 && typeof value[0] === "string"; // prettier-ignore

export function readPlace(reading: Reading, label: string, value: unknown): Place {
  const [layer, node, tensor] = asList(reading, `an argument of ${label}`, value);
  if (![node, tensor].every((index) => Number.isSafeInteger(index) && (index as number) >= 0)) {
    throw new FileError(`${reading.where}: ${label} names ${shown(value)}; expected [layer, call, result].`);
  }
  return { layer: asName(reading, `an argument of ${label}`, layer), node: node as number, tensor: tensor as number };
}
