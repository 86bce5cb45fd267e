/** The options that all layers and models have. */
import { FileError } from "../../../../errors.js";
import type { Named } from "../../../../named.js";
import { asName, showWord, type JsonObject, showValue } from "../../../json.js";
import { type Dtypes, noteDtype } from "./dtypes.js";
import type { LayersMet } from "./shared.js";

/** The context of the readers of layers, besides the JSON. */
export interface ReadContext {
  /** Whether the file uses the words of Keras 1, 2 or TensorFlow.js, some of which mean something else in Keras 3. */
  readonly isKeras2: boolean;
  /** The dtypes other than float32 that were met. */
  readonly dtypes: Dtypes;
  /** The layers that were read so far, one of which a later place may mean. */
  readonly met: LayersMet;
  /** `readLayer`, for layers and models that have layers inside. */
  layer(what: string, value: unknown): Named;
}

/** The error for an option of a layer that is not supported here. */
export const unsupported = (label: string, option: string, value: unknown, advice?: string): FileError =>
  new FileError(
    `${label} has ${showWord(option)}: ${showValue(value)}, which is not supported${advice ? `; ${advice}` : ""}.`,
  );

/** The options `name` and `trainable`, where they are given. @throws FileError for a dtype of other than floats. */
export function readCommon({ dtypes }: ReadContext, label: string, config: JsonObject): Record<string, unknown> {
  const { name, trainable, dtype } = config;
  noteDtype(dtypes, label, dtype);
  if (!["boolean", "undefined"].includes(typeof trainable)) throw unsupported(label, "trainable", trainable);
  return {
    ...(name != null && { name: asName(`the name of ${label}`, name) }),
    ...(trainable !== undefined && { trainable }),
  };
}

/**
 * The config of a layer that has layers inside, with `trainable` set where one of these is trained. In Keras 3 only the
 * flags of the layers inside decide what is trained: a layer that was made with `trainable: false` does not freeze
 * them. Here, as in Keras 2, both have to be true.
 */
export function unfreezeAround<C extends { trainable?: unknown }>(
  { isKeras2 }: ReadContext,
  config: C,
  inside: readonly (Named | undefined)[],
): C {
  const isTrained = (layer: Named | undefined) =>
    (layer?.config as { trainable?: unknown } | undefined)?.trainable === true;
  return !isKeras2 && config.trainable === false && inside.some(isTrained) ? { ...config, trainable: true } : config;
}
