/** Keras's files, each as a whole: `.keras`, `.weights.h5`, and the older `.h5`. */
import { FileError } from "../../errors.js";
import type { Layer } from "../../layer.js";
import { ModelLayer } from "../../model.js";
import { asFileErrors, buildModel, disposeOnError } from "../build.js";
import { type H5Group, type H5Limits, readHdf5 } from "../hdf5/read.js";
import { writeHdf5 } from "../hdf5/write.js";
import { fromJson, toJson } from "../json.js";
import { type CustomFunctions, restoreTraining } from "../training.js";
import { readZip, writeZip } from "../zip.js";
import { fromKerasConfig, type KerasModel, toKerasConfig } from "./config/kerasConfig.js";
import { legacyOptimizer, matchLegacy } from "./weights/legacy.js";
import { isLegacy } from "./weights/legacyFile.js";
import {
  adoptOptimizer,
  iterationsOf,
  matchOptimizer,
  optimizerToWrite,
  type OptimizerState,
} from "./weights/optimizer.js";
import type { Assignment, MatchOptions } from "./weights/assignment.js";
import { matchTree, treeToWrite } from "./weights/v3.js";

export interface KerasReadOptions extends H5Limits {
  readonly compile: boolean;
  readonly functions: CustomFunctions;
}

/** What is inside of a `.keras` file, and how much there may be of it. */
const members = { "config.json": 2 ** 23, "metadata.json": 2 ** 16, "model.weights.h5": Infinity } as const;
/** The version whose files these are like. */
const kerasVersion = "3.15.1";

// ── in ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The model of a `.keras` file. @throws FileError for whatever is wrong with it. */
export async function readKeras(where: string, bytes: Uint8Array, options: KerasReadOptions): Promise<ModelLayer> {
  const files = await readZip(where, bytes, members, options);
  const read = (name: keyof typeof members) => asFileErrors(`${where}: ${name}`, () => parseText(files.get(name)));
  const config = read("config.json");
  const { keras_version: version } = (read("metadata.json") ?? {}) as Record<string, unknown>;
  if (config === undefined) throw new FileError(`${where} holds no config.json; no file of Keras 3.`);
  const described = describeModel(where, config, version, options);
  const root = await readWeightsMember(where, files, options);
  return restoreModel(where, described, root, options, optimizerOf(root), (model) => matchTree(where, model, root, {}));
}

function readWeightsMember(where: string, files: ReadonlyMap<string, Uint8Array>, limits: H5Limits): Promise<H5Group> {
  const weights = files.get("model.weights.h5");
  if (weights) return readHdf5(`${where}: model.weights.h5`, weights, limits);
  throw new FileError(`${where} holds no model.weights.h5; save it in Keras as one file of HDF5 weights.`);
}

/** The model of an `.h5` file. @throws FileError for whatever is wrong with it, and where it holds weights alone. */
export async function readH5Model(where: string, bytes: Uint8Array, options: KerasReadOptions): Promise<ModelLayer> {
  const root = await readHdf5(where, bytes, options);
  const texts = asFileErrors(`${where}: its architecture`, () =>
    Object.fromEntries(["model_config", "training_config"].map((name) => [name, parseText(root.attributes.get(name))])),
  );
  if (texts.model_config === undefined) {
    throw new FileError(`${where} holds weights alone; make the model in code, and use loadWeights.`);
  }
  const version =
    root.attributes.get("keras_version") ?? root.groups.get("model_weights")?.attributes.get("keras_version");
  const described = describeModel(where, texts, version, options);
  const optimizer = legacyOptimizer(where, root);
  return restoreModel(where, described, root, options, optimizer, (model) => matchLegacy(where, model, root, {}));
}

const parseText = (text: unknown): unknown =>
  text === undefined
    ? undefined
    : fromJson(typeof text === "string" ? text : new TextDecoder().decode(text as Uint8Array));

const describeModel = (where: string, config: unknown, version: unknown, { compile }: KerasReadOptions): KerasModel =>
  asFileErrors(`${where}: its architecture`, () =>
    fromKerasConfig(where, config, { compile, ...(typeof version === "string" && { kerasVersion: version }) }),
  );

/** The model that is described, with its weights, and compiled as it was. */
function restoreModel(
  where: string,
  { model: described, training }: KerasModel,
  root: H5Group,
  { functions }: KerasReadOptions,
  optimizer: OptimizerState,
  match: (model: ModelLayer) => Assignment[],
): ModelLayer {
  const model = asFileErrors(`${where}: its architecture`, () => buildModel(described, numValues(root)));
  return disposeOnError(model, () => {
    const values = match(model);
    if (training) {
      asFileErrors(`${where}: how it was trained`, () => {
        const state = { ...training.optimizer, iterations: iterationsOf(optimizer) };
        restoreTraining(where, model, { ...training, optimizer: state }, functions);
        values.push(...matchOptimizer(where, model, optimizer));
      });
    }
    for (const [weight, data] of values) weight.assign(data);
  });
}

const numValues = ({ datasets, groups }: H5Group): number =>
  [...datasets.values()].reduce((sum, { data }) => sum + data.length, 0) +
  [...groups.values()].reduce((sum, group) => sum + numValues(group), 0);

function optimizerOf(root: H5Group): OptimizerState {
  const datasets = root.groups.get("optimizer")?.groups.get("vars")?.datasets ?? new Map<string, never>();
  const list = Array.from(datasets, (_, i) => datasets.get(String(i))).filter((dataset) => dataset !== undefined);
  return { list };
}

/**
 * Gives a layer or model the weights of a file of any of these kinds. A compiled model's optimizer goes on from that of a
 * `.weights.h5` file, where it fits, as in Keras.
 * @throws FileError where they do not match; nothing has changed then.
 */
export async function readKerasWeights(
  where: string,
  model: Layer,
  bytes: Uint8Array,
  isArchive: boolean,
  options: H5Limits & MatchOptions,
): Promise<void> {
  const only = { "model.weights.h5": Infinity };
  const root = isArchive
    ? await readWeightsMember(where, await readZip(where, bytes, only, options), options)
    : await readHdf5(where, bytes, options);
  const values = isLegacy(root) ? matchLegacy(where, model, root, options) : matchTree(where, model, root, options);
  if (values.length === 0) throw new FileError(`${where} holds no weight of ${model.label}.`);
  const isWhole = model instanceof ModelLayer && !options.byName && !options.skipMismatch;
  if (isWhole) values.push(...adoptOptimizer(where, model, optimizerOf(root)));
  for (const [weight, data] of values) weight.assign(data);
}

// ── out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A `.keras` file. @throws ArgumentError for what Keras has not. */
export async function writeKeras(where: string, model: ModelLayer): Promise<Uint8Array<ArrayBuffer>> {
  const { config } = toKerasConfig(model);
  const text = (value: unknown) => new TextEncoder().encode(toJson(value));
  return writeZip(where, {
    "metadata.json": text({ keras_version: kerasVersion }),
    "config.json": text(config),
    "model.weights.h5": await writeWeightsFile(where, model),
  });
}

/** A `.weights.h5` file; of a compiled model with the optimizer. */
export async function writeWeightsFile(where: string, root: Layer): Promise<Uint8Array<ArrayBuffer>> {
  const optimizer = root instanceof ModelLayer ? optimizerToWrite(where, root) : undefined;
  const tree = await treeToWrite(where, root);
  const group = await optimizer;
  return writeHdf5(where, group ? { groups: new Map([...tree.groups!, ["optimizer", group]]) } : tree);
}
