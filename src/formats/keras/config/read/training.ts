/**
 * How Keras compiled a model (`compile_config`, in Keras 2 `training_config`), in the form that `restoreTraining`
 * reads.
 */
import { losses } from "../../../../losses/table.js";
import { metrics } from "../../../../metrics/table.js";
import type { TrainingConfig } from "../../../training.js";
import { lossWords, metricWords, shortNames } from "../trainingTable.js";
import { foldName } from "../names.js";
import { asName, asObject, showWord, isObject, type JsonObject, plainValue, sortedKeys } from "../../../json.js";
import { readOptions } from "./options.js";
import { readOptimizer } from "./optimizer.js";

/**
 * How a model was compiled; undefined for a model that was not. User-defined functions are there by name, and can be
 * given to `loadModel` as `functions`.
 * @param outputs the names of the outputs, where the model of the file returns an object, in the order of ours.
 * @throws FileError for options that are not supported.
 */
export function readTraining(config: JsonObject, outputs?: readonly string[]): TrainingConfig | undefined {
  const {
    optimizer = config.optimizer_config,
    loss,
    metrics,
    loss_weights,
    weighted_metrics,
    steps_per_execution: steps,
  } = config;
  if (optimizer == null) return undefined;
  const all = (value: unknown, read: (item: unknown) => unknown) => mapStructure(byOutputs(value, outputs), read);
  const ours = {
    loss: all(loss, (item) => readFunction(item, false)),
    metrics: all(metrics, (item) => readFunction(item, true)),
    weightedMetrics: all(weighted_metrics, (item) => readFunction(item, true)),
    lossWeights: all(loss_weights, (item) => plainValue("loss_weights", item)),
    stepsPerExecution: Number.isSafeInteger(steps) && (steps as number) > 1 ? steps : null, // Keras also has "auto"
  };
  const given = Object.entries(ours).filter(([, value]) => value != null);
  return { optimizer: readOptimizer(optimizer), ...Object.fromEntries(given) };
}

/** An object by the names of outputs as a list in their order, because outputs have no such names here. */
const byOutputs = (value: unknown, outputs: readonly string[] | undefined): unknown =>
  outputs && isObject(value) && value.class_name === undefined
    ? outputs.map((name) => (Object.hasOwn(value, name) ? value[name] : null))
    : value;

/** A structure of lists and of objects by the names of outputs, with `read` applied to each item. */
function mapStructure(value: unknown, read: (item: unknown) => unknown): unknown {
  if (value == null) return value;
  if (Array.isArray(value)) return value.map((item) => mapStructure(item, read));
  if (!isObject(value) || value.class_name !== undefined) return read(value);
  return Object.fromEntries(sortedKeys(value).map((name) => [name, mapStructure(value[name], read)]));
}

// ── losses and metrics ───────────────────────────────────────────────────────────────────────────────────────────────

/** A loss or metric: a name stays a name; a class with options becomes a call of the function of that name. */
function readFunction(value: unknown, isMetric: boolean): unknown {
  const kind = isMetric ? "metric" : "loss";
  if (typeof value === "string") return functionNamed(value, isMetric);
  const { class_name, config } = asObject(`a ${kind}`, value);
  const className = asName(`the class of a ${kind}`, class_name);
  if (className === "function") return functionNamed(asName(`the name of a ${kind}`, config), isMetric);
  const given = asObject(`the config of ${showWord(className)}`, config ?? {});
  if (className === "MeanMetricWrapper") return readWrapped(given);
  // Keras's class Accuracy compares numbers for equality, which is not the metric of that name.
  const name = className === "Accuracy" && isMetric ? "accuracy" : nameOf(className, isMetric);
  if (name === undefined || name === "acc") return userFunction(className);
  return readClass(className, name, isMetric, given);
}

/** What a class with options makes: a function of the tables, or a call of the function that makes it. */
function readClass(className: string, name: string, isMetric: boolean, config: JsonObject): unknown {
  const words = (isMetric && Object.hasOwn(metricWords, name) && metricWords[name]) || lossWords[name];
  const options = readOptions(className, words, config);
  if (!isMetric && config.reduction === null) options.reduction = "none";
  const { name: key } = config;
  const usual = typeof key === "string" ? foldName(key.replace(/_\d+$/, "")) : undefined;
  if (words.isNamed && usual !== undefined && usual !== foldName(className)) options.name = key;
  const isMade = words.isNamed || Object.keys(words.options).length > 1 || Object.keys(options).length > 0;
  if (isMade || !Object.hasOwn(isMetric ? { ...losses, ...metrics } : losses, name)) {
    return { from: "makers", function: name, config: options };
  }
  return { from: isMetric && Object.hasOwn(metricWords, name) ? "metrics" : "losses", function: name };
}

/**
 * Keras 2 wraps each metric that was given by name; the wrapper has that name ("accuracy") and the name of the
 * function. In Keras 3 a user wraps a function, with its options.
 */
function readWrapped({ name, dtype: _, fn, ...options }: JsonObject): unknown {
  const work = asName("the function of a metric", isObject(fn) ? fn.config : fn);
  const known = isObject(fn) ? undefined : typeof name === "string" && nameOf(name, true);
  if (known) return Object.keys(options).length > 0 ? readClass(work, known, true, options) : named(known, true);
  const function_ = nameOf(work, true);
  if (function_ === undefined || Object.keys(options).length === 0) return functionNamed(work, true);
  return readClass(work, function_, true, options);
}

const functionNamed = (name: string, isMetric: boolean) =>
  named(nameOf(name, isMetric), isMetric) ?? userFunction(name);
const userFunction = (name: string) => ({ from: "own", function: name });

/** A name that `compile` takes stays one; any other one becomes the function of that name. */
function named(name: string | undefined, isMetric: boolean): unknown {
  if (name === undefined || Object.hasOwn(losses, name) || (isMetric && Object.hasOwn(metrics, name))) return name;
  return { from: "makers", function: name, config: {} };
}

/**
 * Our name for a name in any spelling. A short name that we have too is kept, because it is also the key in the logs.
 */
function nameOf(given: string, isMetric: boolean): string | undefined {
  const word = foldName(given);
  if (isMetric && (word === "accuracy" || word === "acc")) return word;
  if (["bce", "kld", "mse", "mae", "mape", "msle"].includes(given)) return given;
  if (Object.hasOwn(shortNames, word)) return shortNames[word];
  const known = [...(isMetric ? Object.keys(metricWords) : []), ...Object.keys(lossWords)];
  return known.find((name) => foldName(name) === word);
}
