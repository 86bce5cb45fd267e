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
import { writeLayer } from "./write/layer.js";
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
  const isKeras2 = typeof version === "string" ? !isVersion3(version) : !("module" in whole);
  const dtypes: Dtypes = new Set();
  const context: ReadContext = { isKeras2, dtypes, layer: (what, value) => readLayer(context, what, value) };
  const model = readLayer(context, "the model", whole);
  if (!["Functional", "Sequential"].includes(model.className)) {
    throw new FileError(`holds a ${model.className}, which is no model; put it into one in Keras.`);
  }
  const compiled = compile ? (whole.compile_config ?? root.training_config ?? whole.training_config) : undefined;
  const training = isObject(compiled) ? readTraining(compiled, outputKeys(whole)) : undefined;
  const warning = dtypeWarning(dtypes);
  if (warning !== undefined) onWarning?.(warning);
  return { model, ...(training && { training }) };
}

/**
 * The keys of a model's outputs, if they form an object. The model that is built returns a list in the order of the
 * keys.
 */
function outputKeys({ config }: JsonObject): string[] | undefined {
  const outputs = isObject(config) ? config.output_layers : undefined;
  return isObject(outputs) ? sortedKeys(outputs) : undefined;
}

/** False for TensorFlow.js too, which uses the words of Keras 2: its version is "tfjs-layers 4.22.0". */
const isVersion3 = (version: string): boolean => Number.parseInt(version, 10) >= 3;

/**
 * The description of a model that Keras 3 loads as config.json of a `.keras` file, `compile_config` included.
 * @throws ArgumentError for layers and options that Keras does not have, by name.
 */
export function toKerasConfig(model: ModelLayer): { config: Record<string, unknown> } {
  const compiled = writeTraining(model.label, model);
  return { config: { ...writeLayer(model, false), ...(compiled && { compile_config: compiled }) } };
}
