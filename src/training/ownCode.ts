/**
 * Tells models of this package's code alone from those with code of users. What the code of a user depends on (a number
 * that a callback changes, a clock, chance) leaves no trace in recorded kernel calls.
 */
import type { Layer } from "../layer.js";
import { ownClasses } from "../layer/classes.js";
import { toPlainData } from "../named.js";

/** Whether a layer and all layers inside are of this package, and all functions that they and their weights were given. */
export function isOwnLayer(layer: Layer & { readonly owner?: unknown }): boolean {
  const { activityRegularizer, config, constructor, owner, sublayers, weights } = layer;
  try {
    toPlainData("", [config, activityRegularizer, weights.map(({ regularizer }) => regularizer)]);
  } catch {
    return false; // a function that nobody can write down
  }
  if (Object.hasOwn(layer, "call")) return false;
  return (ownClasses.has(constructor) || !!owner) && sublayers.every(isOwnLayer); // a cell with an owner was made by it
}

/** Whether all that a layer and the layers inside do shows in recorded kernel calls. */
export const isRecordable = ({ around, pure, sublayers }: Layer): boolean =>
  !around && pure !== false && sublayers.every(isRecordable);
