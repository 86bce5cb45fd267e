/** The definition of metrics that count over all batches of an epoch before they compute their value. */
import { ArgumentError, shown } from "../errors.js";
import { weigh } from "../loss.js";
import { type Elements, type Measured, type Metric, metricFrom, type RunningMetric, type Tally } from "../metric.js";
import { checkTensors } from "../op.js";
import { reshape } from "../ops/move.js";
import { scope } from "../scope.js";
import { ones, type Tensor } from "../tensor.js";

/** What a running metric sees of a batch, on the host. */
export interface BatchRows {
  /** Targets, row after row. */
  readonly yTrue: Elements;
  /** Outputs, row after row. */
  readonly yPred: Elements;
  /** A weight for each element of `yPred`, or for each of its rows, as the metric wants it; undefined for 1. */
  readonly weights: Elements | undefined;
  /** The length of a row of outputs. */
  readonly columns: number;
}

/** What makes a metric a running one. */
export interface Definition {
  /** The name of the function that makes it, with which messages about its options begin. */
  readonly className: string;
  /** The same as a key of the table of these, which is its name in the logs where the user gave none. */
  readonly maker: string;
  readonly direction: RunningMetric["direction"];
  /** The options that it was made with. */
  readonly config: NamedMetricOptions;
  /** Gives targets and outputs as the tally wants them. @throws ShapeError where they do not fit. */
  readonly fit: (name: string, yTrue: Tensor, yPred: Tensor) => readonly [yTrue: Tensor, yPred: Tensor];
  /** Whether weights are wanted for each row of outputs rather than each element. */
  readonly byRow?: boolean;
  /** Starts to count, or goes on from what another has counted. */
  readonly start: (sums?: unknown) => RowTally;
}

/** What has been counted over some batches. */
export interface RowTally {
  add(batch: BatchRows): void;
  result(): number | readonly number[];
  /** What has been counted, as plain data, from which another can start. */
  sums(): unknown;
}

/** The option that every metric with others has. */
export interface NamedMetricOptions {
  /** The name in the logs; by default that of the metric, in camelCase. */
  name?: string;
}

/**
 * Gives the name of a metric in the logs.
 * @throws ArgumentError for what is no name.
 */
export function metricName(where: string, { name }: NamedMetricOptions, usual: string): string {
  if (name === undefined) return usual;
  if (typeof name === "string" && name !== "") return name;
  throw new ArgumentError(`${where}: name ${shown(name)}; expected a name.`);
}

/** Makes a metric that is a mean over samples, under a name of the user's. */
export const namedMetric = (maker: string, ...given: Parameters<typeof metricFrom>): Metric =>
  Object.assign(metricFrom(...given), { maker });

/**
 * Gives back a whole number between bounds; files name them, and their products become sizes of arrays.
 * @throws ArgumentError for anything else.
 */
export function checkCount(where: string, option: string, value: unknown, least: number, most = 1e5): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw new ArgumentError(`${where}: ${option} ${shown(value)}; expected a whole number from ${least} to ${most}.`);
}

/** Checks an option that is one of some names. @throws ArgumentError */
export function checkName<Name extends string | null>(
  where: string,
  option: string,
  value: Name,
  names: readonly Name[],
): void {
  if (names.includes(value)) return;
  throw new ArgumentError(
    `${where}: ${option} ${shown(value)}; expected ${names.map((name) => shown(name)).join(", ")}.`,
  );
}

/**
 * Makes a running metric: a function of one batch, which `compile` takes for many.
 * @throws ArgumentError where the option `name` is no name.
 */
export function runningMetric(definition: Definition): RunningMetric {
  const { className, maker, direction, config, fit, byRow, start } = definition;
  const name = metricName(className, config, maker);
  const begin = (sums?: unknown): Tally => {
    const tally = start(sums);
    return {
      add: (yTrue, yPred, [columns], weights) => tally.add({ yTrue, yPred, weights, columns }),
      result: () => tally.result(),
      sums: () => tally.sums(),
    };
  };
  const measure = (yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Measured =>
    scope(() => {
      checkTensors(name, [yTrue, yPred]);
      const [target, output] = fit(name, yTrue, yPred);
      const columns = output.shape.at(-1) ?? 1;
      const weighed = byRow ? output.shape.slice(0, -1) : output.shape;
      const weights = sampleWeight ? [weigh(name, ones(weighed), sampleWeight)] : [];
      return { parts: [flat(target), flat(output), columns, ...weights.map(flat)], start: begin };
    });
  const metric = async (yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor) => {
    const { parts } = measure(yTrue, yPred, sampleWeight);
    const tally = begin();
    try {
      tally.add(...(await Promise.all(parts.map(async (x) => (typeof x === "number" ? [x] : x.data())))));
    } finally {
      for (const x of parts) if (typeof x !== "number") x.dispose();
    }
    return tally.result();
  };
  return Object.defineProperty(Object.assign(metric, { maker, direction, config, measure }), "name", { value: name });
}

/** The elements in a tensor of its own, which shares their memory. */
const flat = (x: Tensor): Tensor => reshape(x, [x.size]);

/** a / b; 0 where b is 0, as in Keras. */
export const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** The sum of numbers. */
export const total = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
