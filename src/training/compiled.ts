/**
 * What `compile` makes of its options: which loss and metrics each output has, and under which names. What they compute is in
 * batch.ts, which is not there before something is trained.
 */
import { ArgumentError, checkOptions, nearest, unknownName } from "../errors.js";
import type { LossRule } from "../losses/rules.js";
import type { Metric, MetricRule } from "../metrics/rules.js";
import { getOptimizer, type Optimizer } from "../optimizers.js";
import { lossNames, metricNames } from "./names.js";

/** A name of the table, a loss, or a function of one's own that gives a loss a sample. */
export type LossOption = string | LossRule;
/** A name of the tables of metrics or losses, a metric, a loss, or a function of one's own that gives a value a sample. */
export type MetricOption = string | MetricRule;
type OneOrMore<T> = T | readonly T[];
export type MetricsOption = readonly MetricOption[] | ForOutputs<OneOrMore<MetricOption>>;
/** One for the only output, a list with one for each, or an object by the outputs' names. Null: none. */
export type ForOutputs<T> = T | readonly (T | null)[] | Readonly<Record<string, T | null>>;

export interface CompileOptions {
  /** "rmsprop" by default, as in Keras. */
  optimizer?: string | Optimizer;
  /** A single loss holds for every output. */
  loss?: ForOutputs<LossOption>;
  /** A list; with several outputs a list for each, or an object of lists. */
  metrics?: MetricsOption;
  /** What each output's loss counts for in the sum, 1 by default. */
  lossWeights?: ForOutputs<number>;
}

interface OutputLoss {
  readonly output: number;
  readonly loss: LossOption;
  readonly weight: number;
}
interface OutputMetric {
  readonly output: number;
  readonly metric: MetricOption;
  readonly name: string;
  readonly direction: Metric["direction"];
}

export class Compiled {
  readonly optimizer: Optimizer;
  /** Of what is measured, in order: loss, with several losses those of the outputs, then metrics as they were given. */
  readonly names: readonly string[];
  readonly losses: readonly OutputLoss[];
  readonly metrics: readonly OutputMetric[];

  /** @throws ArgumentError for unknown names and options, and where lists do not fit the outputs. */
  constructor(where: string, options: CompileOptions, outputNames: readonly string[]) {
    checkOptions(where, options, ["optimizer", "loss", "metrics", "lossWeights"]);
    const { optimizer = "rmsprop", loss, metrics, lossWeights } = options;
    const weights = forOutputs(where, "lossWeights", lossWeights ?? null, outputNames);
    this.losses = forOutputs(where, "loss", loss ?? null, outputNames).flatMap((given, output) =>
      given == null ? [] : [{ output, loss: knownLoss(where, given), weight: weights[output] ?? 1 }],
    );
    this.metrics = outputMetrics(where, metrics ?? null, outputNames);
    const several = this.losses.length > 1;
    this.names = [
      "loss",
      ...(several ? this.losses.map(({ output }) => `${outputNames[output]}_loss`) : []),
      ...this.metrics.map(({ name }) => name),
    ];
    this.optimizer = getOptimizer(where, optimizer);
  }

  /** Which way is better for a value of this name, if that is known. */
  direction(name: string): "up" | "down" | undefined {
    if (name === "loss" || name.endsWith("_loss")) return "down";
    return this.metrics.find((metric) => metric.name === name)?.direction;
  }
}

/** The loss, if it is one. @throws ArgumentError */
function knownLoss(where: string, loss: LossOption): LossOption {
  if (typeof loss === "function" || lossNames.includes(loss)) return loss;
  throw unknownName(where, "loss", loss, lossNames);
}

function outputMetrics(where: string, given: MetricsOption | null, outputNames: readonly string[]): OutputMetric[] {
  const used = new Map<string, number>();
  return metricLists(where, given, outputNames).flatMap((list, output) =>
    list.map((metric) => {
      const { name: ownName, direction } = knownMetric(where, metric);
      const base = outputNames.length === 1 ? ownName : `${outputNames[output]}_${ownName}`;
      const times = used.get(base) ?? 0;
      used.set(base, times + 1);
      return { output, metric, name: times === 0 ? base : `${base}_${times}`, direction };
    }),
  );
}

function metricLists(where: string, given: MetricsOption | null, outputNames: readonly string[]): MetricOption[][] {
  if (outputNames.length === 1 && Array.isArray(given)) return [given.flat() as MetricOption[]];
  const lists = forOutputs(where, "metrics", given as ForOutputs<OneOrMore<MetricOption>> | null, outputNames);
  return lists.map((list) => [list ?? []].flat() as MetricOption[]);
}

/** The name that was written, or that of a function, and which way is better. @throws ArgumentError */
function knownMetric(where: string, metric: MetricOption): Pick<Metric, "name" | "direction"> {
  if (typeof metric !== "string") {
    if ("direction" in metric) return metric as Metric;
    const isLoss = "perSample" in metric;
    return { name: metric.name || "metric", direction: isLoss ? "down" : undefined };
  }
  if (metricNames.includes(metric)) return { name: metric, direction: "up" };
  if (lossNames.includes(metric)) return { name: metric, direction: "down" };
  throw unknownName(where, "metric", metric, [...metricNames, ...lossNames]);
}

/** What was given for each output. */
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
    if (names.includes(key)) continue;
    const close = nearest(key, names);
    const advice = close ? `did you mean "${close}"?` : `outputs are ${names.join(", ")}.`;
    throw new ArgumentError(`${where}: ${what} for "${key}", which is no output; ${advice}`);
  }
  return names.map((name) => (given as Readonly<Record<string, T | null>>)[name]);
}
