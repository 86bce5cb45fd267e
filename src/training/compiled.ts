/** The options of `compile`, resolved: a loss for each output, metrics with their names, the optimizer. */
import { stopGradient } from "../autograd/tape.js";
import { ArgumentError, checkFunction, checkNumber, checkOptions, unknownName } from "../errors.js";
import type { SymbolicTensor } from "../layer.js";
import { type Loss, type LossRule, weightedSum } from "../loss.js";
import { getLoss, losses as lossTable } from "../losses/table.js";
import {
  measure,
  type Measured,
  type Metric,
  metricFrom,
  type MetricRule,
  type RunningMetric,
  startMean,
} from "../metric.js";
import { metrics as metricTable } from "../metrics/table.js";
import type { Optimizer } from "../optimizer.js";
import { getOptimizer } from "../optimizers/byName.js";
import type { Tensor } from "../tensor.js";

/** A name of the table ("mse"), a loss, or a user-defined function from target and output to a loss for each sample. */
export type LossOption = string | LossRule;
/**
 * A name of the tables of metrics or losses, a metric, a loss, or a user-defined function that gives a value for each
 * sample.
 */
export type MetricOption = string | MetricRule | RunningMetric;
type OneOrMore<T> = T | readonly T[];
/** A list of metrics if there is one output; otherwise a list for each output, or an object by the names of outputs. */
export type MetricsOption = readonly MetricOption[] | ForOutputs<OneOrMore<MetricOption>>;
/**
 * A value if there is one output, a list with a value for each output, or an object by the names of outputs. Null means
 * none.
 */
export type ForOutputs<T> = T | readonly (T | null)[] | Readonly<Record<string, T | null>>;

/** The options of `compile`. */
export interface CompileOptions {
  /** An optimizer, or a name of the table; "rmsprop" by default, as in Keras. */
  optimizer?: string | Optimizer;
  /** The loss of each output; a single one is used for all. None by default, but training needs one. */
  loss?: ForOutputs<LossOption>;
  /** A list of metrics; with several outputs a list for each, or an object of lists. None by default. */
  metrics?: MetricsOption;
  /** Metrics, given as `metrics`, whose values are weighted by the sample weights. None by default. */
  weightedMetrics?: MetricsOption;
  /** The factor of each output's loss in the sum, 1 by default. */
  lossWeights?: ForOutputs<number>;
  /**
   * The number of batches after which `fit` and `evaluate` call the hooks of batches, 1 by default. In Keras it saves the
   * time between steps; here there is next to none, so that it only makes hooks rarer.
   */
  stepsPerExecution?: number;
}

export interface OutputLoss {
  readonly output: number;
  readonly loss: Loss;
  readonly weight: number;
}
interface OutputMetric {
  readonly output: number;
  readonly metric: Metric | RunningMetric;
  readonly name: string;
  readonly isWeighted: boolean;
}

/** The resolved options of `compile`. */
export class Compiled {
  readonly optimizer: Optimizer;
  /**
   * The names of the values that `measure` returns, in order: the loss, the loss of each output if there are several, then
   * the metrics as given.
   */
  readonly names: readonly string[];
  /** The losses, with the outputs that they are of. */
  readonly losses: readonly OutputLoss[];
  /** The number of batches after which the hooks of batches are called. */
  readonly stepsPerExecution: number;
  readonly #metrics: readonly OutputMetric[];
  /** Whether losses and metrics are of this package. */
  readonly isOwnCode: boolean;

  /** @throws ArgumentError for unknown names and options, and where lists do not fit the outputs. */
  constructor(where: string, options: CompileOptions, outputs: readonly SymbolicTensor[]) {
    const outputNames = namesOf(outputs);
    checkOptions(where, options, [
      "optimizer",
      "loss",
      "metrics",
      "weightedMetrics",
      "lossWeights",
      "stepsPerExecution",
    ]);
    const { optimizer = "rmsprop", loss, lossWeights, stepsPerExecution = 1 } = options;
    this.stepsPerExecution = checkNumber(where, "stepsPerExecution", stepsPerExecution, "a whole number from 1");
    const weights = forOutputs(where, "lossWeights", lossWeights ?? null, outputNames).map((weight) =>
      checkNumber(where, "lossWeights", weight ?? 1, "a finite number"),
    );
    this.losses = forOutputs(where, "loss", loss ?? null, outputNames).flatMap((given, output) =>
      given == null ? [] : [{ output, loss: getLoss(where, given), weight: weights[output] }],
    );
    this.#metrics = outputMetrics(where, options, outputNames);
    const several = this.losses.length > 1;
    this.names = [
      "loss",
      ...(several ? this.losses.map(({ output }) => `${outputNames[output]}_loss`) : []),
      ...this.#metrics.map(({ name }) => name),
    ];
    this.optimizer = getOptimizer(where, optimizer);
    this.isOwnCode = isOwn([loss, options.metrics, options.weightedMetrics]);
  }

  /** Computes loss (with `penalties`) and metrics of a batch. Only the loss, which is the first, is recorded for gradients. */
  measure(
    where: string,
    y: readonly Tensor[],
    outputs: readonly Tensor[],
    weights: readonly Tensor[],
    penalties: readonly Tensor[],
  ): Measured[] {
    if (this.losses.length === 0) {
      throw new ArgumentError(`${where}: compile was given no loss; say which, as in compile({ loss: "mse" }).`);
    }
    const parts = this.losses.map(({ loss, output: i }) => (loss.objective ?? loss)(y[i], outputs[i], weights[i]));
    const loss = weightedSum(
      [...parts, ...penalties],
      [...this.losses.map(({ weight }) => weight), ...penalties.map(() => 1)],
    );
    const count = outputs[0].shape[0];
    const several = parts.length > 1 ? parts : [];
    const measured = stopGradient(() =>
      this.#metrics.map(({ metric, output: i, isWeighted }) =>
        measure(metric, y[i], outputs[i], isWeighted ? weights[i] : undefined),
      ),
    );
    return [...[loss, ...several].map((value) => ({ parts: [value, 1, count], start: startMean })), ...measured];
  }

  /** Whether more ("up") or less ("down") is better for a value of this name; undefined where that is not known. */
  direction(name: string): "up" | "down" | undefined {
    if (name === "loss" || name.endsWith("_loss")) return "down";
    return this.#metrics.find((metric) => metric.name === name.replace(/\[\d+]$/, ""))?.metric.direction;
  }
}

/** Whether losses or metrics, or what is in lists and objects of them, are of this package. */
function isOwn(option: unknown): boolean {
  if (typeof option === "function") return "perSample" in option || "direction" in option;
  return !(option instanceof Object) || Object.values(option).every(isOwn);
}

/** The names of the layers that make the outputs; one that comes again has a number. */
function namesOf(outputs: readonly SymbolicTensor[]): string[] {
  const names = outputs.map((output) => output.node.layer.name);
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}_${before}`;
  });
}

/** The metrics, then the weighted ones. A name that comes again has a number, or before it "weighted", as in Keras. */
function outputMetrics(where: string, options: CompileOptions, outputNames: readonly string[]): OutputMetric[] {
  const used: string[] = [];
  return (["metrics", "weightedMetrics"] as const).flatMap((what, i) =>
    metricLists(where, what, options[what] ?? null, outputNames).flatMap((list, output) =>
      list.map((option) => {
        const metric = getMetric(where, option);
        const prefix = outputNames.length === 1 ? "" : `${outputNames[output]}_`;
        const again = i && used.includes(prefix + metric.name) ? "weighted_" : "";
        const base = prefix + again + metric.name;
        const times = used.filter((name) => name === base).length;
        used.push(base);
        return { output, metric, name: times === 0 ? base : `${base}_${times}`, isWeighted: i > 0 };
      }),
    ),
  );
}

function metricLists(
  where: string,
  what: string,
  given: MetricsOption | null,
  outputNames: readonly string[],
): MetricOption[][] {
  if (outputNames.length === 1 && Array.isArray(given)) return [given.flat() as MetricOption[]];
  const lists = forOutputs(where, what, given as ForOutputs<OneOrMore<MetricOption>> | null, outputNames);
  return lists.map((list) => [list ?? []].flat() as MetricOption[]);
}

/**
 * Finds the metric that an option names, under the given name.
 * @throws ArgumentError for a name that is in no table.
 */
function getMetric(where: string, metric: MetricOption): Metric | RunningMetric {
  if (typeof metric !== "string") {
    checkFunction(`${where}: metric`, metric);
    if ("direction" in metric) return metric as Metric | RunningMetric;
    if ("perSample" in metric) return metricFrom(metric.name, (metric as Loss).perSample, "down");
    return metricFrom(metric.name || "metric", metric);
  }
  if (Object.hasOwn(metricTable, metric)) {
    const { perSample, direction } = metricTable[metric];
    return metricFrom(metric, perSample, direction);
  }
  if (Object.hasOwn(lossTable, metric)) return metricFrom(metric, lossTable[metric].perSample, "down");
  throw unknownName(where, "metric", metric, [...Object.keys(metricTable), ...Object.keys(lossTable)]);
}

/** Gives the value of an option for each output. @throws ArgumentError where a list or names do not fit the outputs. */
function forOutputs<T>(
  where: string,
  what: string,
  given: ForOutputs<T> | null,
  names: readonly string[],
): (T | null | undefined)[] {
  if (Array.isArray(given)) {
    if (given.length === names.length) return given as (T | null)[];
    throw new ArgumentError(
      `${where}: received ${given.length} ${what}, for ${names.length} outputs; give one for each.`,
    );
  }
  if (given === null || typeof given !== "object") return names.map(() => given as T | null);
  for (const key of Object.keys(given)) {
    if (!names.includes(key)) throw unknownName(`${where}: ${what}`, "output", key, names);
  }
  return names.map((name) => (given as Readonly<Record<string, T | null>>)[name]);
}
