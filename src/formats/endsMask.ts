/** Which layers of files pass masks on, for what readers follow of masks before there are layers. */
import { Layer } from "../layer.js";
import * as layers from "../layers/index.js";
import { RecurrentLayer } from "../layers/recurrent.js";
import { ModelLayer } from "../model.js";
import { OperationLayer } from "../operations/operation.js";
import { layerClasses } from "../registry.js";

const isClass = (item: unknown): item is typeof Layer => typeof item === "function" && item.prototype instanceof Layer;
const classes = new Map(
  [...Object.values(layers as Record<string, unknown>), OperationLayer]
    .filter(isClass)
    .filter((Class) => Object.hasOwn(Class, "className"))
    .map((Class) => [Class.className, Class]),
);

/**
 * Whether a layer ends masks, which its class says. A recurrent layer passes the mask on if it returns sequences. Models,
 * and layers that join masks or make some, are none that end them.
 */
export function endsMask(className: string, config: { readonly returnSequences?: unknown }): boolean {
  const Class: unknown = classes.get(className) ?? layerClasses.get(className);
  if (!isClass(Class) || Class.prototype instanceof ModelLayer || (Class as unknown) === ModelLayer) return false;
  if (Class.prototype instanceof RecurrentLayer) return config.returnSequences !== true;
  return Class.prototype.computeMask === Layer.prototype.computeMask && !Class.prototype.supportsMasking;
}
