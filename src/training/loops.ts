/** The loops of `fit` and `evaluate`, and their steps of one batch, as functions of a model. */
import { type Callback, type History, type Logs, notify } from "../callback.js";
import { checkOptions } from "../errors.js";
import { Averages, readLogs, record, sortLogs, validationLogs } from "./averages.js";
import { testStep, trainStep } from "./batch.js";
import { type ClassWeight, withClassWeights } from "./classWeights.js";
import { type BatchSource, type DataList, isBatchSource, readyBatch } from "./data.js";
import { type Feed, openFeed } from "./feed.js";
import { checkCounts, type EvaluateOptions, type FitOptions } from "./options.js";
import { Progress } from "./progress.js";
import type { TrainedModel } from "./trainedModel.js";
import { trainingFeeds } from "./trainingFeeds.js";
import { Yielder } from "./yielding.js";

const evaluateOptions = ["batchSize", "sampleWeight", "steps", "callbacks", "verbose", "signal"];
const fitOptions = [
  ...["batchSize", "sampleWeight", "callbacks", "verbose", "signal", "epochs", "initialEpoch", "stepsPerEpoch"],
  ...["validationSplit", "validationData", "validationSteps", "shuffle", "seed", "classWeight"],
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
  sampleWeight?: DataList;
  classWeight?: ClassWeight;
}

/** A method of models that computes one batch by `step`. */
function onBatch(name: string, step: typeof trainStep, optionNames: readonly (keyof BatchOptions)[]) {
  return async (model: TrainedModel, x: DataList, y: DataList, options: BatchOptions): Promise<Logs> => {
    const where = `${model.label}.${name}`;
    checkOptions(where, options, optionNames);
    const { names } = model.needCompiled(where);
    let batch = readyBatch(where, [x, y, options.sampleWeight], model);
    if (options.classWeight) batch = await withClassWeights(where, batch, options.classWeight);
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
  checkOptions(where, options, fitOptions);
  checkCounts(where, options, ["batchSize", "epochs", "stepsPerEpoch", "validationSteps"]);
  const { names } = model.needCompiled(where);
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
      if (validation) Object.assign(logs, validationLogs(await evaluateFeed(run, names, validation)));
      await notify(callbacks, "onEpochEnd", epoch, logs);
      progress.end(logs);
      record(history, epoch, logs);
    }
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
  checkOptions(where, options, evaluateOptions);
  checkCounts(where, options, ["batchSize", "steps"]);
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
  return { where, model, callbacks, signal, progress: new Progress(verbose), yielder: new Yielder() };
}

async function trainEpoch(run: Run, names: readonly string[], feed: Feed, classWeight?: ClassWeight): Promise<Logs> {
  const { where, model, callbacks } = run;
  const averages = new Averages(names);
  let index = 0;
  for await (const given of feed.epoch()) {
    run.signal?.throwIfAborted();
    await notify(callbacks, "onTrainBatchBegin", index);
    const batch = classWeight ? await withClassWeights(where, given, classWeight) : given;
    await averages.add(trainStep(where, model, batch));
    await notify(callbacks, "onTrainBatchEnd", index, averages.logs());
    run.progress.update(++index, averages.logs());
    await run.yielder.yieldIfDue();
    if (model.stopTraining) break;
  }
  return averages.logs();
}

async function evaluateFeed(run: Run, names: readonly string[], feed: Feed, shows = false): Promise<Logs> {
  const { where, model, callbacks } = run;
  const averages = new Averages(names);
  let index = 0;
  await notify(callbacks, "onTestBegin");
  for await (const batch of feed.epoch()) {
    run.signal?.throwIfAborted();
    await notify(callbacks, "onTestBatchBegin", index);
    await averages.add(testStep(where, model, batch));
    await notify(callbacks, "onTestBatchEnd", index, averages.logs());
    index++;
    if (shows) run.progress.update(index, averages.logs());
    await run.yielder.yieldIfDue();
  }
  await notify(callbacks, "onTestEnd", averages.logs());
  return averages.logs();
}
