/** The loops of `fit` and `evaluate`, and their steps of one batch, as functions of a model. */
import { type Callback, type History, type Logs, notify } from "../callback.js";
import type { Measured } from "../metric.js";
import { ArgumentError, checkOptions, shown } from "../errors.js";
import { makeAverages, readLogs, record, sortLogs } from "./averages.js";
import { testStep, trainStep } from "./batch.js";
import { type ClassWeight, withClassWeights } from "./classWeights.js";
import {
  type BatchSource,
  type DataList,
  isBatchSource,
  type ReadyBatch,
  readyBatch,
  type SampleWeight,
} from "./data.js";
import { type Feed, openFeed } from "./feed.js";
import { type FrozenSplit, splitFrozen } from "./frozen.js";
import type { Checkpoint, FitPosition, Keeper } from "./keeper.js";
import { checkLoopOptions, type EvaluateOptions, type FitOptions } from "./options.js";
import { makeProgress, type Progress } from "./progress.js";
import { checkTargets } from "./targets.js";
import type { TrainedModel } from "./trainedModel.js";
import { trainingFeeds } from "./trainingFeeds.js";
import { Yielder } from "./yielding.js";

const commonOptions = ["batchSize", "sampleWeight", "callbacks", "verbose", "signal"];
const evaluateOptions = [...commonOptions, "steps"];
const fitOptions = [
  ...[...commonOptions, "epochs", "initialEpoch", "stepsPerEpoch", "validationSplit", "validationData"],
  ...["validationSteps", "shuffle", "seed", "classWeight", "cacheFrozen", "checkpoint", "plan"],
];

/** The state that the loops of one call share. */
interface Run {
  where: string;
  /** The model that callbacks see. */
  model: TrainedModel;
  /** The model of the batches: the same, or the part of it that is not frozen. */
  trained: TrainedModel;
  callbacks: readonly Callback[];
  signal: AbortSignal | undefined;
  progress: Progress;
  yielder: Yielder;
  /** Where `fit` is. */
  at?: FitPosition;
  /** What keeps the state of `fit`. */
  keeper?: Keeper | undefined;
}

interface BatchOptions {
  sampleWeight?: SampleWeight;
  classWeight?: ClassWeight;
  plan?: boolean;
}

/** A method of models that computes one batch by `step`. */
function onBatch(name: string, step: typeof trainStep | typeof testStep, optionNames: readonly (keyof BatchOptions)[]) {
  return async (model: TrainedModel, x: DataList, y: DataList, options: BatchOptions): Promise<Logs> => {
    const where = `${model.label}.${name}`;
    checkOptions(where, options, optionNames);
    const { names } = model.needCompiled(where);
    let batch = readyBatch(where, [x, y, options.sampleWeight], model);
    if (options.classWeight) batch = await withClassWeights(where, model, batch, options.classWeight);
    await checkTargets(where, model, batch);
    return readLogs(names, await step(where, model, batch, options));
  };
}

/** `Trainable.trainOnBatch`. */
export const trainOnBatch = onBatch("trainOnBatch", trainStep, ["sampleWeight", "classWeight", "plan"]);
/** `Trainable.testOnBatch`. */
export const testOnBatch = onBatch("testOnBatch", testStep, ["sampleWeight"]);

/** `Trainable.fit`. */
export async function fit(
  model: TrainedModel,
  x: DataList | BatchSource,
  second: DataList | FitOptions | undefined,
  third: FitOptions | undefined,
): Promise<History> {
  const where = `${model.label}.fit`;
  const { y, options } = dataAndOptions(x, second, third);
  checkLoopOptions(where, options, fitOptions);
  const { names, optimizer } = model.needCompiled(where);
  const { epochs = 1, initialEpoch = 0 } = options;
  const run = newRun(where, model, options, 1);
  const { callbacks, progress } = run;
  const keeper = checkpointOf(where, options)?.keep(where, model, options);
  const split = openSplit(run, options.cacheFrozen, keeper);
  const { train, validation } = await openFeeds(run, split, x, y, options, keeper);
  const history: History = { epoch: [], history: {} };
  const at: FitPosition = { epoch: initialEpoch, batch: -1, logs: {}, history };
  Object.assign(run, { at, keeper });
  model.history = history;
  model.stopTraining = false;
  try {
    await notify(callbacks, "onTrainBegin");
    await keeper?.restore(at, { Train: train, Test: validation });
    await keptAtStop(run, async () => {
      while (at.epoch < epochs && !(at.batch < 0 && model.stopTraining)) {
        const { epoch } = at;
        progress.begin(`Epoch ${epoch + 1}/${epochs}`, train.length);
        if (at.batch < 0) await notify(callbacks, "onEpochBegin", epoch);
        const logs = sortLogs(await trainEpoch(run, names, train, options, split));
        await keeper?.hold();
        if (validation) Object.assign(logs, sortLogs(await evaluateFeed(run, names, validation), "val_"));
        await notify(callbacks, "onEpochEnd", epoch, logs);
        progress.end(logs);
        record(history, epoch, logs);
        Object.assign(at, { epoch: epoch + 1, batch: -1, logs, averages: undefined });
        await keeper?.epoch();
      }
    });
    if (epochs > 0) optimizer.extension?.finish(optimizer.slots);
    await notify(callbacks, "onTrainEnd", at.logs);
    await keeper?.end();
  } finally {
    progress.close();
    await train.close();
    await validation?.close();
    split?.dispose();
  }
  return history;
}

/** Runs the epochs. Where the signal ends them, wherever that is heard, the state after the last batch is written. */
async function keptAtStop({ signal, keeper }: Run, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (signal?.aborted && error === signal.reason) await keeper?.stop();
    throw error;
  }
}

/** With `cacheFrozen`, the parts of the model, of which the trained one takes its place. */
function openSplit(run: Run, cacheFrozen: unknown, keeper: Keeper | undefined): FrozenSplit | undefined {
  if (![undefined, true, false].includes(cacheFrozen as boolean)) {
    throw new ArgumentError(`${run.where}: cacheFrozen ${shown(cacheFrozen)}; expected true or false.`);
  }
  if (cacheFrozen && keeper) {
    throw new ArgumentError(
      `${run.where}: cacheFrozen with a checkpoint, which would restore frozen weights after their outputs are cached; leave one of them out.`,
    );
  }
  const split = cacheFrozen ? splitFrozen(run.where, run.model) : undefined;
  if (split) run.trained = split.head;
  return split;
}

/** The batches of training and validation, of what the trained part reads. */
async function openFeeds(
  { where, trained, progress, signal }: Run,
  split: FrozenSplit | undefined,
  x: DataList | BatchSource,
  y: DataList | undefined,
  options: FitOptions,
  keeper: Keeper | undefined,
): ReturnType<typeof trainingFeeds> {
  if (!split) return trainingFeeds(where, x, y, options, trained, keeper);
  const { validationData: held, batchSize } = options;
  const featuresOf = (data: DataList, title: string) => split.features(data, { title, batchSize, signal, progress });
  try {
    if (isBatchSource(x) || (held && !Array.isArray(held))) {
      throw new ArgumentError(`${where}: cacheFrozen needs samples in memory; received batches, so leave it out.`);
    }
    const features = await featuresOf(x, "Frozen layers");
    const heldFeatures = held && (await featuresOf(held[0], "Frozen layers, validation"));
    const validationData = held && ([heldFeatures, ...held.slice(1)] as unknown as typeof held);
    return await trainingFeeds(where, features, y, { ...options, validationData }, trained, keeper);
  } catch (error) {
    progress.close();
    split.dispose();
    throw error;
  }
}

/** `Trainable.evaluate`. */
export async function evaluate(
  model: TrainedModel,
  x: DataList | BatchSource,
  second: DataList | EvaluateOptions | undefined,
  third: EvaluateOptions | undefined,
): Promise<Logs> {
  const where = `${model.label}.evaluate`;
  const { y, options } = dataAndOptions(x, second, third);
  checkLoopOptions(where, options, evaluateOptions);
  const { names } = model.needCompiled(where);
  const feed = await openFeed(where, x, y, options, model);
  const run = newRun(where, model, options, 0);
  const { progress } = run;
  try {
    progress.begin("Evaluation", feed.length);
    const logs = await evaluateFeed(run, names, feed, true);
    progress.end(logs);
    return logs;
  } finally {
    progress.close();
    await feed.close();
  }
}

/** Targets and options from the arguments; with a source of batches there are no targets. */
function dataAndOptions<Options extends object>(
  x: DataList | BatchSource,
  second: DataList | Options | undefined,
  third: Options | undefined,
): { y: DataList | undefined; options: Options } {
  if (!isBatchSource(x) || third) return { y: second as DataList | undefined, options: third ?? ({} as Options) };
  return { y: undefined, options: (second ?? {}) as Options };
}

function newRun(where: string, model: TrainedModel, options: EvaluateOptions | FitOptions, verbosity: 0 | 1): Run {
  const { callbacks = [], signal, verbose = verbosity } = options;
  for (const callback of callbacks) callback.model = model;
  const progress = makeProgress(verbose);
  return { where, model, trained: model, callbacks, signal, progress, yielder: new Yielder() };
}

/** What keeps the state of `fit`: its option, or one of its callbacks. @throws ArgumentError for what cannot. */
function checkpointOf(where: string, { checkpoint, callbacks = [] }: FitOptions): Checkpoint | undefined {
  const ofCallbacks = callbacks.map((callback) => (callback as { checkpoint?: Partial<Checkpoint> }).checkpoint);
  const found = checkpoint ?? ofCallbacks.find((one) => one?.keep);
  if (!found || found.keep) return found as Checkpoint | undefined;
  throw new ArgumentError(`${where}: checkpoint ${shown(found)}; expected checkpointAt(path) of zoetrope/formats.`);
}

/** Runs `step` for each batch of an epoch, between the hooks of this name; returns the means. */
async function runBatches(
  run: Run,
  names: readonly string[],
  feed: Feed,
  hook: "Train" | "Test",
  step: (batch: ReadyBatch) => Measured[] | Promise<Measured[]>,
  shows = true,
): Promise<Logs> {
  const { model, trained, callbacks, keeper } = run;
  const { stepsPerExecution } = model.needCompiled(run.where);
  const at = hook === "Train" ? run.at : undefined;
  const done = Math.max(at?.batch ?? 0, 0);
  const isStopped = () => hook === "Train" && model.stopTraining;
  const averages = makeAverages(names, at?.averages?.state());
  if (at) Object.assign(at, { batch: done, averages });
  let index = 0;
  let isOpen = false; // whether batches were run since the last hook after them
  const end = () => notify(callbacks, `on${hook}BatchEnd`, index - 1, averages.logs());
  for await (const batch of feed.epoch()) {
    keeper?.took(hook);
    if (index < done) {
      if (++index === done && isStopped()) break;
      continue;
    }
    run.signal?.throwIfAborted();
    if (index % stepsPerExecution === 0) await notify(callbacks, `on${hook}BatchBegin`, index);
    await checkTargets(run.where, trained, batch);
    await averages.add(await step(batch));
    index++;
    isOpen = index % stepsPerExecution !== 0;
    if (at) at.batch = index;
    if (!isOpen) await end();
    if (shows) run.progress.update(index, averages.logs());
    if (at) await keeper?.batch();
    await run.yielder.yieldIfDue();
    if (isStopped()) break;
  }
  if (isOpen) await end();
  return averages.logs();
}

const trainEpoch = (
  run: Run,
  names: readonly string[],
  feed: Feed,
  { classWeight, plan }: FitOptions,
  split: FrozenSplit | undefined,
): Promise<Logs> =>
  runBatches(run, names, feed, "Train", async (given) => {
    const batch = classWeight ? await withClassWeights(run.where, run.trained, given, classWeight) : given;
    split?.check();
    return trainStep(run.where, run.trained, batch, { ...run, plan });
  });

async function evaluateFeed(run: Run, names: readonly string[], feed: Feed, shows = false): Promise<Logs> {
  const { where, trained, callbacks } = run;
  await notify(callbacks, "onTestBegin");
  const logs = await runBatches(run, names, feed, "Test", (batch) => testStep(where, trained, batch), shows);
  await notify(callbacks, "onTestEnd", logs);
  return logs;
}
