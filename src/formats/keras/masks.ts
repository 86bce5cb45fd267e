/**
 * Masks in Keras 3's files: each call is listed with the mask that it was given, computed by operations among the layers. Here masks
 * hang on the tensors by themselves, so that is left out where it is the mask that the tensor has anyway.
 */
import { FileError } from "../../errors.js";
import type { Call, Entry } from "./entry.js";
import type { Place } from "./readNodes.js";
import { isObject, type JsonObject, type Reading, shown } from "./reading.js";

/** Operations, such as that behind `x + y`, are no layers. In `.h5` files they have no module; those of masks are found all the same. */
export const isOperation = ({ module, class_name, config }: JsonObject): boolean => {
  if (typeof module === "string") return /\.ops(\.|$)/.test(module);
  // There is a layer of that name too, which says whether it is trainable.
  if (class_name === "Concatenate") return isObject(config) && config.trainable === undefined;
  return ofMasks.includes(class_name as string);
};
/** Of a tensor's shape, and neither here nor there. */
const neutral = ["ZerosLike", "OnesLike"];
const ofMasks = ["NotEqual", "Any", "LogicalAnd", "LogicalOr", "ExpandDims", ...neutral];

/** What masks say: that a tensor is not a number. */
type Masks = ReadonlySet<string>;
const none: Masks = new Set();
const other: Masks = new Set(["something else"]);

const said = ({ layer, node, tensor }: Place, value: unknown): string => JSON.stringify([layer, node, tensor, value]);

/** Through these no mask goes. */
const ends = /Conv|Flatten|Reshape|Permute|Pool|Padding|Crop|Sampling|Resizing|RepeatVector|Dot/;
const maxMasks = 16;

/** @throws FileError for an operation whose result is not such a mask. */
export function checkMasks(
  reading: Reading,
  label: string,
  entries: ReadonlyMap<string, Entry>,
  sorted: readonly Call[],
): void {
  /** What the results of each call carry, or what a mask that an operation gives says. */
  const carried = new Map<Call, Masks>();
  const of = (place: Place): Masks => carried.get(entries.get(place.layer)?.calls[place.node] as Call) ?? none;
  const isOperation = ({ layer }: Place) => entries.has(layer) && !entries.get(layer)!.layer;
  for (const call of sorted) {
    const { entry, inputs, masks } = call;
    if (!entry.layer) {
      carried.set(call, sayings(call, inputs.every(isOperation) ? union(inputs.map(of)) : other));
      continue;
    }
    const computed = inputs.find(isOperation);
    const operation = computed && entries.get(computed.layer)!;
    if (operation) {
      throw new FileError(`${reading.where}: ${label} computes with ${operation.operation} ${shown(operation.key)}, an operation; write it in Keras as a layer.`); // prettier-ignore
    }
    const own = union(inputs.map(of));
    const given = union(masks.map(of));
    if (masks.length > 0 && (given.size === 0 || ![...given].every((mask) => own.has(mask)))) {
      throw new FileError(`${reading.where}: ${label} gives ${shown(entry.key)} a mask other than that of its input, which is not supported.`); // prettier-ignore
    }
    if (entry.operation !== undefined && own.size > 0) {
      throw new FileError(`${reading.where}: ${label} loses a mask at ${entry.operation} ${shown(entry.key)}, an operation; write it in Keras as a layer.`); // prettier-ignore
    }
    if (own.size > maxMasks) throw new FileError(`${reading.where}: ${label} joins more than ${maxMasks} masks.`);
    carried.set(call, ownMasks(call) ?? (isEnd(entry) ? none : own));
  }
}

/** @param joined what the operation is given says. */
function sayings({ entry: { operation }, inputs, values }: Call, joined: Masks): Masks {
  if (neutral.includes(operation!)) return none;
  const isLeaf = operation === "NotEqual" && inputs.length === 1 && values.length === 1;
  return isLeaf ? new Set([said(inputs[0], values[0])]) : joined;
}

function ownMasks({ entry, inputs }: Call): Masks | undefined {
  const { maskZero, maskValue = 0 } = entry.layer!.config as { maskZero?: unknown; maskValue?: unknown };
  if (entry.layer!.className === "Embedding" && maskZero === true) return new Set([said(inputs[0], 0)]);
  return entry.layer!.className === "Masking" ? new Set([said(inputs[0], maskValue)]) : undefined;
}

interface Recurrent {
  readonly returnSequences?: unknown;
}
interface Wrapping {
  readonly layer: { readonly config: Recurrent };
}

/** Recurrent layers hand the mask on with their sequences. */
function isEnd({ layer }: Entry): boolean {
  const { className, config } = layer!;
  const { returnSequences } = className === "Bidirectional" ? (config as Wrapping).layer.config : (config as Recurrent);
  return returnSequences === undefined ? ends.test(className) : returnSequences !== true;
}

function union(sets: readonly Masks[]): Masks {
  const some = sets.filter(({ size }) => size > 0);
  return some.length > 1 ? new Set(some.flatMap((set) => [...set])) : (some[0] ?? none);
}
