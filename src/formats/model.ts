/** Models and weights in files of every kind: which kind it is, and who reads or writes it. */
import { ArgumentError, checkOptions } from "../errors.js";
import { Layer, type LayerCall } from "../layer.js";
import { ModelLayer } from "../model.js";
import { formatOf, kindOf, modelFormats, weightFormats } from "./kinds.js";
import {
  nativeModelPieces,
  nativeWeightPieces,
  readNativeModel,
  readNativeMetadata,
  readNativeWeights,
} from "./native.js";
import { concatBytes } from "./safetensorsWriter.js";
import type { CustomFunctions } from "./training.js";
import type { ReadShard } from "./tfjs/manifest.js";
import { type ModelFiles, opened } from "./tfjs/shards.js";
import { isOwned, nameOf, readBytes, type Source, type Target, writePieces } from "./transfer.js";

export interface SaveModelOptions {
  /** "safetensors" (the default), "keras" or "onnx"; by default as the target's name ends. */
  format?: (typeof modelFormats)[number];
  /** Texts of your own to keep beside the model, by name; `readMetadata` gives them back. In safetensors alone. */
  metadata?: Readonly<Record<string, string>>;
}

export interface SaveWeightsOptions {
  /** "safetensors" (the default) or "weights.h5"; by default as the target's name ends. */
  format?: (typeof weightFormats)[number];
}

export interface LoadWeightsOptions {
  /**
   * Layers by their names, not by their places: those that the file lacks stay as they are, those that only the file has are left.
   * False unless given. Safetensors go by names in any case.
   */
  byName?: boolean;
  /** Another word for `byName`. */
  partial?: boolean;
  /** Whether what the file holds in another shape stays as it is; false unless given. */
  skipMismatch?: boolean;
  /** Longer files are refused; 2 GiB unless given. */
  maxBytes?: number;
}

export interface LoadModelOptions {
  /** Whether the model is compiled as it was when it was saved; true unless given. */
  compile?: boolean;
  /** Losses, metrics, schedules and makers of optimizers of one's own, which a file can only name. */
  functions?: CustomFunctions;
  /** Longer files are refused; 2 GiB unless given. */
  maxBytes?: number;
}

// ── saving ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Keeps a model: architecture, weights, and, if it was compiled, loss, metrics and the optimizer with all that it remembers.
 * `*.keras` is what Keras 3 reads, `*.onnx` the network alone (`exportOnnx`); other names are safetensors, whose models come back
 * bit for bit. A file appears whole or not at all: an interrupted save leaves the old one as it was.
 * @param target a path, file: URL or WritableStream; without one the bytes come back.
 * @throws ArgumentError for what the format cannot hold (functions of one's own in layers' options, weights that are not finite,
 * metadata under a name of the file's own); FileError where the file cannot be written, or a package for its format is not installed.
 */
export function saveModel(model: ModelLayer, target?: undefined, options?: SaveModelOptions): Promise<Uint8Array<ArrayBuffer>>; // prettier-ignore
export function saveModel(model: ModelLayer, target: Target, options?: SaveModelOptions): Promise<void>;
export async function saveModel(
  model: ModelLayer,
  target?: Target,
  options: SaveModelOptions = {},
): Promise<Uint8Array<ArrayBuffer> | void> {
  const where = "saveModel";
  checkOptions(where, options, ["format", "metadata"]);
  if (!(model instanceof ModelLayer))
    throw new ArgumentError(`${where}: expected a model; saveWeights takes layers too.`);
  const format = formatOf(where, modelFormats, options.format, target);
  checkTree(where, model);
  return given(where, target, await formatPieces(where, format, model, options.metadata));
}

async function formatPieces(
  where: string,
  format: (typeof modelFormats)[number],
  model: ModelLayer,
  metadata: SaveModelOptions["metadata"],
) {
  if (format === "safetensors") return nativeModelPieces(where, model, metadata);
  if (metadata) throw new ArgumentError(`${where}: a ${format} file has no place for metadata; use safetensors.`);
  if (format === "keras") return [await (await import("./keras/archive.js")).writeKeras(where, model)];
  return [await (await import("./onnx/export.js")).exportOnnx(model)];
}

/** Keeps the weights of a layer or model; see `saveModel`. `*.weights.h5` is what Keras 3 reads, with the optimizer. */
export function saveWeights(model: Layer, target?: undefined, options?: SaveWeightsOptions): Promise<Uint8Array<ArrayBuffer>>; // prettier-ignore
export function saveWeights(model: Layer, target: Target, options?: SaveWeightsOptions): Promise<void>;
export async function saveWeights(
  model: Layer,
  target?: Target,
  options: SaveWeightsOptions = {},
): Promise<Uint8Array<ArrayBuffer> | void> {
  const where = "saveWeights";
  checkOptions(where, options, ["format"]);
  if (!(model instanceof Layer)) throw new ArgumentError(`${where}: expected a layer or model.`);
  const format = formatOf(where, weightFormats, options.format, target);
  if (format === "safetensors") return given(where, target, await nativeWeightPieces(where, model));
  const { writeWeightsFile } = await import("./keras/archive.js");
  return given(where, target, [await writeWeightsFile(where, model)]);
}

async function given(where: string, target: Target | undefined, pieces: Uint8Array[]) {
  if (target !== undefined) return writePieces(where, target, pieces);
  return pieces.length === 1 ? (pieces[0] as Uint8Array<ArrayBuffer>) : concatBytes(pieces);
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
 * A model that was kept by `saveModel`, with the same weights bit for bit, or by Keras (`.keras`, `.h5`) or TensorFlow.js
 * (`model.json` and the files that it names), whatever the file is called; compiled if it was, ready to be trained on. Runs no
 * code of the file: it names layers of a closed table and those of your own that `registerLayer` was given.
 * @throws FileError for whatever is wrong with the file, before memory is taken for what it claims to be.
 */
export async function loadModel(
  source: Source | ModelFiles,
  options: LoadModelOptions = {},
): Promise<ModelLayer & LayerCall> {
  checkOptions("loadModel", options, ["compile", "functions", "maxBytes"]);
  const { compile = true, functions = {}, maxBytes } = options;
  const { name, main, readShard } = opened("loadModel", source);
  const where = `loadModel: ${name}`;
  const bytes = await readBytes("loadModel", main, maxBytes);
  const how = { compile, functions, readShard, owned: isOwned(main), ...(maxBytes !== undefined && { maxBytes }) };
  return (await readModel(where, bytes, how)) as ModelLayer & LayerCall;
}

/**
 * The texts that `saveModel` was given as `metadata`; none where it was given none, or the file is of another format.
 * @throws FileError for whatever is wrong with the file.
 */
export async function readMetadata(source: Source): Promise<Record<string, string>> {
  const bytes = await readBytes("readMetadata", source);
  return kindOf(bytes) === "safetensors" ? readNativeMetadata(`readMetadata: ${nameOf(source)}`, bytes) : {};
}

type How = Required<Omit<LoadModelOptions, "maxBytes">> & { maxBytes?: number; owned: boolean; readShard: ReadShard };

async function readModel(where: string, bytes: Uint8Array, how: How): Promise<ModelLayer> {
  const kind = kindOf(bytes);
  if (kind === "safetensors") return readNativeModel(where, bytes, how);
  if (kind === "json") return (await import("./tfjs/read.js")).readTfjs(where, bytes, how.readShard, how);
  const { readH5Model, readKeras } = await import("./keras/archive.js");
  return kind === "zip" ? readKeras(where, bytes, how) : readH5Model(where, bytes, how);
}

/**
 * Gives a layer or model that is built the weights of a file: safetensors by names and shapes, Keras's files (`.weights.h5`,
 * `.keras`, `.h5`) as Keras does, layer after layer, or by names. The optimizer of a compiled model goes on from that of Keras 3's
 * files, if it fits; else it stays as it is.
 * @throws FileError where they do not match; nothing has changed then.
 */
export async function loadWeights(
  model: Layer,
  source: Source | ModelFiles,
  options: LoadWeightsOptions = {},
): Promise<void> {
  checkOptions("loadWeights", options, ["byName", "partial", "skipMismatch", "maxBytes"]);
  if (!(model instanceof Layer)) throw new ArgumentError("loadWeights: expected a layer or model.");
  const { name, main, readShard } = opened("loadWeights", source);
  const where = `loadWeights: ${name}`;
  const { partial = false, byName = partial, skipMismatch = false, maxBytes } = options;
  const bytes = await readBytes("loadWeights", main, maxBytes);
  const kind = kindOf(bytes);
  if (!model.built) throw new ArgumentError(`loadWeights: ${model.label} has no weights yet; call it once before.`);
  if (kind === "safetensors") return readNativeWeights(where, model, bytes, { partial: byName, skipMismatch });
  if (kind === "json") {
    const { readTfjsWeights } = await import("./tfjs/read.js");
    return readTfjsWeights(where, model, bytes, readShard, {
      byName,
      skipMismatch,
      ...(maxBytes && { maxBytes }),
    });
  }
  const limits = { owned: isOwned(main), ...(maxBytes !== undefined && { maxBytes }) };
  const { readKerasWeights } = await import("./keras/archive.js");
  return readKerasWeights(where, model, bytes, kind === "zip", { ...limits, byName, skipMismatch });
}
