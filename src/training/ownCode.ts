/**
 * Tells models of this package's code alone from those with code of users. What the code of a user depends on (a number
 * that a callback changes, a clock, chance) leaves no trace in recorded kernel calls.
 */
import type { Layer } from "../layer.js";
import { ownClasses } from "../layer/classes.js";
import { layersIn } from "../layer/tree.js";
import { toPlainData } from "../named.js";

/** Whether a layer and all layers inside are of this package, and all functions that they and their weights were given. */
export const isOwnLayer = (layer: Layer): boolean =>
  layersIn(layer).every((each) => {
    const { activityRegularizer, config, weights } = each;
    try {
      toPlainData("", [config, activityRegularizer, weights.map(({ regularizer }) => regularizer)]);
    } catch {
      return false; // a function that nobody can write down
    }
    return ownClasses.has(each.constructor) && !Object.hasOwn(each, "call");
  });

/** Whether all that a layer and the layers inside do shows in recorded kernel calls. */
export const isRecordable = (layer: Layer): boolean =>
  layersIn(layer).every(({ around, pure }) => !around && pure !== false);
