/** What the configs of all layers and models have. */
import { FileError } from "../../errors.js";
import type { Named } from "../../named.js";
import { asName, brief, isObject, type JsonObject, type Reading, shown } from "./reading.js";

export const lacking = ({ where }: Reading, label: string, option: string, value: unknown): FileError =>
  new FileError(`${where}: ${label} has ${brief(option)}: ${shown(value)}, which is not supported.`);

/** Name and flag, where they are given. @throws FileError for other numbers than float32. */
export function readCommon(reading: Reading, label: string, config: JsonObject): Record<string, unknown> {
  const { name, trainable, dtype } = config;
  checkFloat(reading, label, dtype);
  if (!["boolean", "undefined"].includes(typeof trainable)) throw lacking(reading, label, "trainable", trainable);
  return {
    ...(name != null && { name: asName(reading, `the name of ${label}`, name) }),
    ...(trainable !== undefined && { trainable }),
  };
}

/**
 * In Keras 3 the flags of the layers inside alone say what is trained; setting that around them sets theirs, being made with it does
 * not. Here, as in Keras 2, both have to allow it.
 */
export function thawed<C extends { trainable?: unknown }>(
  { isKeras2 }: Reading,
  config: C,
  inside: readonly (Named | undefined)[],
): C {
  const isTrained = (layer: Named | undefined) =>
    (layer?.config as { trainable?: unknown } | undefined)?.trainable === true;
  return !isKeras2 && config.trainable === false && inside.some(isTrained) ? { ...config, trainable: true } : config;
}

/** A name, or `{ class_name: "DTypePolicy", config: { name } }`. */
function checkFloat(reading: Reading, label: string, dtype: unknown): void {
  const policy = isObject(dtype) && isObject(dtype.config) ? dtype.config.name : dtype;
  if (policy != null && policy !== "float32") throw lacking(reading, label, "dtype", policy);
}
