/**
 * Checkpoints: the state of a training in a file, from which it goes on to the same bit after whatever has ended it. A
 * safetensors file with a tensor for each weight of each model by its number (`head/0`) and for each slot of the optimizer
 * (`optimizer:momentum/head/0`). Its metadata holds the rest as JSON, what it belongs to, and first a SHA-256 of the whole
 * file, in which the 64 digits of that count as zeros. Beside the newest checkpoint lies the one before it, `.previous`.
 */
import { ArgumentError, FileError } from "../errors.js";
import { fileSystem, hostModule } from "../host.js";
import type { ModelLayer } from "../model.js";
import type { Optimizer } from "../optimizer.js";
import { asFileErrors } from "./build.js";
import { concatBytes } from "./bytes.js";
import { readFile, writeFile } from "./files.js";
import { asObject, fromJson, type JsonObject, toJson } from "./json.js";
import { readSafetensors, type SafetensorsFile } from "./safetensors.js";
import { safetensorsPieces } from "./safetensorsWriter.js";
import { matchStreams, streamStates } from "./streams.js";
import { matchSlots, slotsOf } from "./training.js";
import { type Assignment, checkFiniteToWrite, matchTensors, type NamedWeight, namedWeights } from "./weights.js";

/** What is trained. */
export interface Training {
  /** A text that names the settings, the data and the build. The checkpoint of a training of another key is not used. */
  readonly key: string;
  /** The models by name, built and compiled. Their layers may have other names than when the checkpoint was written. */
  readonly models: Readonly<Record<string, ModelLayer>>;
}

/** The result of `restoreCheckpoint`. */
export interface Restored {
  /** What was passed to `writeCheckpoint`; undefined if there is no checkpoint that can be used. */
  progress?: unknown;
  /** The path of the file that was used. */
  path?: string;
  /** A line about each checkpoint that is there and cannot be used. */
  faults: string[];
}

const format = "zoetrope checkpoint";
const version = "1";

const previousOf = (path: string): string => `${path}.previous`;

// ── the checksum ─────────────────────────────────────────────────────────────────────────────────────────────────────

const digestBegin = 8 + '{"__metadata__":{"sha256":"'.length;
const digestEnd = digestBegin + 64;
const zeros = "0".repeat(64);

interface Hash {
  update(bytes: Uint8Array | string): Hash;
  digest(encoding: "hex"): string;
}

/** Where there is a file system, there is this module. */
function sha256(pieces: readonly (Uint8Array | string)[]): string {
  const { createHash } = hostModule("node:crypto") as { createHash(name: string): Hash };
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Writes the state of a training at this moment: weights, optimizers and random streams of the models, and `progress`. The
 * models may be trained further while it is written. The file is complete and on the disk before it gets its name, and the
 * checkpoint before it stays as `.previous`.
 * @param progress the state of the loop as plain data: where it is in its data, histories, seeds.
 * @throws FileError where it cannot be written; the last checkpoint is unchanged then, and may have the name of the previous
 * one. ArgumentError where a value is not finite, or a model is not compiled.
 */
export async function writeCheckpoint(path: string, { key, models }: Training, progress: unknown): Promise<void> {
  const files = fileSystem()?.promises;
  if (!files) throw new FileError(`${path}: there is no file system here, which checkpoints need.`);
  const states = Object.fromEntries(Object.entries(models).map(([name, model]) => [name, stateOf(name, model)]));
  // All reads begin now, before the models can be trained further.
  const reads = Object.entries(models).flatMap(([name, model]) => {
    const weights = numberedWeights(name, model);
    return [...weights, ...slotsOf(model, weights)].map(readWeight);
  });
  const described = { progress: toJson(path, () => progress), models: toJson(path, () => states) };
  const metadata = { sha256: zeros, format, version, key, ...described };
  const arrays = await Promise.all(reads);
  for (const { name, data } of arrays) checkFiniteToWrite(path, name, data);
  const pieces = safetensorsPieces(path, arrays, metadata);
  pieces[0].set(new TextEncoder().encode(sha256(pieces)), digestBegin);
  await files.rename(path, previousOf(path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return; // it is the first
    throw new FileError(`${path}: cannot be renamed (${error.message}).`, { cause: error });
  });
  await writeFile(path, pieces);
}

const readWeight = async ({ name, weight }: NamedWeight) => ({ name, shape: weight.shape, data: await weight.data() });

/** The weights of a model, named by their numbers: the names of layers depend on what a program has made before. */
const numberedWeights = (name: string, model: ModelLayer): NamedWeight[] =>
  namedWeights(model).map((weight, i) => ({ ...weight, name: `${name}/${i}` }));

function stateOf(name: string, model: ModelLayer) {
  const optimizer = optimizerOf(name, model);
  const { name: kind, iterations } = optimizer;
  return { optimizer: kind, iterations, learningRate: fixedRate(optimizer), streams: streamStates(model) };
}

/** A learning rate that follows no schedule: a callback may have changed it. */
function fixedRate(optimizer: Optimizer): number | undefined {
  const { learningRate } = optimizer.getConfig();
  return typeof learningRate === "number" ? learningRate : undefined;
}

function optimizerOf(name: string, { optimizer }: ModelLayer) {
  if (optimizer) return optimizer;
  throw new ArgumentError(`checkpoint: the model "${name}" is not compiled; call compile before.`);
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Gives the models the state of the newest checkpoint that is whole and belongs to this training. Where there is none,
 * nothing changes.
 * @throws ArgumentError where a model is not compiled.
 */
export async function restoreCheckpoint(path: string, training: Training): Promise<Restored> {
  const faults: string[] = [];
  for (const each of [path, previousOf(path)]) {
    try {
      const content = await readWhole(each);
      if (!content) continue;
      const restore = matchTraining(each, training, content);
      // Otherwise the next checkpoint would replace this one, which is whole, by the one that is not.
      if (each !== path) await fileSystem()!.promises.unlink(path).catch(() => {}); // prettier-ignore
      return { progress: restore(), path: each, faults };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      faults.push(error.message);
    }
  }
  return { faults };
}

/** Deletes the checkpoints of a training that is finished. */
export async function removeCheckpoint(path: string): Promise<void> {
  for (const each of [path, previousOf(path)]) await fileSystem()?.promises.unlink(each).catch(() => {}); // prettier-ignore
}

/** The content of a file; undefined if there is none. @throws FileError where its checksum is wrong. */
async function readWhole(path: string): Promise<SafetensorsFile | undefined> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of readFile(path)) pieces.push(piece);
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return undefined;
    throw error;
  }
  const bytes = concatBytes(pieces);
  const digest = new TextDecoder().decode(bytes.subarray(digestBegin, digestEnd));
  if (digest !== sha256([bytes.subarray(0, digestBegin), zeros, bytes.subarray(digestEnd)])) {
    throw new FileError(`${path}: damaged, or no checkpoint (its checksum is wrong).`);
  }
  return readSafetensors(bytes, path);
}

/** Checks that a file belongs to the training, and returns a function that restores it and gives its progress. */
function matchTraining(
  where: string,
  { key, models }: Training,
  { tensors, metadata }: SafetensorsFile,
): () => unknown {
  if (metadata.format !== format || metadata.version !== version) {
    throw new FileError(`${where}: no checkpoint of this version of zoetrope.`);
  }
  if (metadata.key !== key) throw new FileError(`${where}: belongs to another training, of other settings or data.`);
  const [progress, states] = asFileErrors(`${where}: its record`, () =>
    [metadata.progress, metadata.models].map((text) => fromJson(text)),
  );
  const matched = Object.entries(models).map(([name, model]) =>
    matchModel(
      where,
      name,
      model,
      asObject(`${where}: its record of "${name}"`, (states as JsonObject)[name]),
      tensors,
    ),
  );
  if (matched.reduce((sum, { values }) => sum + values.length, 0) !== tensors.size) {
    throw new FileError(`${where}: holds other weights than those of these models.`);
  }
  return () => {
    for (const { values, restore } of matched) {
      restore();
      for (const [weight, data] of values) weight.assign(data);
    }
    return progress;
  };
}

function matchModel(
  where: string,
  name: string,
  model: ModelLayer,
  state: JsonObject,
  tensors: SafetensorsFile["tensors"],
): { values: Assignment[]; restore: () => void } {
  const optimizer = optimizerOf(name, model);
  const { optimizer: kind, iterations = -1, learningRate: rate } = state as Partial<ReturnType<typeof stateOf>>;
  const hasRate = rate === undefined || (rate >= 0 && rate < Infinity);
  const isScheduled = fixedRate(optimizer) === undefined;
  if (
    kind !== optimizer.name ||
    !hasRate ||
    isScheduled !== (rate === undefined) ||
    !(Number.isSafeInteger(iterations) && iterations >= 0)
  ) {
    throw new FileError(`${where}: "${name}" was trained by another optimizer than this ${optimizer.name}.`);
  }
  const weights = numberedWeights(name, model);
  const values = matchTensors(where, weights, tensors);
  const restoreStreams = matchStreams(where, model, state.streams);
  values.push(...matchSlots(where, optimizer, weights, tensors));
  return {
    values,
    restore() {
      for (const slot of optimizer.variables) slot.assign(new Float32Array(slot.size)); // also those that the file lacks
      optimizer.iterations = iterations;
      if (rate !== undefined) optimizer.learningRate = rate;
      restoreStreams();
    },
  };
}
