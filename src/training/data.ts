/** The data that users give, as lists of values with equal numbers of samples, and then as batches. */
import { ArgumentError, kindOf, ShapeError, shapeText } from "../errors.js";
import { sizeOf } from "../shape.js";
import { type NestedStrings, readInputs, type StringArray } from "../strings.js";
import { type HostArray, type NestedArray, Tensor, toHostArray, type TypedArray } from "../tensor.js";

/** Values for one input or output: [samples, ...]; strings for an input of them. */
export type Data = Tensor | HostArray | TypedArray | NestedArray | StringArray | NestedStrings;
/** Values if there is one input or output, or a list with values for each. */
export type DataList = Data | readonly Data[];
/** Sample weights for all outputs, or a list with those of each output; null stands for 1 everywhere. */
export type SampleWeight = Data | readonly (Data | null | undefined)[];
/** One batch: inputs, targets, sample weights. */
export type Batch = readonly [x: DataList, y?: DataList | undefined, sampleWeight?: SampleWeight | undefined];
/**
 * A source of batches: an iterable, or a function that makes one. A function is called for each epoch, and an iterable is
 * iterated again; a generator gives its batches only once. Tensors in the batches are not disposed.
 */
export type BatchSource = Iterable<Batch> | AsyncIterable<Batch> | (() => Iterable<Batch> | AsyncIterable<Batch>);

/** A tensor, or values that become a tensor when their batch is computed. */
export type Value = Tensor | HostArray;

/** A batch as checked lists. */
export interface ReadyBatch {
  /** The values for each input. */
  readonly x: readonly Value[];
  /** The targets for each output; empty where none were given. */
  readonly y: readonly Value[];
  /** The sample weights for each output, or empty. */
  readonly weights: readonly Value[];
  /** The number of samples. */
  readonly size: number;
}

/** A model whose inputs and outputs are counted. */
export interface Ends {
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
}

const isHostArray = (value: unknown): value is HostArray =>
  Array.isArray((value as HostArray | null)?.shape) && Object((value as HostArray).data) === (value as HostArray).data;
const isWhole = (value: unknown): value is Tensor | HostArray | TypedArray =>
  value instanceof Tensor || ArrayBuffer.isView(value) || isHostArray(value);

/** Whether `x` gives batches rather than samples. */
export function isBatchSource(x: unknown): x is BatchSource {
  if (isWhole(x)) return false;
  // A list of batches: pairs of tensors or of values with shapes, which no nested array contains.
  if (Array.isArray(x)) return Array.isArray(x[0]) && isWhole(Array.isArray(x[0][0]) ? x[0][0][0] : x[0][0]);
  return (
    typeof x === "function" ||
    (typeof x === "object" && x !== null && (Symbol.iterator in x || Symbol.asyncIterator in x))
  );
}

/** Gives one value for each of `count` inputs or outputs. @throws ArgumentError or ShapeError */
export function valueList(where: string, what: string, given: DataList, count: number): Value[] {
  const isList = Array.isArray(given) && (count > 1 || isWhole(given[0]));
  const list: readonly Data[] = isList ? (given as readonly Data[]) : [given as Data];
  if (list.length !== count) {
    throw new ArgumentError(
      `${where}: received ${list.length} arrays as ${what}; the model has ${count}: give a list of as many.`,
    );
  }
  return list.map((data, i) => {
    const value = asValue(where, what, data);
    if (value.shape.length > 0) return value;
    throw new ShapeError(`${where}: ${what} ${i} is a single number; expected samples.`);
  });
}

function asValue(where: string, what: string, data: Data): Value {
  if (data instanceof Tensor) return data;
  if (isHostArray(data))
    return toHostArray(ArrayBuffer.isView(data.data) ? data.data : Float64Array.from(data.data), data.shape);
  if (ArrayBuffer.isView(data) || Array.isArray(data)) return toHostArray(data as TypedArray | NestedArray);
  throw notData(where, what, data);
}

/** The error for what is no data. */
export const notData = (where: string, what: string, value: unknown): ArgumentError =>
  new ArgumentError(
    `${where}: received ${kindOf(value)} as ${what}; expected a tensor, { data, shape }, an array, or batches.`,
  );

/** Gives a batch as lists. @throws ArgumentError or ShapeError where they do not fit the model, or differ in samples. */
export function readyBatch(where: string, [x, y, sampleWeight]: Batch, model: Ends): ReadyBatch {
  const inputs = valueList(where, "inputs", readInputs?.(where, x, model) ?? x, model.inputs.length);
  const size = inputs[0].shape[0];
  const targets = y === undefined ? [] : valueList(where, "targets", y, model.outputs.length);
  const weights = sampleWeight === undefined ? [] : weightList(where, sampleWeight, model.outputs.length, size);
  for (const [what, list] of Object.entries({ inputs, targets, "sample weights": weights })) {
    for (const { shape } of list) {
      if (shape[0] === size) continue;
      throw new ShapeError(
        `${where}: ${size} samples in the inputs, ${shape[0]} in the ${what} ${shapeText(shape)}; expected equal numbers.`,
      );
    }
  }
  if (size === 0) throw new ShapeError(`${where}: received no samples.`);
  return { x: inputs, y: targets, weights, size };
}

/** Gives the weights for each output; a single array is used for all. */
function weightList(where: string, given: SampleWeight, outputs: number, size: number): Value[] {
  const isList = Array.isArray(given) && given.some((each) => each == null || isWhole(each));
  const list = isList ? given.map((each) => each ?? new Float32Array(size).fill(1)) : new Array(outputs).fill(given);
  return valueList(where, "sample weights", outputs > 1 ? list : (given as Data), outputs);
}

// ── samples held in memory ──────────────────────────────────────────────────────────────────────────────────────────────

/** Samples on the host (tensors of strings too, which are not read), any of which may be picked. */
export interface Samples {
  readonly x: readonly Value[];
  readonly y: readonly Value[];
  readonly weights: readonly Value[];
  readonly size: number;
}

/** Reads all samples of a batch to the host. */
export async function hostSamples(batch: ReadyBatch): Promise<Samples> {
  const read = (list: readonly Value[]) => Promise.all(list.map(onHost));
  const [x, y, weights] = await Promise.all([read(batch.x), read(batch.y), read(batch.weights)]);
  return { x, y, weights, size: batch.size };
}

/** Reads a value to the host, where strings are already. */
export const onHost = async (value: Value): Promise<HostArray> =>
  (value instanceof Tensor && !value.pick ? { data: await value.data(), shape: value.shape } : value) as HostArray;

/** Picks samples `from` to `to` (exclusive), in the given order or in their own. */
export function pick(samples: Samples, from: number, to: number, order?: Int32Array): Samples {
  const rows = (list: readonly Value[]) =>
    list.map((value) => (value as Tensor).pick?.(from, to, order) ?? pickRows(value as HostArray, from, to, order));
  return { x: rows(samples.x), y: rows(samples.y), weights: rows(samples.weights), size: to - from };
}

function pickRows({ data, shape }: HostArray, from: number, to: number, order?: Int32Array): HostArray {
  const values = data as TypedArray;
  const width = sizeOf(shape.slice(1));
  const rowShape = [to - from, ...shape.slice(1)];
  if (!order) return { data: values.subarray(from * width, to * width), shape: rowShape };
  const size = (to - from) * width;
  const picked = new (values instanceof Float64Array ? Float64Array : Float32Array)(size);
  for (let i = from; i < to; i++) {
    picked.set(values.subarray(order[i] * width, (order[i] + 1) * width), (i - from) * width);
  }
  return { data: picked, shape: rowShape };
}

/** Draws the order of samples, such as a stream of random numbers. */
export interface Order {
  /** The numbers 0 to length - 1 in an order; undefined for the samples' own. */
  permutation(length: number): Int32Array | undefined;
}

/** Gives all samples once, in batches of `batchSize`; the last may be shorter. Their order is drawn at each call if there is one. */
export function* sampleBatches(samples: Samples, batchSize: number, shuffle?: Order): Generator<ReadyBatch> {
  const order = shuffle?.permutation(samples.size);
  for (let from = 0; from < samples.size; from += batchSize) {
    yield pick(samples, from, Math.min(from + batchSize, samples.size), order);
  }
}
