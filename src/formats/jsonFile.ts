/**
 * Files of JSON: the model.json of TensorFlow.js, which names the files of its weights, and the architecture that
 * Keras's `model.to_json()` gives, whose weights are in another file.
 */
import { ArgumentError, FileError } from "../errors.js";
import type { Layer } from "../layer.js";
import { asFileErrors, assignFound, restoreModel } from "./build.js";
import type { FileValues, MatchOptions, ModelFromFile, ReadModelOptions } from "./format.js";
import { fromJson, isObject, type JsonObject, textOf } from "./json.js";
import { fromKerasConfig, kerasTraining } from "./keras/config/kerasConfig.js";
import type { SourceFile } from "./sourceFile.js";
import { readTfjsModel, readTfjsValues } from "./tfjs/read.js";

/** The model of a file of JSON. @throws FileError for whatever is wrong with it, or with its weights. */
export async function readJsonModel(file: SourceFile, options: ReadModelOptions): Promise<ModelFromFile> {
  const { where } = file;
  const json = await readJson(file);
  const { weights, onWarning } = options;
  if (!isArchitecture(json)) {
    if (!weights) return readTfjsModel(file, json, options);
    throw new ArgumentError(`${where} names the files of its weights; load it without { weights }.`);
  }
  if (!weights) {
    throw new FileError(`${where} ${lacking}; give them too: loadModel(json, { weights: "model.weights.h5" }).`);
  }
  const { model } = asFileErrors(`${where}: its architecture`, () =>
    fromKerasConfig(where, json, { compile: false, onWarning }),
  );
  return { model: restoreModel(weights.where, model, () => kerasTraining(json), await weights.values(), options) };
}

const lacking = "describes a model without its weights";

/** The values in the files that a model.json names. @throws FileError */
export async function readJsonValues(file: SourceFile): Promise<FileValues> {
  const json = await readJson(file);
  if (!isArchitecture(json)) return readTfjsValues(file, json);
  throw new FileError(`${file.where} ${lacking}; give the file of the weights, such as model.weights.h5.`);
}

/**
 * Gives a layer or model the weights that a model.json names.
 * @throws FileError where they do not match; nothing has changed then.
 */
export async function readJsonWeights(file: SourceFile, layer: Layer, options: MatchOptions): Promise<void> {
  const values = await readJsonValues(file);
  assignFound(file.where, layer, values.match(layer, options));
}

/** Whether JSON is a model of Keras without anything around it. */
const isArchitecture = (json: JsonObject): boolean =>
  !("modelTopology" in json || "weightsManifest" in json) && ("class_name" in json || "model_config" in json);

async function readJson(file: SourceFile): Promise<JsonObject> {
  const { where } = file;
  const bytes = await file.bytes();
  if (/^(\xff\xfe|\xfe\xff)/.test(String.fromCharCode(...bytes.subarray(0, 2)))) {
    throw new FileError(`${where} is a text in UTF-16; expected JSON in UTF-8; save it with that encoding.`);
  }
  const json = asFileErrors(where, () => {
    const value = fromJson(textOf(bytes));
    // The result of `to_json()` is a text, and `json.dump` writes that in quotes.
    return typeof value === "string" ? fromJson(value) : value;
  });
  if (isObject(json)) return json;
  throw new FileError(`${where} is JSON, but no model; expected that of TensorFlow.js or of model.to_json() in Keras.`);
}
