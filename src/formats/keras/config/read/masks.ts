/**
 * Masks in Keras 3's files: each call is listed with the mask that it was given, computed by operations among the layers. Here masks
 * hang on the tensors by themselves, so that is left out where it is the mask that the tensor has anyway.
 */
import { FileError } from "../../../../errors.js";
import type { GraphCall, GraphEntry } from "./entry.js";
import type { TensorPlace } from "./nodes.js";
import { isObject, type JsonObject, type ReadContext, showValue } from "../../readContext.js";

/** Operations, such as that behind `x + y`, are no layers. In `.h5` files they have no module; those of masks are found all the same. */
export const isOperation = ({ module, class_name, config }: JsonObject): boolean => {
  if (typeof module === "string") return /\.ops(\.|$)/.test(module);
  // There is a layer of that name too, which says whether it is trainable.
  if (class_name === "Concatenate") return isObject(config) && config.trainable === undefined;
  return maskOperations.includes(class_name as string);
};
/** Of a tensor's shape, and neither here nor there. */
const shapeOnly = ["ZerosLike", "OnesLike"];
const maskOperations = ["NotEqual", "Any", "LogicalAnd", "LogicalOr", "ExpandDims", ...shapeOnly];

/** What masks say: that a tensor is not a number. */
type Masks = ReadonlySet<string>;
const none: Masks = new Set();
const other: Masks = new Set(["something else"]);

const maskKey = ({ layer, node, tensor }: TensorPlace, value: unknown): string =>
  JSON.stringify([layer, node, tensor, value]);

/** Through these no mask goes. */
const stopsMasks = /Conv|Flatten|Reshape|Permute|Pool|Padding|Crop|Sampling|Resizing|RepeatVector|Dot/;
const maxMasks = 16;

/** @throws FileError for an operation whose result is not such a mask. */
export function checkMasks(
  context: ReadContext,
  label: string,
  entries: ReadonlyMap<string, GraphEntry>,
  sorted: readonly GraphCall[],
): void {
  /** What the results of each call carry, or what a mask that an operation gives says. */
  const carried = new Map<GraphCall, Masks>();
  const of = (place: TensorPlace): Masks =>
    carried.get(entries.get(place.layer)?.calls[place.node] as GraphCall) ?? none;
  const isOperation = ({ layer }: TensorPlace) => entries.has(layer) && !entries.get(layer)!.layer;
  for (const call of sorted) {
    const { entry, inputs, masks } = call;
    if (!entry.layer) {
      carried.set(call, operationMasks(call, inputs.every(isOperation) ? union(inputs.map(of)) : other));
      continue;
    }
    const computed = inputs.find(isOperation);
    const operation = computed && entries.get(computed.layer)!;
    if (operation) {
      throw new FileError(`${context.where}: ${label} computes with ${operation.operation} ${showValue(operation.key)}, an operation; write it in Keras as a layer.`); // prettier-ignore
    }
    const own = union(inputs.map(of));
    const given = union(masks.map(of));
    if (masks.length > 0 && (given.size === 0 || ![...given].every((mask) => own.has(mask)))) {
      throw new FileError(`${context.where}: ${label} gives ${showValue(entry.key)} a mask other than that of its input, which is not supported.`); // prettier-ignore
    }
    if (entry.operation !== undefined && own.size > 0) {
      throw new FileError(`${context.where}: ${label} loses a mask at ${entry.operation} ${showValue(entry.key)}, an operation; write it in Keras as a layer.`); // prettier-ignore
    }
    if (own.size > maxMasks) throw new FileError(`${context.where}: ${label} joins more than ${maxMasks} masks.`);
    carried.set(call, ownMasks(call) ?? (endsMask(entry) ? none : own));
  }
}

/** @param joined what the operation is given says. */
function operationMasks({ entry: { operation }, inputs, values }: GraphCall, joined: Masks): Masks {
  if (shapeOnly.includes(operation!)) return none;
  const isLeaf = operation === "NotEqual" && inputs.length === 1 && values.length === 1;
  return isLeaf ? new Set([maskKey(inputs[0], values[0])]) : joined;
}

function ownMasks({ entry, inputs }: GraphCall): Masks | undefined {
  const { maskZero, maskValue = 0 } = entry.layer!.config as { maskZero?: unknown; maskValue?: unknown };
  if (entry.layer!.className === "Embedding" && maskZero === true) return new Set([maskKey(inputs[0], 0)]);
  return entry.layer!.className === "Masking" ? new Set([maskKey(inputs[0], maskValue)]) : undefined;
}

interface Recurrent {
  readonly returnSequences?: unknown;
}
interface Wrapping {
  readonly layer: { readonly config: Recurrent };
}

/** Recurrent layers hand the mask on with their sequences. */
function endsMask({ layer }: GraphEntry): boolean {
  const { className, config } = layer!;
  const { returnSequences } = className === "Bidirectional" ? (config as Wrapping).layer.config : (config as Recurrent);
  return returnSequences === undefined ? stopsMasks.test(className) : returnSequences !== true;
}

function union(sets: readonly Masks[]): Masks {
  const some = sets.filter(({ size }) => size > 0);
  return some.length > 1 ? new Set(some.flatMap((set) => [...set])) : (some[0] ?? none);
}
