/** The training state of a model (loss, metrics, optimizer) as plain data, and back. */
import { ArgumentError, FileError } from "../errors.js";
import type { Loss } from "../loss.js";
import { allLosses as losses, lossMakers } from "../losses/makers.js";
import type { Metric } from "../metric.js";
import { metricMakers } from "../metrics/makers.js";
import { metrics } from "../metrics/table.js";
import type { ModelLayer } from "../model.js";
import type { Optimizer } from "../optimizer.js";
import { optimizers } from "../optimizers/table.js";
import type { CompileOptions } from "../training.js";
import "../training/static.js";
import { asName, asObject, showValue } from "./json.js";
import type { SafeTensor } from "./safetensors.js";
import { type Assignment, matchTensors, type NamedWeight } from "./weights.js";

/** User-defined losses, metrics, schedules and optimizer factories, by the names that files have for them. */
export type CustomFunctions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** How a model was compiled, as it is stored in a file. */
export interface TrainingConfig {
  readonly optimizer: { readonly className: string; readonly config: unknown; readonly iterations: number };
  readonly loss?: unknown;
  readonly metrics?: unknown;
  readonly weightedMetrics?: unknown;
  readonly lossWeights?: unknown;
}

const factories: Readonly<Record<string, (options: never) => unknown>> = { ...lossMakers, ...metricMakers };

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** How a model was compiled; undefined for one that was not. @throws ArgumentError for a function without a name. */
export function trainingConfig(where: string, model: ModelLayer): TrainingConfig | undefined {
  const { optimizer, compileOptions } = model;
  if (!optimizer || !compileOptions) return undefined;
  const { loss, metrics, weightedMetrics, lossWeights } = compileOptions;
  const config = toPlainConfig(where, optimizer.getConfig());
  return {
    optimizer: { className: optimizer.name, config, iterations: optimizer.iterations },
    ...(toPlainConfig(where, { loss, metrics, weightedMetrics, lossWeights }) as object),
  };
}

/** Functions become `{ from: table, function: name }`; the table of user-defined ones is called "own". */
function toPlainConfig(where: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => toPlainConfig(where, item));
  if (typeof value === "function") {
    const { name, config, maker = name } = value as Loss & { maker?: string };
    if (config && Object.hasOwn(factories, maker)) {
      return { from: "makers", function: maker, config: toPlainConfig(where, config) };
    }
    if (Object.values(losses).includes(value as Loss)) return { from: "losses", function: name };
    if (Object.values(metrics).includes(value as Metric)) return { from: "metrics", function: name };
    if (name) return { from: "own", function: name };
    throw new ArgumentError(`${where}: compile was given a function that has no name; define it as a named function.`);
  }
  if (!(value instanceof Object)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlainConfig(where, item)]));
}

/**
 * The state of the optimizer for each weight, under names such as `optimizer:momentum/dense/kernel`.
 * @param all whether slots that do not exist yet are made, false by default.
 */
export function slotsOf({ optimizer }: ModelLayer, weights: readonly NamedWeight[], all = false): NamedWeight[] {
  if (!optimizer) return [];
  return weights.flatMap(({ name, weight, layer }) =>
    all || optimizer.slots.has(weight)
      ? optimizer.slotsOf(weight).map((slot, i) => ({ name: slotName(optimizer, i, name), weight: slot, layer }))
      : [],
  );
}

const slotPrefix = "optimizer:";
const slotName = ({ slotNames }: Optimizer, i: number, weight: string) => `${slotPrefix}${slotNames[i]}/${weight}`;

/** Whether a tensor of a file is that of a slot, not of a weight. */
export const isSlot = (name: string): boolean => name.startsWith(slotPrefix);

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Compiles a model as it was.
 * @throws FileError for an optimizer or a function that is neither built in nor in `functions`.
 */
export function restoreTraining(where: string, model: ModelLayer, training: unknown, functions: CustomFunctions): void {
  const how = `${where}: how it was trained`;
  const { optimizer: described, ...rest } = asObject(how, training);
  const { className: name, config, iterations } = asObject(`${how}: its optimizer`, described);
  const className = asName(`${how}: the class of its optimizer`, name);
  const make = factoryIn(functions, className) ?? factoryIn(optimizers, className.toLowerCase());
  if (!make) throw unknownName(where, "optimizer", className);
  checkUpdates(where, iterations);
  const options = fromPlainConfig(where, asObject(`${how}: the options of its optimizer`, config), functions);
  const optimizer = make(options as never) as Optimizer;
  optimizer.iterations = iterations;
  model.compile({ optimizer, ...(fromPlainConfig(where, rest, functions) as CompileOptions) });
}

/** @throws FileError for a number of updates that is none. */
export function checkUpdates(where: string, iterations: unknown): asserts iterations is number {
  if (Number.isSafeInteger(iterations) && (iterations as number) >= 0) return;
  throw new FileError(`${where}: ${showValue(iterations)} updates of the optimizer; expected a whole number from 0.`);
}

/** The entry of a table that has it; undefined otherwise. */
const factoryIn = (table: CustomFunctions, name: string) => (Object.hasOwn(table, name) ? table[name] : undefined);

/**
 * The tensors of a file for the slots of all weights that have some there.
 * @throws FileError where they do not match.
 */
export function matchSlots(
  where: string,
  model: ModelLayer,
  weights: readonly NamedWeight[],
  tensors: ReadonlyMap<string, SafeTensor>,
): Assignment[] {
  const { optimizer } = model;
  if (!optimizer) return [];
  const withSlots = weights.filter(({ name }) => tensors.has(slotName(optimizer, 0, name)));
  return matchTensors(where, slotsOf(model, withSlots, true), tensors);
}

function fromPlainConfig(where: string, value: unknown, functions: CustomFunctions): unknown {
  if (Array.isArray(value)) return value.map((item) => fromPlainConfig(where, item, functions));
  if (!(value instanceof Object)) return value;
  const { from, function: name, config } = value as Record<string, unknown>;
  if (typeof from !== "string" || typeof name !== "string") {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fromPlainConfig(where, item, functions)]),
    );
  }
  const tables: Record<string, CustomFunctions> = { makers: factories, losses, metrics, own: functions };
  if (!Object.hasOwn(tables, from) || !Object.hasOwn(tables[from], name)) throw unknownName(where, "function", name);
  const found = tables[from][name];
  return from === "makers" ? (found as (options: unknown) => unknown)(config) : found;
}

const unknownName = (where: string, kind: string, name: string): FileError =>
  new FileError(
    `${where} names the ${kind} ${JSON.stringify(name)}, which it cannot hold; give it as { functions: { ${String(name)} } }, or load with { compile: false }.`,
  );
