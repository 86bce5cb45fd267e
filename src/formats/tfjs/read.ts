/** Reading layers models of TensorFlow.js: model.json, and the files of weights beside it. */
import { FileError } from "../../errors.js";
import { asFileErrors, prefixFileErrors, restoreModel } from "../build.js";
import type { FileValues, ModelFromFile, ReadModelOptions } from "../format.js";
import { fromKerasConfig, kerasTraining } from "../keras/config/kerasConfig.js";
import { isObject, type JsonObject } from "../json.js";
import type { SourceFile } from "../sourceFile.js";
import { type Group, readManifest, readTensors } from "./manifest.js";
import { removeRepeats } from "./topology.js";
import { inKerasWords } from "./optimizer.js";
import { valuesOf } from "./values.js";

/**
 * The model of a model.json.
 * @param json what the file holds.
 * @throws FileError for whatever is wrong with it, before memory is allocated for its weights.
 */
export async function readTfjsModel(
  { where, readBeside, maxBytes }: SourceFile,
  json: JsonObject,
  options: ReadModelOptions,
): Promise<ModelFromFile> {
  const groups = readGroups(where, json);
  const { modelTopology: topology, trainingConfig } = json;
  if (!isObject(topology)) {
    throw new FileError(`${where} holds weights alone; make the model in code, and use loadWeights.`);
  }
  const tensors = await readTensors(where, groups, readBeside, maxBytes);
  const config = describedBy(topology, trainingConfig);
  const { model } = asFileErrors(`${where}: its architecture`, () =>
    fromKerasConfig(where, config, { compile: false, onWarning: options.onWarning }),
  );
  return { model: restoreModel(where, model, () => kerasTraining(config), valuesOf(where, tensors), options) };
}

/**
 * The description that `fromKerasConfig` reads. The topology is the model itself, or, from the converter, as in Keras's
 * files.
 */
function describedBy(topology: JsonObject, trainingConfig: unknown): JsonObject {
  const { model_config: whole = topology, keras_version } = topology;
  const training_config = isObject(trainingConfig) ? inKerasWords(trainingConfig) : topology.training_config;
  return {
    model_config: removeRepeats(whole),
    keras_version,
    ...(training_config !== undefined && { training_config }),
  };
}

/** The values in the files that a model.json names. @throws FileError for whatever is wrong with it. */
export async function readTfjsValues(
  { where, readBeside, maxBytes }: SourceFile,
  json: JsonObject,
): Promise<FileValues> {
  return valuesOf(where, await readTensors(where, readGroups(where, json), readBeside, maxBytes));
}

function readGroups(where: string, json: JsonObject): Group[] {
  if (!("modelTopology" in json || "weightsManifest" in json)) {
    throw new FileError(`${where} is JSON, but not a layers model of TensorFlow.js.`);
  }
  if (json.format !== undefined && json.format !== "layers-model") {
    throw new FileError(`${where} is a ${JSON.stringify(json.format)} of TensorFlow.js; expected a "layers-model".`);
  }
  return prefixFileErrors(where, () => readManifest(json.weightsManifest));
}
