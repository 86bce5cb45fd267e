/** How Keras compiled a model, `compile_config` or Keras 2's `training_config`, to what `restoreTraining` reads. */
import { FileError } from "../../../../errors.js";
import type { TrainingConfig } from "../../../training.js";
import { type TrainingWords, lossWords, metricWords, optimizerWords, shortNames } from "../trainingTable.js";
import { camel, foldName } from "../names.js";
import {
  asName,
  asObject,
  showWord,
  isObject,
  type JsonObject,
  plainValue,
  type ReadContext,
  showValue,
  sortedKeys,
} from "../../readContext.js";

const advice = "load with { compile: false }";

/**
 * What is not ours stands in it by name, and can be given to `loadModel` as `functions`.
 * @param outputs the names of the outputs where the model gives an object, in the order of ours.
 * @returns undefined for a model that was not compiled.
 * @throws FileError for options that we lack.
 */
export function readTraining(
  context: ReadContext,
  config: JsonObject,
  outputs?: readonly string[],
): TrainingConfig | undefined {
  const { optimizer = config.optimizer_config, loss, metrics, loss_weights, weighted_metrics } = config;
  if (optimizer == null) return undefined;
  if (Array.isArray(weighted_metrics) ? weighted_metrics.length > 0 : weighted_metrics != null) {
    throw new FileError(`${context.where}: was compiled with weighted_metrics, which are not supported; ${advice}.`);
  }
  const all = (value: unknown, read: (item: unknown) => unknown) => mapStructure(byOutputs(value, outputs), read);
  const ours = {
    loss: all(loss, (item) => readFunction(context, "loss", item, false)),
    metrics: all(metrics, (item) => readFunction(context, "metric", item, true)),
    lossWeights: all(loss_weights, (item) => plainValue(context, "loss_weights", item)),
  };
  const given = Object.entries(ours).filter(([, value]) => value != null);
  return { optimizer: readOptimizer(context, optimizer), ...Object.fromEntries(given) };
}

/** What stands for outputs by their names in an object, where ours have no such names. */
const byOutputs = (value: unknown, outputs: readonly string[] | undefined): unknown =>
  outputs && isObject(value) && value.class_name === undefined
    ? outputs.map((name) => (Object.hasOwn(value, name) ? value[name] : null))
    : value;

/** `read` of everything in a structure of lists and of objects by outputs' names. */
function mapStructure(value: unknown, read: (item: unknown) => unknown): unknown {
  if (value == null) return value;
  if (Array.isArray(value)) return value.map((item) => mapStructure(item, read));
  if (!isObject(value) || value.class_name !== undefined) return read(value);
  return Object.fromEntries(sortedKeys(value).map((name) => [name, mapStructure(value[name], read)]));
}

// ── losses and metrics ────────────────────────────────────────────────────────────────────────────────────────────────

/** A name stays one. Objects are made by the function of their name, with their options. */
function readFunction(context: ReadContext, kind: "loss" | "metric", value: unknown, isMetric: boolean): unknown {
  if (typeof value === "string") return nameOf(value, isMetric) ?? namedFunction(value);
  const { class_name, config } = asObject(context, `a ${kind}`, value);
  const className = asName(context, `the class of a ${kind}`, class_name);
  if (className === "function") {
    const name = asName(context, `the name of a ${kind}`, config);
    return nameOf(name, isMetric) ?? namedFunction(name);
  }
  if (className === "MeanMetricWrapper") return readWrapped(context, asObject(context, `a ${kind}`, config));
  const name = nameOf(className, isMetric);
  // Keras's class Accuracy asks whether numbers are equal, which the name does not mean.
  if (name === undefined || ["accuracy", "acc"].includes(name)) return namedFunction(className);
  const words = (isMetric && Object.hasOwn(metricWords, name) && metricWords[name]) || lossWords[name];
  const options = readOptions(
    context,
    className,
    words,
    asObject(context, `the config of ${showWord(className)}`, config ?? {}),
  );
  if (Object.keys(words.options).length > 0) return { from: "makers", function: name, config: options };
  return { from: isMetric && Object.hasOwn(metricWords, name) ? "metrics" : "losses", function: name };
}

/** Keras 2 makes one of each metric that was given by name; it has the name that was given, "accuracy", and its function's. */
function readWrapped(context: ReadContext, { name, fn }: JsonObject): unknown {
  const work = asName(context, "the function of a metric", fn);
  return (typeof name === "string" && nameOf(name, true)) || (nameOf(work, true) ?? namedFunction(work));
}

const namedFunction = (name: string) => ({ from: "own", function: name });

/** Ours for a name in any of its spellings; what was written is kept where it is one of ours, as the logs have it. */
function nameOf(given: string, isMetric: boolean): string | undefined {
  const word = foldName(given);
  if (isMetric && (word === "accuracy" || word === "acc")) return word;
  if (["bce", "kld", "mse", "mae", "mape", "msle"].includes(given)) return given;
  if (Object.hasOwn(shortNames, word)) return shortNames[word];
  const known = [...(isMetric ? Object.keys(metricWords) : []), ...Object.keys(lossWords)];
  return known.find((name) => foldName(name) === word);
}

// ── optimizers ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One that we lack is left to `restoreTraining`, which may have been given it by name. */
function readOptimizer(context: ReadContext, value: unknown): TrainingConfig["optimizer"] {
  const given = typeof value === "string" ? { class_name: value } : asObject(context, "the optimizer", value);
  const { class_name, config, registered_name } = given as JsonObject;
  const written = asName(context, "the class of the optimizer", class_name).replace(/^Custom>/, ""); // tf-keras's own
  const isOwn = typeof registered_name === "string" && registered_name.includes(">");
  const name = isOwn ? undefined : Object.keys(optimizerWords).find((known) => foldName(known) === foldName(written));
  const options = asObject(context, `the config of ${showWord(written)}`, config ?? {});
  const className = isOwn ? registered_name : (name ?? written);
  const words = name === undefined ? undefined : optimizerWords[name];
  const rate = options.learning_rate ?? options.lr; // lr: Keras 1
  const ours = words
    ? readOptions(context, className, words, omit(options, ["learning_rate", "lr"]))
    : readOwn(context, options);
  return {
    className,
    config: { ...ours, ...(rate != null && { learningRate: readRate(context, rate) }) },
    iterations: 0,
  };
}

const omit = (object: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

const readOwn = (context: ReadContext, options: JsonObject): object =>
  Object.fromEntries(
    Object.entries(omit(options, ["learning_rate", "lr"])).map(([key, item]) => [
      camel(key),
      plainValue(context, `the optimizer's ${showWord(key)}`, item),
    ]),
  );

/** A schedule is known by its class's name alone: to go on by it, give it to `loadModel` as a function of that name. */
function readRate(context: ReadContext, rate: unknown): unknown {
  if (!isObject(rate)) return plainValue(context, "the learning rate", rate);
  return typeof rate.class_name === "string"
    ? namedFunction(rate.class_name)
    : plainValue(context, "the learning rate", rate);
}

function readOptions(
  context: ReadContext,
  label: string,
  words: TrainingWords,
  config: JsonObject,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const allowed = Object.hasOwn(words.fixed, key) ? words.fixed[key] : [];
    if (value === null || (Object.hasOwn(words.fixed, key) && (!allowed || allowed.includes(value)))) continue;
    if (!Object.hasOwn(words.options, key)) {
      throw new FileError(`${context.where}: was compiled with ${showWord(label)} ${showWord(key)}: ${showValue(value)}, which is not supported; ${advice}.`); // prettier-ignore
    }
    result[words.options[key]] = plainValue(context, `${showWord(label)}: ${showWord(key)}`, value);
  }
  return result;
}
