/** Keeps the state of `fit` in checkpoints, and goes on from them. */
import type { Callback } from "../callback.js";
import { ArgumentError, checkOptions, FileError, shown } from "../errors.js";
import { ModelLayer } from "../model.js";
import { RandomStream } from "../random.js";
import type { FitOptions } from "../training.js";
import type { AveragesState } from "../training/averages.js";
import type { BatchSource, Order, Samples } from "../training/data.js";
import type { Checkpoint, FitPosition, Keeper, KeptFeed, Use } from "../training/keeper.js";
import type { TrainedModel } from "../training/trainedModel.js";
import { removeCheckpoint, restoreCheckpoint, type Training, writeCheckpoint } from "./checkpoint.js";
import { type CheckpointStore, storeAt } from "./checkpointStore.js";
import { fromJson } from "./json.js";
import { layerStates, type LayerStates, matchLayerStates } from "./layerStates.js";
import { streamFrom, type StreamState, streamState } from "./streams.js";
import { unsettled } from "./training.js";
import { firstDifference, type KeyTexts, keyTexts } from "./trainingKey.js";
import { NotFiniteError } from "./weights.js";

/** When a checkpoint is written within an epoch, where nothing else is asked for. */
const intervalMs = 30_000;
/** Writing takes at most this share of the time, where nothing else is asked for. */
const mostShare = 1 / 20;

/** The options of `checkpointAt`. */
export interface CheckpointOptions {
  /**
   * When the state is written: "epoch" after each epoch, or a number of batches. By default after each epoch and every 30
   * seconds within one, but so that writing takes no more than a twentieth of the time. It is also written at the beginning,
   * after the last epoch, and when `signal` stops `fit`.
   */
  every?: "epoch" | number;
  /** Whether `fit` goes on from the checkpoint that is there; true by default. With false that is deleted. */
  resume?: boolean;
}

/** Where a pass over data is. */
interface Pass {
  /** The batches that were taken from it. */
  used: number;
  /** The stream before the order of this pass was drawn. */
  before?: StreamState | undefined;
}

/** The state of a `fit` beside weights and optimizer. */
interface FitState {
  readonly at: Omit<FitPosition, "averages"> & { readonly averages?: AveragesState | undefined };
  readonly passes: Readonly<Record<Use, Pass>>;
  readonly callbacks: readonly unknown[];
  readonly layers: LayerStates;
  readonly isStopped: boolean;
}

class FitKeeper implements Keeper {
  readonly #model: ModelLayer;
  /** Those that have a state. */
  readonly #callbacks: readonly Callback[];
  readonly #texts: KeyTexts;
  #passes: Record<Use, Pass> = { Train: { used: 0 }, Test: { used: 0 } };
  /** The passes when the epoch began, from where its batches are counted. */
  #begun!: Record<Use, Pass>;
  #stream: RandomStream | undefined;
  #at!: FitPosition;
  /** The state before a validation, which may change states that only training should. */
  #held: FitState | undefined;
  #batches = 0;
  #lastMs = performance.now();
  /** How long the last checkpoint took. */
  #costMs = 0;

  constructor(
    readonly store: CheckpointStore,
    readonly where: string,
    model: TrainedModel,
    readonly options: FitOptions,
    readonly own: CheckpointOptions & { isDeleted?: boolean },
  ) {
    if (!(model instanceof ModelLayer))
      throw new ArgumentError(`${where}: checkpoint goes with a model of this package.`);
    this.#model = model;
    const { callbacks = [] } = options;
    this.#callbacks = callbacks.filter(({ getState }) => getState);
    for (const { getState, setState } of callbacks) {
      if (typeof getState === typeof setState) continue;
      throw new ArgumentError(`${where}: a callback has only one of getState and setState; give both, or none.`);
    }
    this.#texts = keyTexts(model, options);
  }

  // ── the data ───────────────────────────────────────────────────────────────────────────────────────────────────────

  order({ x, y, weights }: Samples, shuffle: Order | undefined): Order {
    const shapes = (values: Samples["x"]) => values.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
    Object.assign(this.#texts, { x: shapes(x), y: shapes(y), sampleWeight: shapes(weights) });
    this.#stream = shuffle instanceof RandomStream ? shuffle : undefined;
    return {
      permutation: (length) => {
        this.#passes.Train = { used: 0, before: this.#stream && streamState(this.#stream) };
        return this.#stream?.permutation(length);
      },
    };
  }

  source(use: Use, batches: BatchSource): BatchSource {
    return () => {
      this.#passes[use] = { used: 0 };
      return typeof batches === "function" ? batches() : batches;
    };
  }

  took(use: Use): void {
    this.#passes[use].used++;
  }

  /** Ends the epoch for the data: without a number of steps it was a whole pass. */
  #beginEpoch(): void {
    const { stepsPerEpoch, validationSteps } = this.options;
    if (stepsPerEpoch === undefined) this.#passes.Train.used = 0;
    if (validationSteps === undefined) this.#passes.Test.used = 0;
    if (this.#passes.Train.used === 0) this.#passes.Train.before = this.#stream && streamState(this.#stream);
    this.#begun = structuredClone(this.#passes);
  }

  // ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async batch(): Promise<void> {
    const { every } = this.own;
    this.#batches++;
    // What a callback stops is decided again: the epoch is about to end.
    if (this.#model.stopTraining || every === "epoch") return;
    if (every === undefined ? this.#isDue(intervalMs) : this.#batches % every === 0) await this.#write();
  }

  async hold(): Promise<void> {
    if (this.options.signal) this.#held = await this.#state();
  }

  async epoch(): Promise<void> {
    this.#held = undefined;
    this.#beginEpoch();
    const { every } = this.own;
    const isLast = this.#at.epoch >= (this.options.epochs ?? 1) || this.#model.stopTraining;
    if (isLast || every === "epoch" || (every === undefined && this.#isDue(0))) await this.#write();
  }

  async stop(): Promise<void> {
    await this.#write(this.#held);
  }

  async end(): Promise<void> {
    if (this.own.isDeleted) await removeCheckpoint(this.store);
  }

  #isDue(leastMs: number): boolean {
    return performance.now() >= this.#lastMs + Math.max(leastMs, this.#costMs / mostShare);
  }

  async #state(): Promise<FitState> {
    const { averages, ...at } = this.#at;
    return {
      at: { ...at, averages: averages?.state() },
      passes: this.#begun,
      callbacks: await Promise.all(this.#callbacks.map((callback) => callback.getState?.())),
      layers: await layerStates(this.#model),
      isStopped: this.#model.stopTraining,
    };
  }

  /** Writes the present state, or one that was held. Values that are not finite are not kept: the last checkpoint stays. */
  async #write(state?: FitState): Promise<void> {
    const beganMs = performance.now();
    await unsettled(this.#model);
    try {
      await writeCheckpoint(this.store, this.#training, state ?? (await this.#state()));
    } catch (error) {
      if (!(error instanceof NotFiniteError)) throw error;
      console.warn(`${error.message} The last checkpoint stays.`);
    }
    this.#lastMs = performance.now();
    this.#costMs = this.#lastMs - beganMs;
  }

  get #training(): Training {
    return {
      key: JSON.stringify(this.#texts),
      models: { model: this.#model },
      compare: (key) => firstDifference(Object(fromJson(key)) as KeyTexts, this.#texts),
      match: (where, progress) => this.#match(where, progress as FitState),
    };
  }

  // ── going on ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async restore(at: FitPosition, feeds: Readonly<Record<Use, KeptFeed | undefined>>): Promise<void> {
    this.#at = at;
    const length = (feed: KeptFeed | undefined) => (feed ? `${feed.length ?? "an unknown number of"} batches` : "none");
    Object.assign(this.#texts, { data: length(feeds.Train), validation: length(feeds.Test) });
    if (this.own.resume === false) await removeCheckpoint(this.store);
    const { progress, path, faults } = await restoreCheckpoint(this.store, this.#training);
    if (progress === undefined) {
      if (faults.length > 0) throw new FileError(`${this.where}: ${faults[0]} To begin anew, give resume: false.`);
      this.#beginEpoch();
      return this.#write(); // so that what cannot be kept is known before anything is computed
    }
    for (const fault of faults) console.warn(`${fault} The one before it is used.`);
    const begun = structuredClone(this.#begun);
    for (const use of ["Train", "Test"] as const) await skip(feeds[use], begun[use].used);
    this.#passes = structuredClone(begun);
    if ((this.options.verbose ?? 1) === 0) return;
    const isOver = at.batch < 0 && (at.epoch >= (this.options.epochs ?? 1) || this.#model.stopTraining);
    const place = at.batch > 0 ? `after batch ${at.batch} of epoch ${at.epoch + 1}` : `with epoch ${at.epoch + 1}`;
    console.log(isOver ? `Has been trained: ${path}.` : `Goes on ${place}: ${path}.`);
  }

  /** Checks a state, and returns what restores it. */
  #match(where: string, state: FitState): () => void {
    const { at, passes, callbacks, layers, isStopped } = state;
    const isCount = (value: unknown, least = 0) => Number.isSafeInteger(value) && (value as number) >= least;
    const isWhole =
      isCount(at?.epoch) && isCount(at.batch, -1) && isCount(passes?.Train?.used) && isCount(passes.Test?.used);
    if (!isWhole || callbacks?.length !== this.#callbacks.length || !Array.isArray(layers)) {
      throw new FileError(`${where}: its record is none of fit.`);
    }
    const restoreLayers = matchLayerStates(where, this.#model, layers);
    return () => {
      restoreLayers();
      this.#begun = passes;
      const { before } = passes.Train;
      if (this.#stream && before) this.#stream = streamFrom(before);
      const { epoch, batch, logs, history, averages } = at;
      Object.assign(this.#at, { epoch, batch, logs, averages: averages && { state: () => averages } });
      this.#at.history.epoch.push(...history.epoch);
      Object.assign(this.#at.history.history, history.history);
      this.#callbacks.forEach((callback, i) => callbacks[i] != null && callback.setState?.(callbacks[i] as never));
      this.#model.stopTraining = isStopped;
    };
  }
}

/** Takes batches from data without using them. */
async function skip(feed: KeptFeed | undefined, count: number): Promise<void> {
  let left = count;
  while (feed && left > 0) {
    const batches = feed.epoch();
    while (left > 0 && !(await batches.next()).done) left--;
    await batches.return();
  }
}

/**
 * Keeps the state of `fit` at a place, and goes on from there: weights, optimizer, random streams, states of layers, the place
 * in the data, means, history, and what callbacks remember. After whatever has ended a training, the same program goes on with
 * it to the same bits: from arrays always, from a function that makes batches if it makes the same ones again. The checkpoint
 * stays when the training has ended; then the same call gives its result at once, and with more `epochs` it goes on.
 * @param place the path of a file; in a page a name in IndexedDB; or a store of your own. The checkpoint before the newest is
 * kept as `.previous`. Folders are made.
 * @throws ArgumentError for unknown options. `fit` throws a FileError where the state cannot be written or read, and an
 * ArgumentError where the checkpoint belongs to another training; nothing has changed then.
 * @example
 * await model.fit(x, y, { epochs: 50, checkpoint: checkpointAt("run.checkpoint") });
 */
export function checkpointAt(place: string | CheckpointStore, options: CheckpointOptions = {}): Checkpoint {
  checkOptions("checkpointAt", options, ["every", "resume"]);
  return makeCheckpoint("checkpointAt", "every", place, { ...options });
}

function makeCheckpoint(
  where: string,
  everyName: string,
  place: string | CheckpointStore,
  options: CheckpointOptions & { isDeleted?: boolean },
): Checkpoint {
  const { every } = options;
  if (every !== undefined && every !== "epoch" && !(Number.isInteger(every) && every > 0)) {
    throw new ArgumentError(`${where}: ${everyName} ${shown(every)}; expected "epoch" or a number of batches.`);
  }
  const isStore = typeof Object(place).write === "function"; // prettier-ignore
  if (!isStore && (typeof place !== "string" || place === "")) {
    throw new ArgumentError(`${where}: ${shown(place)} as the place; expected a path, or a store.`);
  }
  const store = typeof place === "string" ? storeAt(place) : place;
  return { keep: (fit, model, fitOptions) => new FitKeeper(store, fit, model, fitOptions, options) };
}

/** The options of `BackupAndRestore`. */
export interface BackupAndRestoreOptions {
  /** The folder of the checkpoint, which is made if it is not there; in a page a name in IndexedDB. Required. */
  backupDir: string;
  /** "epoch", the default, to write after each epoch, or a number of batches after which to write. */
  saveFrequency?: "epoch" | number;
  /** Whether the checkpoint is deleted when the training has ended, true by default. */
  deleteCheckpoint?: boolean;
}

/**
 * Makes the callback of Keras's name: `checkpointAt` with its options. Unlike Keras's, it goes on within an epoch, with the same
 * random numbers and the same states of the other callbacks, and always keeps the checkpoint before the newest.
 * @throws ArgumentError for unknown options, and where `backupDir` is missing.
 * @example
 * await model.fit(x, y, { epochs: 50, callbacks: [BackupAndRestore({ backupDir: "backup" })] });
 */
export function BackupAndRestore(options: BackupAndRestoreOptions): Callback & { readonly checkpoint: Checkpoint } {
  checkOptions("BackupAndRestore", options, ["backupDir", "saveFrequency", "deleteCheckpoint"]);
  const { backupDir, saveFrequency = "epoch", deleteCheckpoint = true } = options;
  if (typeof backupDir !== "string" || backupDir === "") {
    throw new ArgumentError(`BackupAndRestore: backupDir ${shown(backupDir)}; expected the path of a folder.`);
  }
  const own = { every: saveFrequency, isDeleted: deleteCheckpoint };
  return { checkpoint: makeCheckpoint("BackupAndRestore", "saveFrequency", `${backupDir}/training.checkpoint`, own) };
}
