/** Reading layers models of TensorFlow.js: model.json, and the files of weights beside it. */
import { FileError } from "../../errors.js";
import type { Layer } from "../../layer.js";
import { asFileErrors, assignFound, prefixFileErrors, restoreModel } from "../build.js";
import type { MatchOptions, ModelFromFile, ReadModelOptions } from "../format.js";
import { fromKerasConfig, kerasTraining } from "../keras/config/kerasConfig.js";
import { fromJson, isObject, type JsonObject, textOf } from "../json.js";
import type { SourceFile } from "../sourceFile.js";
import { type Group, readManifest, readTensors } from "./manifest.js";
import { removeRepeats } from "./topology.js";
import { inKerasWords } from "./optimizer.js";
import { valuesOf } from "./values.js";

/**
 * The model of a model.json.
 * @throws FileError for whatever is wrong with it, before memory is allocated for its weights.
 */
export async function readTfjsModel(file: SourceFile, options: ReadModelOptions): Promise<ModelFromFile> {
  const { where, readBeside, maxBytes } = file;
  const { json, groups } = readMain(where, await file.bytes());
  const { modelTopology: topology, trainingConfig } = json;
  if (!isObject(topology)) {
    throw new FileError(`${where} holds weights alone; make the model in code, and use loadWeights.`);
  }
  const tensors = await readTensors(where, groups, readBeside, maxBytes);
  const config = describedBy(topology, trainingConfig);
  const { model } = asFileErrors(`${where}: its architecture`, () =>
    fromKerasConfig(where, config, { compile: false }),
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

/**
 * Gives a layer or model the weights that a model.json names.
 * @throws FileError where they do not match; nothing has changed then.
 */
export async function readTfjsWeights(file: SourceFile, layer: Layer, options: MatchOptions): Promise<void> {
  const { where, readBeside, maxBytes } = file;
  const { groups } = readMain(where, await file.bytes());
  const tensors = await readTensors(where, groups, readBeside, maxBytes);
  assignFound(where, layer, valuesOf(where, tensors).match(layer, options));
}

function readMain(where: string, bytes: Uint8Array): { json: JsonObject; groups: Group[] } {
  if (/^(\xff\xfe|\xfe\xff)/.test(String.fromCharCode(...bytes.subarray(0, 2)))) {
    throw new FileError(`${where} is a text in UTF-16; expected JSON in UTF-8; save it with that encoding.`);
  }
  const json = asFileErrors(where, () => fromJson(textOf(bytes)));
  if (!isObject(json) || !("modelTopology" in json || "weightsManifest" in json)) {
    throw new FileError(`${where} is JSON, but not a layers model of TensorFlow.js.`);
  }
  if (json.format !== undefined && json.format !== "layers-model") {
    throw new FileError(`${where} is a ${JSON.stringify(json.format)} of TensorFlow.js; expected a "layers-model".`);
  }
  return { json, groups: prefixFileErrors(where, () => readManifest(json.weightsManifest)) };
}
