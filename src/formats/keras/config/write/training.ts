/** How a model was compiled as Keras 3 describes it, from what `trainingConfig` gives. */
import { ArgumentError } from "../../../../errors.js";
import type { ModelLayer } from "../../../../model.js";
import { trainingConfig } from "../../../training.js";
import { type TrainingWords, lossWords, metricWords, optimizerWords } from "../trainingTable.js";
import { snake } from "../names.js";

/** A function as training.ts has it. */
interface FunctionConfig {
  readonly from: "makers" | "losses" | "metrics" | "own";
  readonly function: string;
  readonly config?: object;
}

/** Undefined for a model that was not compiled. @throws ArgumentError for an optimizer, or a learning rate, that Keras has not. */
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
    throw new ArgumentError(`${where}: the optimizer ${className} is none of Keras's; compile with Adam or the like, or save as .safetensors.`); // prettier-ignore
  }
  if (typeof options.learningRate !== "number") {
    throw new ArgumentError(`${where}: the learning rate follows a function, which Keras's files cannot hold; set a number, or save as .safetensors.`); // prettier-ignore
  }
  const { learningRate, momentum } = options;
  const floats = {
    learningRate: asFloat(learningRate),
    // 0 is the default, and another number would bring slots along.
    ...(typeof momentum === "number" && { momentum: momentum === 0 ? undefined : asFloat(momentum) }),
  };
  const config = toKerasOptions(optimizerWords[className], { ...options, ...floats });
  return { module: "keras.optimizers", class_name: className, config, registered_name: null };
}

/**
 * JSON of 1 is a whole number to Python, and Keras refuses those for these options. The next number that is none, 1.0000000000000002,
 * is the same in float32, in which Keras computes.
 */
const asFloat = (value: number): number =>
  Number.isInteger(value) ? value * (1 + Number.EPSILON) || Number.MIN_VALUE : value;

/** Options in Keras's words. */
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

/** A name; an object of a class where there are options. One of the user's own Keras looks for among its `custom_objects`. */
function writeFunction(value: unknown, isMetric: boolean): unknown {
  if (typeof value === "string") return snake(value);
  const { from, function: name, config = {} } = value as FunctionConfig;
  if (from === "own") return { module: "builtins", class_name: "function", config: name, registered_name: name };
  if (Object.keys(config).length === 0) return snake(name);
  const words = (isMetric && metricWords[name]) || lossWords[name];
  const className = name.charAt(0).toUpperCase() + name.slice(1);
  const module = isMetric ? "keras.metrics" : "keras.losses";
  return {
    module,
    class_name: className,
    config: toKerasOptions(words, config as Record<string, unknown>),
    registered_name: null,
  };
}
