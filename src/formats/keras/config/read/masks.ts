/**
 * Masks in files of Keras 3, which lists the mask of each call, computed by operations among the layers. Here tensors
 * carry their masks, so the operations that only masks need are left out; a mask other than the one that the input carries
 * is an error.
 */
import { endsMask } from "../../../endsMask.js";
import { FileError } from "../../../../errors.js";
import type { Named } from "../../../../named.js";
import { isOperationConfig } from "../operationTable.js";
import { withoutChannels } from "./channelsFirst.js";
import type { GraphCall, GraphEntry, TensorPlace } from "./nodes.js";
import { isKeras2Operation } from "./tensorFlowOperations.js";
import { isObject, type JsonObject, showValue } from "../../../json.js";

/**
 * Whether an entry is an operation, such as that of `x + y`, and not a layer. In `.h5` files operations have no module.
 * Keras 2 has layers for operations of TensorFlow.
 */
export const isOperation = ({ module, class_name, config }: JsonObject): boolean => {
  if (typeof module === "string" && /\.ops(\.|$)/.test(module)) return true;
  if (isKeras2Operation(class_name)) return true;
  return typeof module !== "string" && isObject(config) && isOperationConfig(class_name, config);
};
/** Operations whose result depends only on the shape and not on masks. */
const shapeOnly = ["ZerosLike", "OnesLike"];

/** A mask as a set of conditions, each of the form: this tensor differs from this number. */
type Masks = ReadonlySet<string>;
const none: Masks = new Set();
const other: Masks = new Set(["something else"]);

const maskKey = ({ layer, node, tensor }: TensorPlace, value: unknown): string =>
  JSON.stringify([layer, node, tensor, value]);

const maxMasks = 16;

/**
 * Checks the masks of all calls.
 * @throws FileError for a mask other than that of the input.
 */
export function checkMasks(
  label: string,
  entries: ReadonlyMap<string, GraphEntry>,
  sorted: readonly GraphCall[],
): void {
  /** The masks that the results of each call carry, or that an operation computes. */
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
    if (entry.operation !== undefined) continue; // it ends masks
    // Attention has the mask of the query; those of value and key only decide which of their steps are seen.
    const isAttention = entry.layer.className.endsWith("Attention");
    const own = union(inputs.map(of));
    const given = union(masks.map(of));
    if (masks.length > 0 && (given.size === 0 || ![...given].every((mask) => own.has(mask)))) {
      throw new FileError(
        `${label} gives ${showValue(entry.key)} a mask other than that of its input, which is not supported.`,
      );
    }
    if (own.size > maxMasks) throw new FileError(`${label} joins more than ${maxMasks} masks.`);
    const passed = isAttention ? of(inputs[0]) : own;
    carried.set(call, ownMasks(call) ?? (isEnd(entry) ? none : passed));
  }
}

/** The conditions of a mask that an operation computes. @param joined those of its inputs. */
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

/** Whether a layer ends masks, or the layer does that it calls in both directions. */
function isEnd({ layer }: GraphEntry): boolean {
  const own = withoutChannels(layer!);
  const { className, config } = own.className === "Bidirectional" ? (own.config as { layer: Named }).layer : own;
  return endsMask(className, config as object);
}

function union(sets: readonly Masks[]): Masks {
  const some = sets.filter(({ size }) => size > 0);
  return some.length > 1 ? new Set(some.flatMap((set) => [...set])) : (some[0] ?? none);
}
