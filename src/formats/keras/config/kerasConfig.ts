/**
 * Keras's descriptions of models, read and written: config.json of `.keras`, `model_config` of `.h5` and of
 * TensorFlow.js.
 */
import { FileError } from "../../../errors.js";
import type { Named } from "../../../named.js";
import type { TrainingConfig } from "../../training.js";
import type { ModelLayer } from "../../../model.js";
import { prefixFileErrors } from "../../build.js";
import type { ReadContext } from "./read/common.js";
import { type Dtypes, dtypeWarning } from "./read/dtypes.js";
import { readLayer } from "./read/layer.js";
import { readTraining } from "./read/training.js";
import { asObject, isObject, type JsonObject, sortedKeys } from "../../json.js";
import { registerLayers } from "../../registry.js";
import { nameShared } from "../../sharing.js";
import { LayersMet } from "./read/shared.js";
import { putIntoEffect } from "../../semantics/forWriter.js";
import { writerOf } from "../../semantics/writers.js";
import { checkTraining, writeLayer } from "./write/layer.js";
import { surroundingsOf } from "./write/shared.js";
import { writeTraining } from "./write/training.js";

/** The description of a model in a file of Keras. */
export interface KerasModel {
  /** Ready for `layerFromConfig`. */
  readonly model: Named;
  /** How the model was compiled, if it was and `compile` is not false. The optimizer has made no updates. */
  readonly training?: TrainingConfig;
}

/** Options of `fromKerasConfig`. */
export interface KerasOptions {
  /** The version of Keras that wrote the file, where it is known. */
  kerasVersion?: string | undefined;
  /** Whether to read how the model was compiled, true by default. */
  compile?: boolean;
  /** Is told once what is computed in another way than in Keras; nothing by default. */
  onWarning?: ((message: string) => void) | undefined;
}

/**
 * Reads Keras's description of a model.
 * @param where what errors begin with.
 * @param json the result of `fromJson`: a model `{ class_name, config }` with or without `compile_config`, or
 * `{ model_config, training_config?, keras_version? }`, as in `.h5` and TensorFlow.js.
 * @throws FileError for classes and options that are not supported, by name.
 */
export function fromKerasConfig(
  where: string,
  json: unknown,
  { kerasVersion, compile = true, onWarning }: KerasOptions = {},
): KerasModel {
  registerLayers();
  return prefixFileErrors(where, () =>
    readModel(json, { kerasVersion, compile, onWarning: (message) => onWarning?.(`${where} ${message}`) }),
  );
}

function readModel(json: unknown, { kerasVersion, compile, onWarning }: KerasOptions): KerasModel {
  const root = asObject("the model", json);
  const whole = isObject(root.model_config) ? root.model_config : root;
  const version = kerasVersion ?? root.keras_version ?? whole.keras_version;
  const writer = writerOf(typeof version === "string" ? version : undefined, "module" in whole);
  const isKeras2 = writer.hardSigmoid === "hardSigmoidKeras2";
  const dtypes: Dtypes = new Set();
  const context: ReadContext = {
    isKeras2,
    dtypes,
    met: new LayersMet(),
    layer: (what, value) => readLayer(context, what, value),
  };
  const model = readLayer(context, "the model", whole);
  if (!["Functional", "Sequential"].includes(model.className)) {
    throw new FileError(`holds a ${model.className}, which is no model; put it into one in Keras.`);
  }
  putIntoEffect(writer, model);
  const training = compile ? kerasTraining(root) : undefined;
  const warning = dtypeWarning(dtypes);
  if (warning !== undefined) onWarning?.(warning);
  return { model: nameShared(model, context.met.shared), ...(training && { training }) };
}

/**
 * How a model was compiled, in what `fromKerasConfig` reads; undefined if it was not.
 * @throws FileError for what is not supported, by name.
 */
export function kerasTraining(json: unknown): TrainingConfig | undefined {
  const root = asObject("the model", json);
  const whole = isObject(root.model_config) ? root.model_config : root;
  const compiled = whole.compile_config ?? root.training_config ?? whole.training_config;
  return isObject(compiled) ? readTraining(compiled, outputKeys(whole)) : undefined;
}

/**
 * The keys of a model's outputs, if they form an object. The model that is built returns a list in the order of the
 * keys.
 */
function outputKeys({ config }: JsonObject): string[] | undefined {
  const outputs = isObject(config) ? config.output_layers : undefined;
  return isObject(outputs) ? sortedKeys(outputs) : undefined;
}

/**
 * The description of a model that Keras 3 loads as config.json of a `.keras` file, `compile_config` included.
 * @throws ArgumentError for layers, options and meanings that Keras does not have, by name.
 */
export function toKerasConfig(model: ModelLayer): { config: Record<string, unknown> } {
  const compiled = writeTraining(model.label, model);
  if (compiled) checkTraining(model);
  return { config: { ...writeLayer(model, surroundingsOf(model)), ...(compiled && { compile_config: compiled }) } };
}
