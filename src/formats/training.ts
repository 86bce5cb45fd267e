/** The training state of a model (loss, metrics, optimizer) as plain data, and back. */
import { ArgumentError, FileError } from "../errors.js";
import type { Loss } from "../loss.js";
import { allLosses as losses, lossMakers } from "../losses/makers.js";
import type { Metric } from "../metric.js";
import { metricMakers } from "../metrics/makers.js";
import { metrics } from "../metrics/table.js";
import type { ModelLayer } from "../model.js";
import type { Named } from "../named.js";
import { extensionOf } from "../optimizers/extension.js";
import { Optimizer } from "../optimizers/index.js";
import type { LossScaleState } from "../optimizers/lossScale.js";
import { optimizers, schedules } from "../optimizers/table.js";
import type { CompileOptions } from "../training.js";
import "../training/static.js";
import { asName, asObject, showValue } from "./json.js";
import type { SafeTensor } from "./safetensors.js";
import { type Assignment, matchTensors, type NamedWeight } from "./weights.js";

/** User-defined losses, metrics, schedules and optimizer factories, by the names that files have for them. */
export type CustomFunctions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** How a model was compiled, as it is stored in a file. */
export interface TrainingConfig {
  readonly optimizer: {
    readonly className: string;
    readonly config: unknown;
    readonly iterations: number;
    /** The growing scale of the loss, where the optimizer has one. */
    readonly lossScale?: LossScaleState;
  };
  readonly loss?: unknown;
  readonly metrics?: unknown;
  readonly weightedMetrics?: unknown;
  readonly lossWeights?: unknown;
  readonly stepsPerExecution?: unknown;
}

/** The state of an optimizer in a file. What is undefined stays as it is. */
export interface OptimizerState {
  /** The number of calls of `apply`. */
  readonly updates?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly lossScale?: LossScaleState | undefined;
  readonly slots: Assignment[];
}

const factories: Readonly<Record<string, (options: never) => unknown>> = { ...lossMakers, ...metricMakers };

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Resolves when it is known which steps of training were left out; undefined where it is known. */
export const unsettled = ({ optimizer }: ModelLayer): Promise<void> | undefined =>
  optimizer && extensionOf(optimizer)?.lossScale?.settled;

/** How a model was compiled; undefined for one that was not. @throws ArgumentError for a function without a name. */
export function trainingConfig(where: string, model: ModelLayer): TrainingConfig | undefined {
  const { optimizer, compileOptions } = model;
  if (!optimizer || !compileOptions) return undefined;
  const { loss, metrics, weightedMetrics, lossWeights, stepsPerExecution } = compileOptions;
  const config = toPlainConfig(where, optimizer.getConfig());
  const { name: className, iterations } = optimizer;
  const lossScale = extensionOf(optimizer)?.lossScale?.state;
  return {
    optimizer: { className, config, iterations, ...(lossScale && { lossScale }) },
    ...(toPlainConfig(where, { loss, metrics, weightedMetrics, lossWeights, stepsPerExecution }) as object),
  };
}

/** Functions become `{ from: table, function: name }`; the table of user-defined ones is called "own". */
function toPlainConfig(where: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => toPlainConfig(where, item));
  if (typeof value === "function") {
    const { name, config, maker = name } = value as Loss & { maker?: string };
    const { className } = value as Partial<Named>;
    if (className !== undefined && Object.hasOwn(schedules, className)) {
      return { from: "schedules", function: className, config };
    }
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
export function slotsOf(
  { optimizer }: { readonly optimizer: Optimizer | undefined },
  weights: readonly NamedWeight[],
  all = false,
): NamedWeight[] {
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
 * Compiles a model as it was, and gives the values for the slots of its optimizer.
 * @param stateOf the state of the optimizer in the file, where the description does not contain it.
 * @throws FileError for an optimizer or a function that is neither built in nor in `functions`, and whatever `stateOf`
 * throws; the model is not compiled then.
 */
export function restoreTraining(
  where: string,
  model: ModelLayer,
  training: unknown,
  functions: CustomFunctions,
  stateOf?: (optimizer: Optimizer) => OptimizerState,
): Assignment[] {
  const how = `${where}: how it was trained`;
  const { optimizer: described, ...rest } = asObject(how, training);
  const { className: name, config, iterations, lossScale } = asObject(`${how}: its optimizer`, described);
  const className = asName(`${how}: the class of its optimizer`, name);
  const make = factoryIn(functions, className) ?? factoryIn(optimizers, className.toLowerCase());
  if (!make) throw unknownName(where, "optimizer", className);
  checkUpdates(where, iterations);
  const options = fromPlainConfig(where, asObject(`${how}: the options of its optimizer`, config), functions);
  const optimizer = make(options as never) as Optimizer;
  if (!(optimizer instanceof Optimizer)) {
    throw new FileError(`${where}: the function ${JSON.stringify(className)} makes no optimizer.`);
  }
  try {
    adoptState(where, optimizer, { updates: iterations, lossScale: lossScale as LossScaleState | undefined });
    const state = stateOf?.(optimizer);
    if (state) adoptState(where, optimizer, state);
    model.compile({ optimizer, ...(fromPlainConfig(where, rest, functions) as CompileOptions) });
    model.ownOptimizer = optimizer;
    return state?.slots ?? [];
  } catch (error) {
    optimizer.dispose();
    throw error;
  }
}

/** Gives an optimizer its state, but for the slots. @throws FileError for numbers that are none; nothing changes then. */
export function adoptState(where: string, optimizer: Optimizer, state: Omit<OptimizerState, "slots">): void {
  const { updates, learningRate, lossScale } = state;
  if (updates !== undefined) checkUpdates(where, updates);
  if (learningRate !== undefined && !(learningRate >= 0 && learningRate < Infinity)) {
    throw new FileError(`${where} holds the learning rate ${learningRate}; expected a finite number from 0.`);
  }
  const extension = extensionOf(optimizer);
  if (lossScale !== undefined && extension?.lossScale) {
    const { scale, steps } = asObject(`${where}: the scale of the loss`, lossScale);
    checkUpdates(where, steps);
    if (!(typeof scale === "number" && scale > 0)) {
      throw new FileError(`${where}: ${showValue(scale)} as the scale of the loss; expected a number above 0.`);
    }
    extension.lossScale.state = { scale, steps };
  }
  if (updates !== undefined) optimizer.iterations = updates;
  if (learningRate !== undefined) optimizer.learningRate = learningRate;
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
  optimizer: Optimizer,
  weights: readonly NamedWeight[],
  tensors: ReadonlyMap<string, SafeTensor>,
): Assignment[] {
  const withSlots = weights.filter(({ name }) => tensors.has(slotName(optimizer, 0, name)));
  return matchTensors(where, slotsOf({ optimizer }, withSlots, true), tensors);
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
  const tables: Record<string, CustomFunctions> = { makers: factories, schedules, losses, metrics, own: functions };
  if (!Object.hasOwn(tables, from) || !Object.hasOwn(tables[from], name)) throw unknownName(where, "function", name);
  const found = tables[from][name];
  return from === "makers" || from === "schedules" ? (found as (options: unknown) => unknown)(config) : found;
}

const unknownName = (where: string, kind: string, name: string): FileError =>
  new FileError(
    `${where} names the ${kind} ${JSON.stringify(name)}, which it cannot hold; give it as { functions: { ${String(name)} } }, or load with { compile: false }.`,
  );
