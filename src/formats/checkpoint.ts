/**
 * Checkpoints: the state of a training in a file, from which it goes on to the same bit after whatever has ended it. A
 * safetensors file with a tensor for each weight of each model by its number (`head/0`) and for each slot of the optimizer
 * (`optimizer:momentum/head/0`) and for each array of numbers in the state of the loop (`progress:0`). Its metadata holds the
 * rest as JSON, what it belongs to, and first a SHA-256 of the whole file, in which the 64 digits of that count as zeros.
 * Beside the newest checkpoint lies the one before it; see checkpointStore.ts.
 */
import { ArgumentError, FileError } from "../errors.js";
import { hostModule } from "../host.js";
import type { ModelLayer } from "../model.js";
import type { Optimizer } from "../optimizer.js";
import { asFileErrors } from "./build.js";
import { concatBytes } from "./bytes.js";
import { withArrays, withoutArrays } from "./checkpointState.js";
import { type Age, type CheckpointStore, fileStore } from "./checkpointStore.js";
import { asObject, fromJson, type JsonObject, toJson } from "./json.js";
import { readSafetensors, type SafetensorsFile } from "./safetensors.js";
import { type NamedArray, safetensorsPieces } from "./safetensorsWriter.js";
import { matchStreams, streamStates } from "./streams.js";
import { adoptState, matchSlots, slotsOf } from "./training.js";
import { extensionOf } from "../optimizers/extension.js";
import { type Assignment, checkFiniteToWrite, matchTensors, type NamedWeight, namedWeights } from "./weights.js";

/** What is trained. */
export interface Training {
  /** A text that names the settings, the data and the build. The checkpoint of a training of another key is not used. */
  readonly key: string;
  /** The models by name, built and compiled. Their layers may have other names than when the checkpoint was written. */
  readonly models: Readonly<Record<string, ModelLayer>>;
  /** Says how a training of another key differs. Where it is given, a checkpoint of another is an ArgumentError. */
  readonly compare?: (key: string) => string;
  /** Checks the progress of a checkpoint, and returns what restores it. @throws FileError where it cannot be used. */
  readonly match?: (where: string, progress: unknown) => () => void;
}

/** Where checkpoints lie: a store, or the path of a file. */
export type CheckpointPlace = string | CheckpointStore;

/** The result of `restoreCheckpoint`. */
export interface Restored {
  /** What was passed to `writeCheckpoint`; undefined if there is no checkpoint that can be used. */
  progress?: unknown;
  /** The name of the one that was used: a path. */
  path?: string;
  /** A line about each checkpoint that is there and cannot be used. */
  faults: string[];
}

const format = "zoetrope checkpoint";
const version = "1";

const storeOf = (place: CheckpointPlace): CheckpointStore => (typeof place === "string" ? fileStore(place) : place);

// ── the checksum ─────────────────────────────────────────────────────────────────────────────────────────────────────

const digestBegin = 8 + '{"__metadata__":{"sha256":"'.length;
const digestEnd = digestBegin + 64;
const zeros = "0".repeat(64);

interface Hash {
  update(bytes: Uint8Array): Hash;
  digest(encoding: "hex"): string;
}

/** In Node by its module, in a page by the browser; zeros where that has none, as in a page that was not loaded by https. */
async function sha256(pieces: readonly Uint8Array[]): Promise<string> {
  const node = hostModule("node:crypto") as { createHash(name: string): Hash } | undefined;
  if (node) {
    const hash = node.createHash("sha256");
    for (const piece of pieces) hash.update(piece);
    return hash.digest("hex");
  }
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) return zeros;
  const digest = new Uint8Array(await subtle.digest("SHA-256", concatBytes(pieces)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Writes the state of a training at this moment: weights, optimizers and random streams of the models, and `progress`. The
 * models may be trained further while it is written. A file is complete and on the disk before it gets its name, and the
 * checkpoint before it stays as `.previous`.
 * @param progress the state of the loop as plain data, which may hold Float32Arrays: where it is in its data, histories, seeds.
 * @throws FileError where it cannot be written; the last checkpoint is unchanged then, and may have the name of the previous
 * one. ArgumentError where a value is not finite, or a model is not compiled.
 */
export async function writeCheckpoint(
  place: CheckpointPlace,
  { key, models }: Training,
  progress: unknown,
): Promise<void> {
  const store = storeOf(place);
  const [path] = store.names;
  const states = Object.fromEntries(Object.entries(models).map(([name, model]) => [name, stateOf(name, model)]));
  // All reads begin now, before the models can be trained further.
  const reads = Object.entries(models).flatMap(([name, model]) => {
    const weights = numberedWeights(name, model);
    return [...weights, ...slotsOf(model, weights)].map(readWeight);
  });
  const own: NamedArray[] = [];
  const described = { progress: toJson(path, () => withoutArrays(progress, own)), models: toJson(path, () => states) };
  const metadata = { sha256: zeros, format, version, key, ...described };
  const arrays = [...(await Promise.all(reads)), ...own];
  for (const { name, data } of arrays) checkFiniteToWrite(path, name, data);
  const pieces = safetensorsPieces(path, arrays, metadata);
  pieces[0].set(new TextEncoder().encode(await sha256(pieces)), digestBegin);
  await store.write(pieces);
}

const readWeight = async ({ name, weight }: NamedWeight) => ({ name, shape: weight.shape, data: await weight.data() });

/** The weights of a model, named by their numbers: the names of layers depend on what a program has made before. */
const numberedWeights = (name: string, model: ModelLayer): NamedWeight[] =>
  namedWeights(model).map((weight, i) => ({ ...weight, name: `${name}/${i}` }));

function stateOf(name: string, model: ModelLayer) {
  const optimizer = optimizerOf(name, model);
  const { name: kind, iterations } = optimizer;
  const lossScale = extensionOf(optimizer)?.lossScale?.state;
  return { optimizer: kind, iterations, learningRate: fixedRate(optimizer), lossScale, streams: streamStates(model) };
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
export async function restoreCheckpoint(place: CheckpointPlace, training: Training): Promise<Restored> {
  const store = storeOf(place);
  const faults: string[] = [];
  for (const age of [0, 1] as const) {
    try {
      const content = await readWhole(store, age);
      if (!content) continue;
      const restore = matchTraining(store.names[age], training, content);
      // Otherwise the next checkpoint would replace this one, which is whole, by the one that is not.
      if (age === 1) await store.remove(0);
      return { progress: restore(), path: store.names[age], faults };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      faults.push(error.message);
    }
  }
  return { faults };
}

/** Deletes the checkpoints of a training that is finished. */
export async function removeCheckpoint(place: CheckpointPlace): Promise<void> {
  const store = storeOf(place);
  for (const age of [0, 1] as const) await store.remove(age);
}

/** The content of a checkpoint; undefined if there is none. @throws FileError where its checksum is wrong. */
async function readWhole(store: CheckpointStore, age: Age): Promise<SafetensorsFile | undefined> {
  const path = store.names[age];
  const bytes = await store.read(age);
  if (!bytes) return undefined;
  const digest = new TextDecoder().decode(bytes.subarray(digestBegin, digestEnd));
  const noDigest = new TextEncoder().encode(zeros);
  if (digest !== (await sha256([bytes.subarray(0, digestBegin), noDigest, bytes.subarray(digestEnd)]))) {
    throw new FileError(`${path}: damaged, or no checkpoint (its checksum is wrong).`);
  }
  return readSafetensors(bytes, path);
}

/** Checks that a file belongs to the training, and returns a function that restores it and gives its progress. */
function matchTraining(
  where: string,
  { key, models, compare, match }: Training,
  { tensors, metadata }: SafetensorsFile,
): () => unknown {
  if (metadata.format !== format || metadata.version !== version) {
    throw new FileError(`${where}: no checkpoint of this version of zoetrope.`);
  }
  if (metadata.key !== key && compare) throw new ArgumentError(`${where}: ${compare(metadata.key)}`);
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
  const used = new Set<string>();
  const withOwn = withArrays(where, progress, tensors, used);
  if (matched.reduce((sum, { values }) => sum + values.length, used.size) !== tensors.size) {
    throw new FileError(`${where}: holds other weights than those of these models.`);
  }
  const restoreProgress = match?.(where, withOwn);
  return () => {
    restoreProgress?.();
    for (const { values, restore } of matched) {
      restore();
      for (const [weight, data] of values) weight.assign(data);
    }
    return withOwn;
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
  const {
    optimizer: kind,
    iterations = -1,
    learningRate: rate,
    lossScale,
  } = state as Partial<ReturnType<typeof stateOf>>;
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
      adoptState(where, optimizer, { updates: iterations, learningRate: rate, lossScale });
      restoreStreams();
    },
  };
}
