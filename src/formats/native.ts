/**
 * Models and weights in the project's own format, which is safetensors with a tensor for each weight by name
 * (`dense/kernel`) and for each slot of the optimizer (`optimizer:momentum/dense/kernel`); its metadata holds the
 * architecture and the training state as JSON.
 */
import { ArgumentError, FileError } from "../errors.js";
import type { Layer } from "../layer.js";
import type { ModelLayer } from "../model.js";
import type { Named } from "../named.js";
import { asFileErrors, assignFound, buildModel, disposeOnError, takeOverTraining } from "./build.js";
import type { FileValues, MatchOptions, Metadata, ModelFromFile, ReadModelOptions } from "./format.js";
import { fromJson, toJson } from "./json.js";
import { numberKinds } from "./numberKinds.js";
import {
  readSafetensorsBody,
  readSafetensorsHeader,
  type SafeTensor,
  type SafetensorsFile,
  safetensorsHeaderEnd,
  type SafetensorsHeader,
} from "./safetensors.js";
import { metadataName, type NamedArray, safetensorsPieces } from "./safetensorsWriter.js";
import { describeShared } from "./sharing.js";
import type { SourceFile } from "./sourceFile.js";
import { restoreStreams, streamStates } from "./streams.js";
import { isSlot, matchSlots, restoreTraining, slotsOf, trainingConfig, unsettled } from "./training.js";
import { checkAllUsed, checkFiniteToWrite, matchTensors, type NamedWeight, namedWeights } from "./weights.js";

const format = "zoetrope";
const version = "1";
/** The names in a file's metadata that no text of a user can have. */
const reservedNames = ["format", "version", "model", "training", "streams"];

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The pieces of a model's file. @param own the user's texts. @throws ArgumentError for what no file can hold. */
export async function nativeModelPieces(where: string, model: ModelLayer, own: Metadata): Promise<Uint8Array[]> {
  checkMetadata(where, own);
  const settled = unsettled(model);
  if (settled) await settled;
  const described = toJson(`${where}: ${model.label}`, () => describeShared(where, model));
  const weights = namedWeights(model);
  const training = trainingConfig(where, model);
  const metadata = {
    ...own,
    format,
    version,
    model: described,
    streams: toJson(where, () => streamStates(model)),
    ...(training && { training: toJson(`${where}: how it was trained`, () => training) }),
  };
  // All reads begin now, before the model can be trained further.
  return filePieces(where, weightArrays(where, weights, slotsOf(model, weights)), metadata);
}

function checkMetadata(where: string, metadata: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(metadata)) {
    if (reservedNames.includes(name) || name === "__proto__") {
      throw new ArgumentError(
        `${where}: metadata "${name}" is a name of the file's own (${reservedNames.join(", ")}); choose another.`,
      );
    }
    if (typeof value !== "string") {
      throw new ArgumentError(
        `${where}: metadata "${name}" is ${typeof value}; expected a text, as of JSON.stringify.`,
      );
    }
  }
}

/** The pieces of a file of weights. @throws ArgumentError for values that are not finite. */
export const nativeWeightPieces = (where: string, layer: Layer): Promise<Uint8Array[]> =>
  filePieces(where, weightArrays(where, namedWeights(layer)), { format, version });

/** The values of weights; slots of the optimizer come after those of the model. @throws ArgumentError for reserved names. */
function weightArrays(
  where: string,
  weights: readonly NamedWeight[],
  slots: readonly NamedWeight[] = [],
): Promise<NamedArray>[] {
  const taken = weights.find(({ name }) => isSlot(name) || name === metadataName);
  if (taken) {
    throw new ArgumentError(`${where}: ${taken.layer.label} has "${taken.name}", a name of the file's own; rename it.`);
  }
  return [...weights, ...slots].map(async ({ name, weight }) => ({
    name,
    shape: weight.shape,
    data: await weight.data(),
  }));
}

async function filePieces(
  where: string,
  reads: readonly Promise<NamedArray>[],
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array[]> {
  const arrays = await Promise.all(reads);
  for (const { name, data } of arrays) checkFiniteToWrite(where, name, data);
  return safetensorsPieces(where, arrays, metadata);
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The user's texts in a file, of which only the header is read. @throws FileError where it is broken. */
export const readNativeMetadata = async (file: SourceFile): Promise<Metadata> => userTexts(await readHeader(file));

const userTexts = ({ metadata }: { metadata: Metadata }): Metadata =>
  Object.fromEntries(Object.entries(metadata).filter(([name]) => !reservedNames.includes(name)));

async function readHeader(file: SourceFile): Promise<SafetensorsHeader> {
  const end = safetensorsHeaderEnd(await file.beginning(8));
  return readSafetensorsHeader(await file.beginning(end), file.where, numberKinds);
}

async function readTensors(file: SourceFile): Promise<SafetensorsFile> {
  const header = await readHeader(file);
  return readSafetensorsBody(await file.bytes(header.fileLength), header, file.where);
}

/** The model of a file, and the user's texts in it. @throws FileError for whatever is wrong with the file. */
export async function readNativeModel(file: SourceFile, options: ReadModelOptions): Promise<ModelFromFile> {
  const { where } = file;
  const content = await readTensors(file);
  checkFormat(where, content.metadata);
  const numValues = [...content.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const model = asFileErrors(`${where}: its architecture`, () =>
    buildModel(fromJson(content.metadata.model) as Named, numValues),
  );
  disposeOnError(model, () => restoreWeights(where, model, content, options));
  return { model, metadata: userTexts(content) };
}

function checkFormat(where: string, metadata: SafetensorsFile["metadata"]): void {
  if (metadata.format !== format || metadata.model === undefined) {
    throw new FileError(`${where} holds no model; make one in code and use loadWeights.`);
  }
  if (metadata.version !== version) {
    throw new FileError(`${where} is of version ${metadata.version}, known is ${version}; a later zoetrope reads it.`);
  }
}

function restoreWeights(
  where: string,
  model: ModelLayer,
  { tensors, metadata }: SafetensorsFile,
  options: ReadModelOptions,
): void {
  const weights = namedWeights(model);
  const own = withoutSlots(tensors);
  const values = matchTensors(where, weights, own);
  checkAllUsed(where, new Set(weights.map(({ name }) => name)), own);
  if (metadata.training !== undefined) {
    const slots = takeOverTraining(where, options, () =>
      restoreTraining(where, model, fromJson(metadata.training), options.functions, (optimizer) => ({
        slots: matchSlots(where, optimizer, weights, tensors),
      })),
    );
    values.push(...slots);
  }
  restoreStreams(
    where,
    model,
    asFileErrors(`${where}: its record of random streams`, () => fromJson(metadata.streams)),
  );
  for (const [weight, data] of values) weight.assign(data);
}

const withoutSlots = (tensors: ReadonlyMap<string, SafeTensor>): Map<string, SafeTensor> =>
  new Map([...tensors].filter(([name]) => !isSlot(name)));

/** The values of the weights in a file, by the names of our weights. @throws FileError where it is broken. */
export async function readNativeValues(file: SourceFile): Promise<FileValues> {
  const { where } = file;
  const tensors = withoutSlots((await readTensors(file)).tensors);
  return {
    count: [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0),
    match(layer, { byName = false, skipMismatch = false }) {
      const weights = namedWeights(layer);
      const values = matchTensors(where, weights, tensors, { partial: byName, skipMismatch });
      if (!byName) checkAllUsed(where, new Set(weights.map(({ name }) => name)), tensors);
      return values;
    },
    optimizerState: () => ({ slots: [] }),
  };
}

/**
 * Gives a layer or model the weights of a file.
 * @throws FileError where they do not match; nothing has changed then.
 */
export async function readNativeWeights(file: SourceFile, layer: Layer, options: MatchOptions): Promise<void> {
  const values = await readNativeValues(file);
  const found = values.match(layer, options);
  if (options.byName || found.length > 0) assignFound(file.where, layer, found);
}
