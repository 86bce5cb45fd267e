/**
 * Models and weights in files of our own. The file is safetensors: a tensor for each weight by name, `dense/kernel`, and for each
 * slot of the optimizer, `optimizer:momentum/dense/kernel`; in the metadata the architecture and how it was being trained, as JSON.
 */
import { allFinite } from "../finite.js";
import { ArgumentError, FileError } from "../errors.js";
import type { Layer } from "../layer.js";
import type { ModelLayer } from "../model.js";
import type { Named } from "../named.js";
import { asFileErrors, buildModel, finished } from "./build.js";
import { fromJson, toJson } from "./json.js";
import { readSafetensors, type SafeTensor, type SafetensorsFile } from "./safetensors.js";
import { type NamedArray, safetensorsPieces } from "./safetensorsWriter.js";
import { restoreStreams, streamStates } from "./streams.js";
import {
  type Functions,
  isSlot,
  matchedSlots,
  optimizerArrays,
  restoreTraining,
  type TrainingConfig,
  trainingConfig,
} from "./training.js";
import { checkAllUsed, matched, type NamedWeight, namedWeights } from "./weights.js";

const format = "zoetrope";
const version = "1";
/** The names in a file's metadata that are its own. */
const ownNames = ["format", "version", "model", "training", "streams"];

// ── out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The pieces of a model's file; `own` are texts to keep in it. @throws ArgumentError for what no file can hold. */
export async function nativeModel(
  where: string,
  model: ModelLayer,
  own: Readonly<Record<string, string>> = {},
): Promise<Uint8Array[]> {
  checkOwn(where, own);
  const weights = namedWeights(model);
  const training = trainingConfig(where, model);
  const metadata = {
    ...own,
    format,
    version,
    model: toJson({ className: model.className, config: model.getConfig() }),
    streams: toJson(streamStates(model)),
    ...(training && { training: toJson(training) }),
  };
  // All reads begin now, before anyone can train on.
  return pieces(where, [...weightArrays(weights), ...optimizerArrays(model, weights)], metadata);
}

function checkOwn(where: string, metadata: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(metadata)) {
    if (ownNames.includes(name) || name === "__proto__") {
      throw new ArgumentError(
        `${where}: metadata "${name}" is a name of the file's own (${ownNames.join(", ")}); choose another.`,
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
export const nativeWeights = (where: string, layer: Layer): Promise<Uint8Array[]> =>
  pieces(where, weightArrays(namedWeights(layer)), { format, version });

const weightArrays = (weights: readonly NamedWeight[]): Promise<NamedArray>[] =>
  weights.map(async ({ name, weight }) => ({ name, shape: weight.shape, data: await weight.data() }));

async function pieces(
  where: string,
  reads: readonly Promise<NamedArray>[],
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array[]> {
  const arrays = await Promise.all(reads);
  for (const { name, data } of arrays) {
    if (allFinite(data)) continue;
    throw new ArgumentError(`${where}: "${name}" holds values that are not finite; training has gone astray before.`);
  }
  return safetensorsPieces(arrays, metadata);
}

// ── in ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The texts in a file that are not its own. */
export function readNativeMetadata(where: string, bytes: Uint8Array): Record<string, string> {
  const { metadata } = readSafetensors(bytes, where);
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !ownNames.includes(name)));
}

/** The model of a file. @throws FileError for whatever is wrong with it. */
export function readNative(
  where: string,
  bytes: Uint8Array,
  { compile, functions }: { compile: boolean; functions: Functions },
): ModelLayer {
  const file = readSafetensors(bytes, where);
  checkFormat(where, file.metadata);
  const numValues = [...file.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const model = asFileErrors(`${where}: its architecture`, () =>
    buildModel(fromJson(file.metadata.model) as Named, numValues),
  );
  return finished(model, () => restoreWeights(where, model, file, compile, functions));
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
  compile: boolean,
  functions: Functions,
): void {
  const weights = namedWeights(model);
  const own = withoutSlots(tensors);
  const values = matched(where, weights, own);
  checkAllUsed(where, new Set(weights.map(({ name }) => name)), own);
  if (compile && metadata.training !== undefined) {
    asFileErrors(`${where}: how it was trained`, () => {
      restoreTraining(where, model, fromJson(metadata.training) as TrainingConfig, functions);
      values.push(...matchedSlots(where, model, weights, tensors));
    });
  }
  restoreStreams(
    where,
    model,
    asFileErrors(`${where}: its record of random streams`, () => fromJson(metadata.streams)),
  );
  for (const [weight, { data }] of values) weight.assign(data);
}

const withoutSlots = (tensors: ReadonlyMap<string, SafeTensor>): Map<string, SafeTensor> =>
  new Map([...tensors].filter(([name]) => !isSlot(name)));

/** Gives a layer or model the weights of a file. @throws FileError where they do not match; nothing has changed then. */
export function readNativeWeights(
  where: string,
  model: Layer,
  bytes: Uint8Array,
  options: { partial: boolean; skipMismatch: boolean },
): void {
  const tensors = withoutSlots(readSafetensors(bytes, where).tensors);
  const weights = namedWeights(model);
  const values = matched(where, weights, tensors, options);
  if (!options.partial) checkAllUsed(where, new Set(weights.map(({ name }) => name)), tensors);
  else if (values.length === 0) throw new FileError(`${where} holds no weight of ${model.label}.`);
  for (const [weight, { data }] of values) weight.assign(data);
}
