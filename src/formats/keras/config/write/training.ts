/** How a model was compiled, in the form of Keras 3. */
import { ArgumentError } from "../../../../errors.js";
import type { ModelLayer } from "../../../../model.js";
import { trainingConfig } from "../../../training.js";
import { type TrainingWords, lossWords, metricWords, optimizerWords } from "../trainingTable.js";
import { kerasObject, snake } from "../names.js";

/** A function in the form that `trainingConfig` gives it. */
interface FunctionConfig {
  readonly from: "makers" | "losses" | "metrics" | "own";
  readonly function: string;
  readonly config?: object;
}

/**
 * The `compile_config` of a model; undefined for a model that was not compiled.
 * @throws ArgumentError for an optimizer that Keras does not have, and for a learning rate that is a function.
 */
export function writeTraining(where: string, model: ModelLayer): object | undefined {
  const training = trainingConfig(where, model);
  if (!training) return undefined;
  const { optimizer, loss = null, metrics = null, lossWeights = null } = training;
  return {
    optimizer: writeOptimizer(where, optimizer.className, optimizer.config as Readonly<Record<string, unknown>>),
    loss: mapStructure(loss, (item) => writeFunction(item, false)),
    loss_weights: lossWeights,
    metrics: mapStructure(metrics, (item) => writeFunction(item, true)),
    weighted_metrics: null,
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

function writeOptimizer(where: string, className: string, options: Readonly<Record<string, unknown>>): object {
  if (!Object.hasOwn(optimizerWords, className)) {
    throw new ArgumentError(
      `${where}: the optimizer ${className} is not one of Keras's; compile with Adam or another one, or save as .safetensors.`,
    );
  }
  if (typeof options.learningRate !== "number") {
    throw new ArgumentError(
      `${where}: the learning rate follows a function, which Keras's files cannot hold; set a number, or save as .safetensors.`,
    );
  }
  const { learningRate, momentum } = options;
  const floats = {
    learningRate: asFloat(learningRate),
    // 0 is the default; any other number, however small, would add slots.
    ...(typeof momentum === "number" && { momentum: momentum === 0 ? undefined : asFloat(momentum) }),
  };
  const config = toKerasOptions(optimizerWords[className], { ...options, ...floats });
  return kerasObject("keras.optimizers", className, config);
}

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
 */
function writeFunction(value: unknown, isMetric: boolean): unknown {
  if (typeof value === "string") return snake(value);
  const { from, function: name, config = {} } = value as FunctionConfig;
  if (from === "own") return { module: "builtins", class_name: "function", config: name, registered_name: name };
  if (Object.keys(config).length === 0) return snake(name);
  const words = (isMetric && metricWords[name]) || lossWords[name];
  const className = name.charAt(0).toUpperCase() + name.slice(1);
  const module = isMetric ? "keras.metrics" : "keras.losses";
  return kerasObject(module, className, toKerasOptions(words, config as Record<string, unknown>));
}
