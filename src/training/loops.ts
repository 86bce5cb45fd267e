/** The loops of `fit` and `evaluate`, and their steps of one batch, as functions of a model. */
import { type Callback, type History, type Logs, notify } from "../callback.js";
import type { Measured } from "../metric.js";
import { checkOptions } from "../errors.js";
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
  ...["validationSteps", "shuffle", "seed", "classWeight"],
];

/** The state that the loops of one call share. */
interface Run {
  where: string;
  model: TrainedModel;
  callbacks: readonly Callback[];
  signal: AbortSignal | undefined;
  progress: Progress;
  yielder: Yielder;
}

interface BatchOptions {
  sampleWeight?: SampleWeight;
  classWeight?: ClassWeight;
}

/** A method of models that computes one batch by `step`. */
function onBatch(name: string, step: typeof trainStep, optionNames: readonly (keyof BatchOptions)[]) {
  return async (model: TrainedModel, x: DataList, y: DataList, options: BatchOptions): Promise<Logs> => {
    const where = `${model.label}.${name}`;
    checkOptions(where, options, optionNames);
    const { names } = model.needCompiled(where);
    let batch = readyBatch(where, [x, y, options.sampleWeight], model);
    if (options.classWeight) batch = await withClassWeights(where, model, batch, options.classWeight);
    await checkTargets(where, model, batch);
    return readLogs(names, step(where, model, batch));
  };
}

/** `Trainable.trainOnBatch`. */
export const trainOnBatch = onBatch("trainOnBatch", trainStep, ["sampleWeight", "classWeight"]);
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
  const { train, validation } = await trainingFeeds(where, x, y, options, model);
  const run = newRun(where, model, options, 1);
  const { callbacks, progress } = run;
  const history: History = { epoch: [], history: {} };
  model.history = history;
  model.stopTraining = false;
  let logs: Logs = {};
  try {
    await notify(callbacks, "onTrainBegin");
    for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      progress.begin(`Epoch ${epoch + 1}/${epochs}`, train.length);
      await notify(callbacks, "onEpochBegin", epoch);
      logs = sortLogs(await trainEpoch(run, names, train, options.classWeight));
      if (validation) Object.assign(logs, sortLogs(await evaluateFeed(run, names, validation), "val_"));
      await notify(callbacks, "onEpochEnd", epoch, logs);
      progress.end(logs);
      record(history, epoch, logs);
    }
    if (epochs > 0) optimizer.extension?.finish(optimizer.slots);
    await notify(callbacks, "onTrainEnd", logs);
  } finally {
    progress.close();
    await train.close();
    await validation?.close();
  }
  return history;
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
  return { where, model, callbacks, signal, progress: makeProgress(verbose), yielder: new Yielder() };
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
  const { model, callbacks } = run;
  const { stepsPerExecution } = model.needCompiled(run.where);
  const averages = makeAverages(names);
  let index = 0;
  const end = () => notify(callbacks, `on${hook}BatchEnd`, index - 1, averages.logs());
  for await (const batch of feed.epoch()) {
    run.signal?.throwIfAborted();
    if (index % stepsPerExecution === 0) await notify(callbacks, `on${hook}BatchBegin`, index);
    await checkTargets(run.where, model, batch);
    await averages.add(await step(batch));
    index++;
    if (index % stepsPerExecution === 0) await end();
    if (shows) run.progress.update(index, averages.logs());
    await run.yielder.yieldIfDue();
    if (hook === "Train" && model.stopTraining) break;
  }
  if (index % stepsPerExecution !== 0) await end();
  return averages.logs();
}

const trainEpoch = (run: Run, names: readonly string[], feed: Feed, weights?: ClassWeight): Promise<Logs> =>
  runBatches(run, names, feed, "Train", async (given) => {
    const batch = weights ? await withClassWeights(run.where, run.model, given, weights) : given;
    return trainStep(run.where, run.model, batch);
  });

async function evaluateFeed(run: Run, names: readonly string[], feed: Feed, shows = false): Promise<Logs> {
  const { where, model, callbacks } = run;
  await notify(callbacks, "onTestBegin");
  const logs = await runBatches(run, names, feed, "Test", (batch) => testStep(where, model, batch), shows);
  await notify(callbacks, "onTestEnd", logs);
  return logs;
}
