/** Saving and loading models and weights in files of all formats. */
import { ArgumentError, checkOptions, kindOf, shown } from "../errors.js";
import { Layer, type LayerCall } from "../layer.js";
import { ModelLayer } from "../model.js";
import type { Metadata, ReadModelOptions } from "./format.js";
import { checkCallsToWrite } from "./graph.js";
import type { TransferOptions } from "../transfer.js";
import { parentsIn } from "./sharing.js";
import type { Source } from "./source.js";
import { type ModelFiles, withSourceFile } from "./sourceFile.js";
import { formatToWrite, readerOf, type WritableFormat } from "./table.js";
import { type Target, writeOrReturn } from "./target.js";
import type { CustomFunctions } from "./training.js";

// ── saving ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Options of `saveModel`. */
export interface SaveModelOptions {
  /** "safetensors", "keras" or "onnx"; by default the one that the target's name ends in, or "safetensors". */
  format?: WritableFormat<"writeModel">;
  /**
   * Texts to store with the model, by name, none by default; a loaded model has them as `metadata`. Only for
   * safetensors.
   */
  metadata?: Metadata;
}

/** Options of `saveWeights`. */
export interface SaveWeightsOptions {
  /** "safetensors" or "weights.h5"; by default the one that the target's name ends in, or "safetensors". */
  format?: WritableFormat<"writeWeights">;
}

/**
 * Saves a model: its architecture and weights and, if it was compiled, its loss, metrics and the whole state of its
 * optimizer. `*.keras` is a file that Keras 3 reads, `*.onnx` is only the network (see `exportOnnx`), every other name
 * is a safetensors file, from which the model is restored bit for bit. An interrupted save leaves an older file of the
 * same name as it was.
 * @param target a path, `file:` URL or WritableStream; without one the bytes are returned.
 * @throws ArgumentError when the format cannot hold something: user-defined functions among the options of layers,
 * weights that are not finite, metadata under a reserved name, more than `loadModel` would read; FileError when the file
 * cannot be written, or a package for its format is not installed.
 * @example
 * await saveModel(model, "film.safetensors", { metadata: { classes: JSON.stringify(["left", "right"]) } });
 * const bytes = await saveModel(model);
 */
export function saveModel(model: ModelLayer, target?: undefined, options?: SaveModelOptions): Promise<Uint8Array<ArrayBuffer>>; // prettier-ignore
export function saveModel(model: ModelLayer, target: Target, options?: SaveModelOptions): Promise<void>;
export async function saveModel(
  model: ModelLayer,
  target?: Target,
  options: SaveModelOptions = {},
): Promise<Uint8Array<ArrayBuffer> | void> {
  const caller = "saveModel";
  checkOptions(caller, options, ["format", "metadata"]);
  if (!(model instanceof ModelLayer)) {
    throw new ArgumentError(`${caller}: expected a model; saveWeights takes layers too.`);
  }
  const { name, reader, writeModel } = formatToWrite(caller, "writeModel", options.format, target);
  const { metadata = {} } = options;
  if (Object(metadata) !== metadata || Symbol.iterator in metadata) {
    throw new ArgumentError(
      `${caller}: metadata is ${kindOf(metadata)}; expected texts by name, as { classes: "..." }.`,
    );
  }
  if (Object.keys(metadata).length > 0 && !reader?.readMetadata) {
    throw new ArgumentError(`${caller}: a ${name} file has no place for metadata; use safetensors.`);
  }
  checkNames(caller, model);
  checkCallsToWrite(`${caller}: ${model.label}`, model);
  return writeOrReturn(caller, target, await writeModel(caller, model, metadata));
}

/**
 * Saves the weights of a layer or model. `*.weights.h5` is a file that Keras 3 reads, with the optimizer of a compiled
 * model; every other name is a safetensors file.
 * @param target a path, `file:` URL or WritableStream; without one the bytes are returned.
 * @throws ArgumentError when a weight is not finite; FileError when the file cannot be written, or a package for its
 * format is not installed.
 * @example
 * await saveWeights(model, "film.weights.h5");
 */
export function saveWeights(model: Layer, target?: undefined, options?: SaveWeightsOptions): Promise<Uint8Array<ArrayBuffer>>; // prettier-ignore
export function saveWeights(model: Layer, target: Target, options?: SaveWeightsOptions): Promise<void>;
export async function saveWeights(
  model: Layer,
  target?: Target,
  options: SaveWeightsOptions = {},
): Promise<Uint8Array<ArrayBuffer> | void> {
  const caller = "saveWeights";
  checkOptions(caller, options, ["format"]);
  if (!(model instanceof Layer)) throw new ArgumentError(`${caller}: expected a layer or model.`);
  const { writeWeights } = formatToWrite(caller, "writeWeights", options.format, target);
  return writeOrReturn(caller, target, await writeWeights(caller, model));
}

/** Names of models can be set after they became layers of another. @throws ArgumentError where they are not unique texts. */
function checkNames(caller: string, model: ModelLayer): void {
  for (const layer of parentsIn(model).keys()) {
    if (typeof layer.name !== "string") {
      throw new ArgumentError(`${caller}: a ${layer.className} has the name ${shown(layer.name)}; expected a text.`);
    }
    if (!(layer instanceof ModelLayer)) continue;
    const names = layer.layers.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice === undefined) continue;
    throw new ArgumentError(`${caller}: two layers of ${layer.label} are named "${twice}"; rename one.`);
  }
}

// ── loading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Options of `loadModel`. */
export interface LoadModelOptions extends TransferOptions {
  /**
   * Whether the model is compiled as it was when it was saved. With true, which is the default, a model whose compilation or
   * optimizer cannot be taken over is not compiled, and `onWarning` is told why; with "required" that is an error.
   */
  compile?: boolean | "required";
  /**
   * User-defined losses, metrics, schedules and optimizer factories by name, none by default: a file holds only their
   * names.
   */
  functions?: CustomFunctions;
  /**
   * Is called with one line for each thing that is computed or restored in another way than the file says, such as
   * mixed precision; `console.warn` by default.
   */
  onWarning?: (message: string) => void;
  /**
   * The weights of a model that is described by what `model.to_json()` gives in Keras: a path, URL, bytes, Blob and so
   * on, of a `.weights.h5`, `.h5`, `.keras` or safetensors file. None by default, as all other models hold theirs.
   */
  weights?: Source | ModelFiles;
  /** The most bytes that a file may have, and that may be unpacked from it, 2 GiB by default. */
  maxBytes?: number;
}

/** Options of `loadWeights`. */
export interface LoadWeightsOptions extends TransferOptions {
  /**
   * Whether layers are matched by name and not by order, false by default. Layers that are not in the file keep their
   * weights, and weights that are only in the file are ignored. Safetensors files are always matched by name; for them
   * the option only allows missing weights.
   */
  byName?: boolean;
  /** Another name for `byName`, false by default. */
  partial?: boolean;
  /** Whether weights that have another shape in the file keep their values, false by default. */
  skipMismatch?: boolean;
  /** The most bytes that a file may have, and that may be unpacked from it, 2 GiB by default. */
  maxBytes?: number;
}

/** A model from a file, with the texts that were saved with it. */
export type LoadedModel = ModelLayer &
  LayerCall & {
    /**
     * The texts that were passed to `saveModel` as `metadata`, by name. `saveModel` stores them again only if they are
     * passed again.
     */
    readonly metadata: Metadata;
  };

/**
 * Loads a model that `saveModel`, Keras (`.keras`, `.h5`, or the JSON of `model.to_json()` beside a file of weights) or
 * TensorFlow.js (`model.json` and the files that it names) has saved. The format is recognized by the file's first bytes,
 * not by its name. The model has the same weights bit for bit, is compiled if it was, and can be trained further;
 * `metadata` holds the texts that were saved with it. Where its compilation cannot be taken over, it is not compiled; see
 * `compile` and `onWarning`. No code of a file is run: it can only name layers of a closed table, and those that were
 * passed to `registerLayer`.
 * @throws FileError when anything is wrong with the file, before memory is allocated for what it claims to hold, or a
 * package for its format is not installed; ArgumentError when the source or an option is none; the reason of `signal`;
 * whatever `onProgress` throws.
 * @example
 * const model = await loadModel("film.safetensors");
 * const classes = JSON.parse(model.metadata.classes);
 * const scores = await model.predict(clip);
 * const described = await loadModel("architecture.json", { weights: "model.weights.h5" });
 */
export async function loadModel(source: Source | ModelFiles, options: LoadModelOptions = {}): Promise<LoadedModel> {
  checkOptions("loadModel", options, [
    "compile",
    "functions",
    "maxBytes",
    "onProgress",
    "onWarning",
    "signal",
    "weights",
  ]);
  const { compile = true, functions = {}, onWarning = console.warn, weights, ...reading } = options;
  if (typeof compile !== "boolean" && compile !== "required") {
    throw new ArgumentError(`loadModel: compile ${shown(compile)}; expected true, false or "required".`);
  }
  return withSourceFile("loadModel", source, reading, async (file) => {
    const reader = await readerOf(file);
    const read = async (beside?: ReadModelOptions["weights"]) => {
      const { model, metadata = {} } = await reader.readModel(file, { compile, functions, onWarning, weights: beside });
      return Object.assign(model as ModelLayer & LayerCall, { metadata: Object.freeze({ ...metadata }) });
    };
    if (weights === undefined) return read();
    if (!reader.mayLackWeights)
      throw new ArgumentError(
        `${file.where} holds weights of its own; load it without { weights }, then use loadWeights.`,
      );
    return withSourceFile("loadModel", weights, reading, (other) =>
      read({ where: other.where, values: async () => (await readerOf(other)).readValues(other) }),
    );
  });
}

/**
 * Reads the texts that were passed to `saveModel` as `metadata`, by name, without the model. For a safetensors file only
 * the header is read; files of other formats have no such texts, and only their first bytes are read. `loadModel` gives them
 * together with the model.
 * @throws FileError when the file cannot be read, or its header is broken; the reason of `signal`.
 * @example
 * const { classes } = await readMetadata("film.safetensors");
 */
export async function readMetadata(source: Source, options: TransferOptions = {}): Promise<Record<string, string>> {
  checkOptions("readMetadata", options, ["onProgress", "signal"]);
  return withSourceFile("readMetadata", source, options, async (file) => {
    const reader = await readerOf(file);
    return { ...(await reader.readMetadata?.(file)) };
  });
}

/**
 * Loads the weights of a file into a layer or model that is built: those of safetensors by names and shapes, those of
 * Keras's files (`.weights.h5`, `.keras`, `.h5`) as Keras does, by the order of layers or by names. The optimizer of a
 * compiled model gets the state in a file of Keras 3, if it is of the same kind; otherwise it does not change.
 * @throws FileError when the weights do not match; ArgumentError when the model is not built; the reason of `signal`;
 * nothing has changed then.
 * @example
 * await loadWeights(model, "film.weights.h5");
 * await loadWeights(model, "other.h5", { byName: true, skipMismatch: true });
 */
export async function loadWeights(
  model: Layer,
  source: Source | ModelFiles,
  options: LoadWeightsOptions = {},
): Promise<void> {
  checkOptions("loadWeights", options, ["byName", "partial", "skipMismatch", "maxBytes", "onProgress", "signal"]);
  if (!(model instanceof Layer)) throw new ArgumentError("loadWeights: expected a layer or model.");
  if (!model.built) throw new ArgumentError(`loadWeights: ${model.label} has no weights yet; call it once before.`);
  const { partial = false, byName = partial, skipMismatch = false, ...reading } = options;
  await withSourceFile("loadWeights", source, reading, async (file) => {
    const reader = await readerOf(file);
    await reader.readWeights(file, model, { byName, skipMismatch });
  });
}
