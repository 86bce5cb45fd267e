/** How a model was compiled, in the form of Keras 3. */
import { ArgumentError, shown } from "../../../../errors.js";
import type { ModelLayer } from "../../../../model.js";
import { trainingConfig } from "../../../training.js";
import type { DynamicLossScale } from "../../../../optimizers/lossScale.js";
import { optimizerWords, scheduleWords } from "../optimizers.js";
import { type TrainingWords, lossMetrics, lossWords, metricWords } from "../trainingTable.js";
import { kerasObject, snake } from "../names.js";

/** A function in the form that `trainingConfig` gives it. */
interface FunctionConfig {
  readonly from: "makers" | "losses" | "metrics" | "own";
  readonly function: string;
  readonly config?: object;
}

/**
 * The `compile_config` of a model; undefined for a model that was not compiled.
 * @throws ArgumentError for an optimizer that Keras does not have, and for a learning rate that is a function of the user.
 */
export function writeTraining(where: string, model: ModelLayer): object | undefined {
  const training = trainingConfig(where, model);
  if (!training) return undefined;
  const {
    optimizer,
    loss = null,
    metrics = null,
    weightedMetrics = null,
    lossWeights = null,
    stepsPerExecution = 1,
  } = training;
  const writeMetric = (item: unknown) => writeFunction(where, item, true);
  return {
    optimizer: writeOptimizer(where, optimizer.className, optimizer.config as Readonly<Record<string, unknown>>),
    loss: mapStructure(loss, (item) => writeFunction(where, item, false)),
    loss_weights: lossWeights,
    metrics: mapStructure(metrics, writeMetric),
    weighted_metrics: mapStructure(weightedMetrics, writeMetric),
    run_eagerly: false,
    steps_per_execution: stepsPerExecution,
    jit_compile: false,
  };
}

function writeOptimizer(where: string, className: string, options: Readonly<Record<string, unknown>>): object {
  if (!Object.hasOwn(optimizerWords, className)) {
    throw new ArgumentError(
      `${where}: the optimizer ${className} is not one of Keras's; compile with Adam or another one, or save as .safetensors.`,
    );
  }
  const { momentum, dynamicLossScale, scheduleDecay = 1 } = options;
  if (scheduleDecay !== 1) {
    throw new ArgumentError(
      `${where}: Nadam's scheduleDecay is ${shown(scheduleDecay)}, which is 1 in Keras 3; save as .safetensors.`,
    );
  }
  const floats = {
    // 0 is the default; any other number, however small, would add slots.
    ...(typeof momentum === "number" && { momentum: momentum === 0 ? undefined : asFloat(momentum) }),
  };
  const config = {
    learning_rate: writeRate(where, options.learningRate),
    ...toKerasOptions(optimizerWords[className], { ...options, ...floats }),
  };
  const written = kerasObject("keras.optimizers", className, config);
  return dynamicLossScale ? withLossScale(written, dynamicLossScale) : written;
}

/** Keras has the scale of the loss in an optimizer around the other one. */
function withLossScale(
  inner_optimizer: object,
  { initialScale = 2 ** 15, growthSteps = 2000 }: DynamicLossScale,
): object {
  const config = { inner_optimizer, initial_scale: initialScale, dynamic_growth_steps: growthSteps };
  return kerasObject("keras.optimizers", "LossScaleOptimizer", config);
}

/** A learning rate: a number, or one of the schedules. @throws ArgumentError for a function that no file can hold. */
function writeRate(where: string, rate: unknown): unknown {
  if (typeof rate === "number") return asFloat(rate);
  const { from, function: name, config } = rate as { from?: string; function: string; config: Record<string, unknown> };
  if (from !== "schedules") {
    throw new ArgumentError(
      `${where}: the learning rate follows a function, which Keras's files cannot hold; set a number or a schedule, or save as .safetensors.`,
    );
  }
  // Keras computes in the kind of number that the first rate has.
  const floats = ["initialLearningRate", "warmupTarget", "values"].filter((option) => config[option] != null);
  const made = Object.fromEntries(floats.map((option) => [option, asFloats(config[option])]));
  return kerasObject("keras.optimizers.schedules", name, toKerasOptions(scheduleWords[name], { ...config, ...made }));
}

const asFloats = (value: unknown): unknown => (Array.isArray(value) ? value.map(asFloat) : asFloat(value as number));

/**
 * A number that Python reads as a float. It reads the JSON of 1 as an integer, which Keras refuses for these options;
 * the next larger number, 1.0000000000000002, is equal to it in float32, in which Keras computes.
 */
const asFloat = (value: number): number =>
  Number.isInteger(value) ? value * (1 + Number.EPSILON) || Number.MIN_VALUE : value;

/** Options by Keras's names. */
function toKerasOptions({ options }: TrainingWords, ours: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const pairs = Object.entries(options).filter(([, option]) => ours[option] !== undefined);
  return Object.fromEntries(pairs.map(([word, option]) => [word, ours[option]]));
}

function mapStructure(value: unknown, write: (item: unknown) => unknown): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => mapStructure(item, write));
  if (!(value instanceof Object) || "function" in value) return write(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapStructure(item, write)]));
}

/**
 * A loss or metric: its name, or an object where it has options. Keras looks for a user-defined one in its
 * `custom_objects`.
 * @throws ArgumentError for a metric that Keras 3 does not have.
 */
function writeFunction(where: string, value: unknown, isMetric: boolean): unknown {
  if (typeof value === "string") return snake(value);
  const { from, function: name, config = {} } = value as FunctionConfig;
  if (from === "own") return functionObject(name);
  const own = isMetric && Object.hasOwn(metricWords, name) ? metricWords[name] : undefined;
  const words = own ?? lossWords[name];
  if (words.module === null) {
    throw new ArgumentError(`${where}: Keras 3 has no metric ${name}; compile without it, or save as .safetensors.`);
  }
  const options = floatOptions(words, toKerasOptions(words, config as Record<string, unknown>));
  const className = words.className ?? name.charAt(0).toUpperCase() + name.slice(1);
  if (own) {
    const { name: key } = config as { name?: string };
    if (Object.keys(options).length === 0 && !own.isNamed) return snake(name);
    return kerasObject("keras.metrics", className, { ...(key !== undefined && { name: key }), ...options });
  }
  if (!isMetric)
    return Object.keys(options).length === 0 ? snake(name) : kerasObject("keras.losses", className, options);
  // As a metric a loss has no reduction; what Keras has no class of is a function, with its options in a wrapper.
  const { reduction: _, ...others } = options;
  if (Object.keys(others).length === 0) return snake(name);
  if (Object.hasOwn(lossMetrics, name)) return kerasObject("keras.metrics", lossMetrics[name] ?? className, others);
  const wrapped = { name: snake(name), fn: functionObject(snake(name)), ...others };
  return kerasObject("keras.metrics", "MeanMetricWrapper", wrapped);
}

const functionObject = (name: string) => ({
  module: "builtins",
  class_name: "function",
  config: name,
  registered_name: name,
});

/** Options by Keras's names, with those as floats that Keras wants so: 1 becomes 0.9999999999999999, as 1 may be a bound. */
function floatOptions(
  { options, floats = [] }: TrainingWords,
  given: Record<string, unknown>,
): Record<string, unknown> {
  const pairs = Object.entries(given).map(([key, value]) => {
    const isWhole = floats.includes(options[key]) && Number.isInteger(value);
    return [key, isWhole ? (value as number) * (1 - Number.EPSILON / 2) : value] as const;
  });
  return Object.fromEntries(pairs);
}
