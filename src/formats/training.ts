/** How a model was being trained, as plain data, and back. */
import { ArgumentError, FileError } from "../errors.js";
import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  Huber,
  type Loss,
  losses,
  SparseCategoricalCrossentropy,
} from "../losses.js";
import {
  BinaryAccuracy,
  type Metric,
  metrics,
  SparseTopKCategoricalAccuracy,
  TopKCategoricalAccuracy,
} from "../metrics.js";
import type { ModelLayer } from "../model.js";
import { Adam, AdamW, type Optimizer, RMSprop, SGD } from "../optimizers.js";
import type { Variable } from "../tensor.js";
import type { CompileOptions } from "../training.js";
import "../training/static.js";
import type { SafeTensor } from "./safetensors.js";
import type { NamedArray } from "./safetensorsWriter.js";
import { matched, type NamedWeight } from "./weights.js";

/** What files name but cannot hold: losses, metrics, schedules and makers of optimizers of one's own, by name. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Plain data in a file. */
export interface TrainingConfig {
  readonly optimizer: { readonly className: string; readonly config: unknown; readonly iterations: number };
  readonly loss?: unknown;
  readonly metrics?: unknown;
  readonly lossWeights?: unknown;
}

const makers: Readonly<Record<string, (options: never) => unknown>> = {
  categoricalCrossentropy: CategoricalCrossentropy,
  sparseCategoricalCrossentropy: SparseCategoricalCrossentropy,
  binaryCrossentropy: BinaryCrossentropy,
  huber: Huber,
  binaryAccuracy: BinaryAccuracy,
  topKCategoricalAccuracy: TopKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy: SparseTopKCategoricalAccuracy,
};
const optimizers: Readonly<Record<string, (options: never) => Optimizer>> = { SGD, Adam, AdamW, RMSprop };

// ── out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Undefined for a model that was not compiled. @throws ArgumentError for a function without a name. */
export function trainingConfig(where: string, model: ModelLayer): TrainingConfig | undefined {
  const { optimizer, compileOptions } = model;
  if (!optimizer || !compileOptions) return undefined;
  const { loss, metrics, lossWeights } = compileOptions;
  const config = written(where, optimizer.getConfig());
  return {
    optimizer: { className: optimizer.name, config, iterations: optimizer.iterations },
    ...(written(where, { loss, metrics, lossWeights }) as object),
  };
}

/** Functions by the table that they are in, or as those of one's own by their names. */
function written(where: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => written(where, item));
  if (typeof value === "function") {
    const { name, config } = value as Loss;
    if (config && Object.hasOwn(makers, name)) return { from: "makers", function: name, config };
    if (Object.values(losses).includes(value as Loss)) return { from: "losses", function: name };
    if (Object.values(metrics).includes(value as Metric)) return { from: "metrics", function: name };
    if (name) return { from: "own", function: name };
    throw new ArgumentError(`${where}: compile was given a function that has no name; define it as a named function.`);
  }
  if (!(value instanceof Object)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, written(where, item)]));
}

/** What the optimizer remembers beside each weight. */
export function optimizerArrays(model: ModelLayer, weights: readonly NamedWeight[]): Promise<NamedArray>[] {
  return slotsOf(model, weights, false).map(async ({ name, weight }) => ({
    name,
    shape: weight.shape,
    data: await weight.data(),
  }));
}

/** Slots under names such as `optimizer:momentum/dense/kernel`. `all`: those that do not exist yet are made. */
function slotsOf({ optimizer }: ModelLayer, weights: readonly NamedWeight[], all: boolean): NamedWeight[] {
  if (!optimizer) return [];
  return weights.flatMap(({ name, weight, layer }) =>
    all || optimizer.slots.has(weight)
      ? optimizer.slotsOf(weight).map((slot, i) => ({ name: slotName(optimizer, i, name), weight: slot, layer }))
      : [],
  );
}

const slotPrefix = "optimizer:";
const slotName = ({ slotNames }: Optimizer, i: number, weight: string) => `${slotPrefix}${slotNames[i]}/${weight}`;

/** Tensors of a file: those of weights, and those of the optimizer. */
export const isSlot = (name: string): boolean => name.startsWith(slotPrefix);

// ── in ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Compiles a model as it was. @throws FileError for what is not known. */
export function restoreTraining(
  where: string,
  model: ModelLayer,
  { optimizer: { className, config, iterations }, ...rest }: TrainingConfig,
  functions: Functions,
): void {
  const known = { ...optimizers, ...functions } as typeof optimizers;
  if (!Object.hasOwn(known, className)) throw unknown(where, "optimizer", className);
  if (!Number.isSafeInteger(iterations) || iterations < 0) {
    throw new FileError(`${where}: ${iterations} updates of the optimizer; expected a whole number from 0.`);
  }
  const optimizer = known[className](read(where, config, functions) as never);
  optimizer.iterations = iterations;
  model.compile({ optimizer, ...(read(where, rest, functions) as CompileOptions) });
}

/** The optimizer's tensors for the weights that have some. @throws FileError */
export function matchedSlots(
  where: string,
  model: ModelLayer,
  weights: readonly NamedWeight[],
  tensors: ReadonlyMap<string, SafeTensor>,
): [slot: Variable, tensor: SafeTensor][] {
  const { optimizer } = model;
  if (!optimizer) return [];
  const with0 = weights.filter(({ name }) => tensors.has(slotName(optimizer, 0, name)));
  return matched(where, slotsOf(model, with0, true), tensors);
}

function read(where: string, value: unknown, functions: Functions): unknown {
  if (Array.isArray(value)) return value.map((item) => read(where, item, functions));
  if (!(value instanceof Object)) return value;
  const { from, function: name, config } = value as Record<string, unknown>;
  if (typeof from !== "string" || typeof name !== "string") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(where, item, functions)]));
  }
  const tables: Record<string, Readonly<Record<string, unknown>>> = { makers, losses, metrics, own: functions };
  if (!Object.hasOwn(tables, from) || !Object.hasOwn(tables[from], name)) throw unknown(where, "function", name);
  const found = tables[from][name];
  return from === "makers" ? (found as (options: unknown) => unknown)(config) : found;
}

const unknown = (where: string, kind: string, name: string): FileError =>
  new FileError(
    `${where} names the ${kind} ${JSON.stringify(name)}, which it cannot hold; give it as { functions: { ${String(name)} } }, or load with { compile: false }.`,
  );
