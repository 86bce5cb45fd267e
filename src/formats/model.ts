/**
 * Models and weights in files. The file is safetensors: a tensor for each weight by name, `dense/kernel`, and for each slot of
 * the optimizer, `optimizer:momentum/dense/kernel`; in the metadata the architecture and how it was being trained, as JSON.
 */
import { ArgumentError, checkOptions, FileError, OutOfMemoryError, ZoetropeError } from "../errors.js";
import { Layer, type LayerCall } from "../layer.js";
import { ModelLayer } from "../model.js";
import type { Named } from "../named.js";
import { sizeOf } from "../shape.js";
import { fromJson, toJson } from "./json.js";
import { layerFromConfig } from "./registry.js";
import { readSafetensors, type SafeTensor, type SafetensorsFile } from "./safetensors.js";
import { restoreStreams, streamStates } from "./streams.js";
import { joined, type NamedArray, safetensorsPieces } from "./safetensorsWriter.js";
import {
  type Functions,
  isSlot,
  matchedSlots,
  optimizerArrays,
  restoreTraining,
  type TrainingConfig,
  trainingConfig,
} from "./training.js";
import { nameOf, readBytes, type Source, type Target, writePieces } from "./transfer.js";
import { checkAllUsed, matched, type NamedWeight, namedWeights } from "./weights.js";

export interface LoadWeightsOptions {
  /** Whether weights that the file lacks may stay, and tensors that no weight has the name of may be left; false unless given. */
  partial?: boolean;
  /** Longer files are refused; 2 GiB unless given. */
  maxBytes?: number;
}

export interface LoadModelOptions {
  /** Whether the model is compiled as it was when it was saved; true unless given. */
  compile?: boolean;
  /** Losses, metrics, schedules and makers of optimizers of one's own, which a file can only name. */
  functions?: Functions;
  /** Longer files are refused; 2 GiB unless given. */
  maxBytes?: number;
}

export interface SaveModelOptions {
  /** Texts of your own to keep beside the model, by name; `readMetadata` gives them back. */
  metadata?: Readonly<Record<string, string>>;
}

const format = "zoetrope";
const version = "1";
/** The names in a file's metadata that are its own. */
const ownNames = ["format", "version", "model", "training", "streams"];

// ── saving ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Keeps a model: architecture, weights, and, if it was compiled, loss, metrics and the optimizer with all that it remembers.
 * A file appears whole or not at all: an interrupted save leaves the old one as it was.
 * @param target a path, file: URL or WritableStream; without one the bytes come back.
 * @throws ArgumentError for what no file can hold (functions of one's own in layers' options, weights that are not finite,
 * metadata under a name of the file's own); FileError where the file cannot be written.
 */
export function saveModel(
  model: ModelLayer,
  target?: undefined,
  options?: SaveModelOptions,
): Promise<Uint8Array<ArrayBuffer>>;
export function saveModel(model: ModelLayer, target: Target, options?: SaveModelOptions): Promise<void>;
export async function saveModel(
  model: ModelLayer,
  target?: Target,
  options: SaveModelOptions = {},
): Promise<Uint8Array<ArrayBuffer> | void> {
  const where = "saveModel";
  checkOptions(where, options, ["metadata"]);
  checkMetadata(where, options.metadata);
  if (!(model instanceof ModelLayer))
    throw new ArgumentError(`${where}: expected a model; saveWeights takes layers too.`);
  checkTree(where, model);
  const weights = namedWeights(model);
  const training = trainingConfig(where, model);
  const metadata = {
    ...options.metadata,
    format,
    version,
    model: toJson({ className: model.className, config: model.getConfig() }),
    streams: toJson(streamStates(model)),
    ...(training && { training: toJson(training) }),
  };
  // All reads begin now, before anyone can train on.
  return save(where, [...weightArrays(weights), ...optimizerArrays(model, weights)], metadata, target);
}

function checkMetadata(where: string, metadata: Readonly<Record<string, unknown>> = {}): void {
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

/** Keeps the weights of a layer or model by their names; see `saveModel`. */
export function saveWeights(model: Layer): Promise<Uint8Array<ArrayBuffer>>;
export function saveWeights(model: Layer, target: Target): Promise<void>;
export async function saveWeights(model: Layer, target?: Target): Promise<Uint8Array<ArrayBuffer> | void> {
  if (!(model instanceof Layer)) throw new ArgumentError("saveWeights: expected a layer or model.");
  return save("saveWeights", weightArrays(namedWeights(model)), { format, version }, target);
}

const weightArrays = (weights: readonly NamedWeight[]): Promise<NamedArray>[] =>
  weights.map(async ({ name, weight }) => ({ name, shape: weight.shape, data: await weight.data() }));

async function save(
  where: string,
  reads: readonly (NamedArray | Promise<NamedArray>)[],
  metadata: Readonly<Record<string, string>>,
  target: Target | undefined,
): Promise<Uint8Array<ArrayBuffer> | void> {
  const arrays = await Promise.all(reads);
  for (const { name, data } of arrays) {
    if (Array.prototype.every.call(data, Number.isFinite)) continue;
    throw new ArgumentError(`${where}: "${name}" holds values that are not finite; training has gone astray before.`);
  }
  const pieces = safetensorsPieces(arrays, metadata);
  return target === undefined ? joined(pieces) : writePieces(where, target, pieces);
}

/** A layer inside of two others would come back as two layers. */
function checkTree(where: string, root: Layer): void {
  const places = new Map<Layer, Layer>();
  const visit = (parent: Layer) => {
    for (const layer of parent.sublayers) {
      const other = places.get(layer);
      if (other) {
        throw new ArgumentError(
          `${where}: ${layer.label} lies both in ${other.label} and in ${parent.label}; only layers of one model can be shared.`,
        );
      }
      places.set(layer, parent);
      visit(layer);
    }
  };
  visit(root);
}

// ── loading ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A model that was kept by `saveModel`, with the same weights bit for bit, compiled if it was, ready to be trained on.
 * Runs no code of the file: it names layers of a closed table and those of your own that `registerLayer` was given.
 * @throws FileError for whatever is wrong with the file, before memory is taken for what it claims to be.
 */
export async function loadModel(source: Source, options: LoadModelOptions = {}): Promise<ModelLayer & LayerCall> {
  checkOptions("loadModel", options, ["compile", "functions", "maxBytes"]);
  const { compile = true, functions = {}, maxBytes } = options;
  const where = `loadModel: ${nameOf(source)}`;
  const { tensors, metadata } = readSafetensors(await readBytes("loadModel", source, maxBytes), where);
  checkFormat(where, metadata);
  const model = asFileErrors(`${where}: its architecture`, () => buildModel(metadata.model, tensors));
  try {
    restoreWeights(where, model, { tensors, metadata }, compile, functions);
  } catch (error) {
    model.optimizer?.dispose();
    for (const weight of model.weights) weight.dispose();
    throw error;
  }
  return model as ModelLayer & LayerCall;
}

/**
 * The texts that `saveModel` was given as `metadata`; none where it was given none. Any safetensors file is read.
 * @throws FileError for whatever is wrong with the file.
 */
export async function readMetadata(source: Source): Promise<Record<string, string>> {
  const { metadata } = readSafetensors(await readBytes("readMetadata", source), `readMetadata: ${nameOf(source)}`);
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !ownNames.includes(name)));
}

function checkFormat(where: string, metadata: SafetensorsFile["metadata"]): void {
  if (metadata.format !== format || metadata.model === undefined) {
    throw new FileError(`${where} holds no model; make one in code and use loadWeights.`);
  }
  if (metadata.version !== version) {
    throw new FileError(`${where} is of version ${metadata.version}, known is ${version}; a later zoetrope reads it.`);
  }
}

/** @throws FileError for a model with more weights than the file holds, before there is memory for them. */
function buildModel(text: string, tensors: SafetensorsFile["tensors"]): ModelLayer {
  let left = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  Layer.firstValues = (shape) => {
    const size = sizeOf(shape);
    left -= size;
    if (!(left >= 0)) throw new FileError("describes more weights than the file holds");
    return new Float32Array(size);
  };
  try {
    const model = layerFromConfig(fromJson(text) as Named);
    if (model instanceof ModelLayer) return model;
    throw new FileError(`${model.label} is no model`);
  } finally {
    Layer.firstValues = undefined;
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

/** What goes wrong in `work` is the file's fault, unless memory has run out. */
function asFileErrors<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof OutOfMemoryError) throw error;
    const { message } = error as Error;
    if (error instanceof FileError && message.startsWith("loadModel")) throw error;
    const what =
      error instanceof ZoetropeError
        ? `: ${message.replace(/\.$/, "")}`
        : ` is broken (${message.replace(/\s+/g, " ")})`;
    throw new FileError(`${where}${what}.`, { cause: error });
  }
}

const withoutSlots = (tensors: ReadonlyMap<string, SafeTensor>): Map<string, SafeTensor> =>
  new Map([...tensors].filter(([name]) => !isSlot(name)));

/**
 * Gives a layer or model that is built the weights of a file, by name and shape. The optimizer of a kept model is left.
 * @throws FileError where they do not match; nothing has changed then.
 */
export async function loadWeights(model: Layer, source: Source, options: LoadWeightsOptions = {}): Promise<void> {
  checkOptions("loadWeights", options, ["partial", "maxBytes"]);
  if (!(model instanceof Layer)) throw new ArgumentError("loadWeights: expected a layer or model.");
  const where = `loadWeights: ${nameOf(source)}`;
  const { partial = false, maxBytes } = options;
  const file = readSafetensors(await readBytes("loadWeights", source, maxBytes), where);
  const tensors = withoutSlots(file.tensors);
  if (!model.built) throw new ArgumentError(`loadWeights: ${model.label} has no weights yet; call it once before.`);
  const weights = namedWeights(model);
  const values = matched(where, weights, tensors, partial);
  if (!partial) checkAllUsed(where, new Set(weights.map(({ name }) => name)), tensors);
  else if (values.length === 0) throw new FileError(`${where} holds no weight of ${model.label}.`);
  for (const [weight, { data }] of values) weight.assign(data);
}
