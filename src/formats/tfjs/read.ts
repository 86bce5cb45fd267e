/** Layers models of TensorFlow.js: model.json, and files of weights beside it. */
import { FileError } from "../../errors.js";
import type { Layer } from "../../layer.js";
import type { ModelLayer } from "../../model.js";
import { asFileErrors, buildModel, disposeOnError } from "../build.js";
import { fromJson } from "../json.js";
import { fromKerasConfig } from "../keras/config/kerasConfig.js";
import { isObject, type JsonObject } from "../keras/readContext.js";
import type { MatchOptions } from "../keras/weights/assignment.js";
import { type CustomFunctions, restoreTraining } from "../training.js";
import { type Group, isTfjs, type ReadShard, readManifest, readTensors } from "./manifest.js";
import { removeRepeats } from "./topology.js";
import { kerasTraining } from "./optimizer.js";
import { valuesOf } from "./values.js";

export interface TfjsReadOptions {
  readonly compile: boolean;
  readonly functions: CustomFunctions;
  readonly maxBytes?: number;
}

/**
 * The model of a model.json.
 * @param readShard gives the files that it names.
 * @throws FileError for whatever is wrong with it, before memory is taken for what it claims to be.
 */
export async function readTfjs(
  where: string,
  bytes: Uint8Array,
  readShard: ReadShard,
  { compile, functions, maxBytes }: TfjsReadOptions,
): Promise<ModelLayer> {
  const { json, groups } = readMain(where, bytes);
  const { modelTopology: topology, trainingConfig } = json;
  if (!isObject(topology)) {
    throw new FileError(`${where} holds weights alone; make the model in code, and use loadWeights.`);
  }
  const tensors = await readTensors(where, groups, readShard, maxBytes);
  const file = valuesOf(where, tensors);
  const numValues = [...tensors.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const made = asFileErrors(`${where}: its architecture`, () => {
    const { model, training } = fromKerasConfig(where, describedBy(topology, trainingConfig), { compile });
    return { model: buildModel(model, numValues), training };
  });
  return disposeOnError(made.model, () => {
    const { model, training } = made;
    const values = file.match(model, {});
    if (training) {
      asFileErrors(`${where}: how it was trained`, () => {
        const optimizer = { ...training.optimizer, iterations: file.updates };
        restoreTraining(where, model, { ...training, optimizer }, functions);
        values.push(...file.matchOptimizer(model));
      });
    }
    for (const [weight, data] of values) weight.assign(data);
  });
}

/** As `fromKerasConfig` takes it. TensorFlow.js has a model right here, its converter has what a file of Keras has. */
function describedBy(topology: JsonObject, trainingConfig: unknown): JsonObject {
  const { model_config: whole = topology, keras_version } = topology;
  const training_config = isObject(trainingConfig) ? kerasTraining(trainingConfig) : topology.training_config;
  return {
    model_config: removeRepeats(whole),
    keras_version,
    ...(training_config !== undefined && { training_config }),
  };
}

/** Gives a layer or model the weights that a model.json names. @throws FileError where they do not match; nothing has changed then. */
export async function readTfjsWeights(
  where: string,
  model: Layer,
  bytes: Uint8Array,
  readShard: ReadShard,
  { maxBytes, ...options }: MatchOptions & { maxBytes?: number },
): Promise<void> {
  const { groups } = readMain(where, bytes);
  const values = valuesOf(where, await readTensors(where, groups, readShard, maxBytes)).match(model, options);
  if (values.length === 0) throw new FileError(`${where} holds no weight of ${model.label}.`);
  for (const [weight, data] of values) weight.assign(data);
}

function readMain(where: string, bytes: Uint8Array): { json: JsonObject; groups: Group[] } {
  const json = asFileErrors(where, () => fromJson(new TextDecoder().decode(bytes)));
  if (!isTfjs(json)) throw new FileError(`${where} is JSON, but no layers model of TensorFlow.js.`);
  if (json.format !== undefined && json.format !== "layers-model") {
    throw new FileError(`${where} is a ${JSON.stringify(json.format)} of TensorFlow.js; expected a "layers-model".`);
  }
  return { json, groups: readManifest({ where, isKeras2: true }, json.weightsManifest) };
}
