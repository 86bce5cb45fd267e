/** Reading and writing whole files of Keras: `.keras`, `.weights.h5`, and the older `.h5`. */
import { FileError } from "../../errors.js";
import type { Layer } from "../../layer.js";
import { ModelLayer } from "../../model.js";
import type { Named } from "../../named.js";
import { asFileErrors, assignFound, restoreModel } from "../build.js";
import type { FileValues, MatchOptions, ModelFromFile, ReadModelOptions } from "../format.js";
import { checkForeign } from "../foreign.js";
import { type H5Group, type H5Limits, readHdf5 } from "../hdf5/read.js";
import { writeHdf5 } from "../hdf5/write.js";
import { fromJson, textOf, toJson } from "../json.js";
import type { SourceFile } from "../sourceFile.js";
import { readZip, writeZip } from "../zip.js";
import { fromKerasConfig, kerasTraining, toKerasConfig } from "./config/kerasConfig.js";
import { isVocabulary, withVocabularies } from "./vocabularies.js";
import { legacyValues, matchLegacy } from "./weights/legacy.js";
import { isLegacy } from "./weights/legacyFile.js";
import { adoptOptimizer, optimizerToWrite } from "./weights/optimizer.js";
import { matchTree, treeToWrite, v3Values } from "./weights/v3.js";

/** The members of a `.keras` file, and how many bytes each may have: what is compressed less than the file has. */
const membersOf = (file: Uint8Array) => ({
  "config.json": Math.max(2 ** 23, file.length),
  "metadata.json": 2 ** 16,
  "model.weights.h5": Infinity,
});
const weightsOnly = (): Record<string, number> => ({ "model.weights.h5": Infinity });
/** The version of Keras that writes files like ours. */
const kerasVersion = "3.15.1";

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Reads the model of a `.keras` file. @throws FileError for whatever is wrong with it. */
export async function readKeras(file: SourceFile, options: ReadModelOptions): Promise<ModelFromFile> {
  const { where } = file;
  const files = await readMembers(file, membersOf);
  const read = (name: string) => asFileErrors(`${where}: ${name}`, () => parseText(files.get(name)));
  const config = read("config.json");
  const { keras_version: version } = (read("metadata.json") ?? {}) as Record<string, unknown>;
  if (config === undefined) throw new FileError(`${where} holds no config.json; it is not a file of Keras 3.`);
  let weights: Promise<H5Group> | undefined;
  const readWeights = () => (weights ??= readWeightsMember(file, files));
  const whole = await withVocabularies(where, config, files, readWeights);
  const described = describeModel(where, whole, version, options);
  const values = v3Values(where, await readWeights());
  return { model: restoreModel(where, described, () => kerasTraining(config), values, options) };
}

/** The members of a zip file that are looked for, and how many bytes each may have, by what the whole file holds. */
async function readMembers(
  file: SourceFile,
  membersOf: (bytes: Uint8Array) => Record<string, number>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const bytes = await file.bytes();
  checkForeign(file.where, bytes);
  return readZip(file.where, bytes, membersOf(bytes), file.maxBytes, isVocabulary);
}

const limitsOf = ({ maxBytes, isOwned, signal }: SourceFile): H5Limits => ({ maxBytes, owned: isOwned, signal });

function readWeightsMember(file: SourceFile, files: ReadonlyMap<string, Uint8Array>): Promise<H5Group> {
  const weights = files.get("model.weights.h5");
  if (weights) return readHdf5(`${file.where}: model.weights.h5`, weights, limitsOf(file));
  throw new FileError(`${file.where} holds no model.weights.h5; save it in Keras as one file of HDF5 weights.`);
}

/** Reads the model of an `.h5` file. @throws FileError for whatever is wrong with it, and where it has only weights. */
export async function readH5Model(file: SourceFile, options: ReadModelOptions): Promise<ModelFromFile> {
  const { where } = file;
  const root = await readHdf5(where, await file.bytes(), limitsOf(file));
  const texts = asFileErrors(`${where}: its architecture`, () =>
    Object.fromEntries(["model_config", "training_config"].map((name) => [name, parseText(root.attributes.get(name))])),
  );
  if (texts.model_config === undefined) {
    throw new FileError(
      `${where} holds weights alone; make the model in code and use loadWeights, or give loadModel(json, { weights }) the result of model.to_json() too.`,
    );
  }
  const version =
    root.attributes.get("keras_version") ?? root.groups.get("model_weights")?.attributes.get("keras_version");
  const described = describeModel(where, texts, version, options);
  return { model: restoreModel(where, described, () => kerasTraining(texts), legacyValues(where, root), options) };
}

const parseText = (text: unknown): unknown =>
  text === undefined ? undefined : fromJson(typeof text === "string" ? text : textOf(text as Uint8Array));

const describeModel = (
  where: string,
  config: unknown,
  version: unknown,
  { onWarning }: Pick<ReadModelOptions, "onWarning">,
): Named =>
  asFileErrors(`${where}: its architecture`, () => {
    const kerasVersion = typeof version === "string" ? version : undefined;
    return fromKerasConfig(where, config, { compile: false, onWarning, kerasVersion }).model;
  });

/**
 * Gives a layer or model the weights of a `.keras` file.
 * @throws FileError where they do not match; nothing has changed then.
 */
export async function readKerasWeights(file: SourceFile, layer: Layer, options: MatchOptions): Promise<void> {
  assignWeights(file.where, layer, await readWeightsMember(file, await readMembers(file, weightsOnly)), options);
}

/**
 * Gives a layer or model the weights of a `.weights.h5` or `.h5` file.
 * @throws FileError where they do not match; nothing has changed then.
 */
export async function readH5Weights(file: SourceFile, layer: Layer, options: MatchOptions): Promise<void> {
  assignWeights(file.where, layer, await readHdf5(file.where, await file.bytes(), limitsOf(file)), options);
}

/** The values in the weights of a `.keras` file. @throws FileError for whatever is wrong with it. */
export async function readKerasValues(file: SourceFile): Promise<FileValues> {
  return v3Values(file.where, await readWeightsMember(file, await readMembers(file, weightsOnly)));
}

/** The values in a `.weights.h5` or `.h5` file. @throws FileError for whatever is wrong with it. */
export async function readH5Values(file: SourceFile): Promise<FileValues> {
  const root = await readHdf5(file.where, await file.bytes(), limitsOf(file));
  return (isLegacy(root) ? legacyValues : v3Values)(file.where, root);
}

/** The optimizer of a compiled model continues from that of a file of Keras 3, if it fits, as in Keras. */
function assignWeights(where: string, layer: Layer, root: H5Group, options: MatchOptions): void {
  const match = isLegacy(root) ? matchLegacy : matchTree;
  const found = match(where, layer, root, options);
  const isWhole = layer instanceof ModelLayer && !options.byName && !options.skipMismatch;
  if (isWhole && found.length > 0) found.push(...adoptOptimizer(where, layer, v3Values(where, root)));
  assignFound(where, layer, found);
}

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Makes the bytes of a `.keras` file. @throws ArgumentError for layers and options that Keras does not have. */
export async function writeKeras(where: string, model: ModelLayer): Promise<Uint8Array<ArrayBuffer>> {
  const text = (make: () => unknown) => new TextEncoder().encode(forPython(toJson(`${where}: ${model.label}`, make)));
  return writeZip(where, {
    "metadata.json": text(() => ({ keras_version: kerasVersion })),
    "config.json": text(() => toKerasConfig(model).config),
    "model.weights.h5": await writeWeightsFile(where, model),
  });
}

/** The numbers that JSON cannot represent as the words that Python reads. */
const forPython = (json: string): string => json.replace(/\{"number":"(NaN|-?Infinity)"\}/g, "$1");

/** Makes the bytes of a `.weights.h5` file, with the optimizer of a compiled model. */
export async function writeWeightsFile(where: string, root: Layer): Promise<Uint8Array<ArrayBuffer>> {
  // Both are read from the tensors at once, so that training that goes on meanwhile does not come between them.
  const [tree, group] = await Promise.all([
    treeToWrite(where, root),
    root instanceof ModelLayer ? optimizerToWrite(where, root) : undefined,
  ]);
  return writeHdf5(where, group ? { groups: new Map([...tree.groups!, ["optimizer", group]]) } : tree);
}
