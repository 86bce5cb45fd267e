/// <reference lib="esnext.disposable" preserve="true" />

/** Tensors and variables, and the functions that make them from values on the host. The ops compute with them. */
import { type AnyBackend, type Buffer, bufferNow, getBackend, isRecorded } from "./backend.js";
import {
  checkNumber,
  checkNumbers,
  checkOptions,
  disposed,
  kindOf,
  ShapeError,
  shapeText,
  shown,
  unknownName,
} from "./errors.js";
import { type RandomStream, randomStream } from "./random.js";
import { disposeUnlessTaped, keep, Scoped, undoable } from "./scope.js";
import { checkedSize, flatSize, type Shape, sizeOf } from "./shape.js";

/** The name of the method whose result Node's `console.log` and debuggers show. */
export const consoleText: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/**
 * Memory on a backend that several tensors may share (`reshape` makes such tensors). It is freed with the last of them.
 */
class Storage {
  #holders = 1;
  readonly #buffer: Buffer;

  /** Asks the backend for memory; the one place where tensors do. @throws ShapeError where `shape` is no shape. */
  constructor(
    where: string,
    shape: Shape,
    readonly backend: AnyBackend,
    kind?: "weight",
  ) {
    this.#buffer = backend.allocate(checkedSize(where, shape), kind);
  }

  /** @throws ArgumentError where it is memory of a model that still predicts. */
  get buffer(): Buffer {
    return bufferNow(this.#buffer);
  }

  share(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders === 0) this.backend.free(this.#buffer);
  }
}

/** @internal The memory of tensors: a `Storage`, except for those whose elements no backend holds. */
export type TensorMemory = Pick<Storage, "backend" | "buffer" | "release"> & { share(): TensorMemory };

/**
 * A row-major array of 32-bit floats with a shape, in the memory of a backend.
 *
 * Tensors are made by `tensor`, `zeros`, `ones`, `full`, `random`, or by ops; their elements do not change, except
 * those of a `Variable`. The memory of a tensor is not garbage-collected: it is freed when `dispose()` is called, when the
 * `scope` that it was made in ends, or when the block of its `using` declaration ends.
 *
 * @example
 * using x = tensor([[1, 2], [3, 4]]);
 * x.shape; // [2, 2]
 * await x.data(); // Float32Array [1, 2, 3, 4]
 */
export class Tensor extends Scoped {
  /** Size of each axis; [] for a scalar. */
  readonly shape: Shape;
  #storage: TensorMemory;
  #live = true;
  /**
   * @internal The input of the softmax or sigmoid that made this tensor; the matching cross-entropy computes from it
   * (see losses).
   */
  logits: Tensor | undefined;
  /** @internal The function that made this tensor: softmax or sigmoid. */
  logitsOf: "softmax" | "sigmoid" | undefined;
  /**
   * The mask [batch, time]: 1 for a time step that counts, 0 for padding (see `Masking`). It is disposed with the
   * tensor.
   */
  mask: Tensor | undefined;

  /** @internal Use `tensor`, `zeros`, `ones`, `random` or an op. */
  constructor(storage: TensorMemory, shape: Shape) {
    super();
    this.#storage = storage;
    this.shape = Object.freeze([...shape]);
  }

  /** The type of the elements: "float32", except for a `StringTensor`. */
  get dtype(): "float32" | "string" {
    return "float32";
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Whether the memory has been freed; the tensor cannot be used any more then. */
  get isDisposed(): boolean {
    return !this.#live;
  }

  /** The backend that has the elements in its memory. */
  get backend(): AnyBackend {
    return this.#storage.backend;
  }

  /** @internal The memory. @throws DisposedError when the tensor has been disposed. */
  get buffer(): Buffer {
    if (!this.#live) {
      throw disposed(
        `A tensor ${shapeText(this.shape)}`,
        "keep it by returning it from its scope, or with keep(tensor)",
      );
    }
    return this.#storage.buffer;
  }

  /**
   * Reads the elements, row-major, into a new array.
   * @throws DisposedError when the tensor has been disposed.
   */
  async data(): Promise<Float32Array> {
    return (await this.backend.read(this.buffer)) as Float32Array;
  }

  /** Frees the memory now. A second call does nothing. */
  override dispose(): void {
    if (!this.#live) return;
    this.#live = false;
    this.#storage.release();
    this.logits?.dispose();
    if (this.mask) disposeUnlessTaped(this.mask);
  }

  /** Lets `using x = ...` dispose the tensor at the end of its block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The logits and the mask, which outlive a scope together with the tensor. */
  override attached(): readonly (Tensor | undefined)[] {
    return [this.logits, this.mask];
  }

  /** @internal The same memory under another shape of equal size. */
  as(shape: Shape): Tensor {
    void this.buffer;
    checkedSize("tensor", shape);
    return new Tensor(this.#storage.share(), shape);
  }

  /** @internal Rows `from` to `to` (exclusive), of tensors whose elements no backend holds. */
  pick?(from: number, to: number, order?: ArrayLike<number>): Tensor;

  /** Gives the kind and the shape as text, such as "Tensor [2, 3]". */
  override toString(): string {
    return `Tensor ${shapeText(this.shape)}`;
  }

  /** @internal What `console.log(tensor)` shows in Node. */
  [consoleText](): string {
    return this.toString();
  }
}

/**
 * A tensor whose elements can be replaced, for weights and moving averages. It belongs to no scope and must be disposed
 * explicitly.
 *
 * @example
 * const w = new Variable("w", [2, 3]).assign(zeros([2, 3]));
 */
export class Variable extends Tensor {
  /** Computes a penalty, a scalar, that training adds to the loss. None by default. */
  regularizer: ((weight: Tensor) => Tensor) | undefined;
  /** Maps the elements to those that replace them after each update by an optimizer. None by default. */
  constraint: ((weight: Tensor) => Tensor) | undefined;
  #hasValues = false;

  /**
   * Makes a variable on the current backend. Its elements are undefined until `assign` is called.
   * @throws ShapeError when the sizes are not whole numbers from 0.
   */
  constructor(
    /** The name of the variable in error messages and files. */
    readonly name: string,
    shape: Shape,
    /** Whether training updates it, true by default. */
    public trainable = true,
    backend = getBackend(),
  ) {
    super(new Storage(`Variable "${name}"`, shape, backend, "weight"), shape);
    keep(this);
  }

  /**
   * Replaces the elements by those of a tensor, or by numbers, as many as there are. Returns the variable.
   * @throws ShapeError when the numbers of elements differ, ArgumentError for a tensor of another backend and for what
   * are no numbers; the old elements stay then.
   */
  assign(values: Tensor | ArrayLike<number>): this {
    const ready = this.readable(values);
    if (this.#hasValues) saveElements(this);
    this.#hasValues = true;
    if (ready instanceof Tensor) overwrite(this, ready);
    else this.backend.write(this.buffer, ready);
    return this;
  }

  /** @internal Gives values as `assign` reads them. @throws as `assign` */
  readable(values: Tensor | ArrayLike<number>): Tensor | ArrayLike<number> {
    const where = `Variable "${this.name}"`;
    void this.buffer; // not disposed
    if (!(values instanceof Tensor)) {
      const list = ArrayBuffer.isView(values) ? (values as TypedArray) : Array.from(values ?? []);
      return toHostArray(list, this.shape, where).data;
    }
    if (values.size === this.size && values.backend === this.backend) return values;
    throw new ShapeError(
      `${where}: expected a tensor ${shapeText(this.shape)} on ${this.backend.name}, received ${shapeText(values.shape)} on ${values.backend.name}.`,
    );
  }
}

/** @internal Copies the elements of `source` to `target`, which has as many. It needs no memory. */
export function overwrite(target: Tensor, source: Tensor): void {
  target.backend.kernels.copyFrom(target.buffer, source.buffer, flatSize(source.size));
}

/** @internal Keeps a copy of the elements while a transaction is running, for the case that it fails. */
export const saveElements = (target: Tensor): void => {
  if (isRecorded(target.backend)) return; // whoever runs the record saves what that changes
  undoable(() => {
    const saved = keep(allocate(target.shape, target.backend));
    overwrite(saved, target);
    return (failed) => {
      if (failed && !target.isDisposed) overwrite(target, saved);
      saved.dispose();
    };
  });
};

// ── making tensors ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** The typed arrays that tensors are made from. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Nested arrays of numbers or booleans (true is 1), such as [[1, 2], [3, 4]]; rows of the same depth have the same length. */
export type NestedArray = readonly (number | boolean | NestedArray)[];

/** Values in the host's memory with their shape. */
export interface HostArray<Data = TypedArray | readonly number[]> {
  /** The elements, row-major. */
  readonly data: Data;
  /** Size of each axis. */
  readonly shape: Shape;
}

/** @internal Makes a tensor with undefined elements, for a result. `where` begins the message where `shape` is no shape. */
export const allocate = (shape: Shape, backend = getBackend(), where = "tensor"): Tensor =>
  new Tensor(new Storage(where, shape, backend), shape);

/**
 * Makes a tensor from values: a number, a nested array, or a flat or typed array with a shape.
 *
 * @param shape By default the shape of the nested array; [] for a number; [length] for a typed array.
 * @throws ShapeError when rows differ in length or depth, or the shape does not have as many elements as there are
 * values.
 * @example
 * tensor(3); // []
 * tensor([[1, 2, 3], [4, 5, 6]]); // [2, 3]
 * tensor(new Float32Array(6), [3, 2]); // [3, 2]
 */
export function tensor(values: number | TypedArray | NestedArray, shape?: Shape): Tensor {
  const host = toHostArray(values, shape);
  const result = allocate(host.shape);
  result.backend.write(result.buffer, host.data);
  return result;
}

/** @internal Gives the tensor itself, or makes one from other values. */
export const asTensor = (value: Tensor | HostArray): Tensor =>
  value instanceof Tensor ? value : tensor(value.data as TypedArray, value.shape);

/**
 * Makes a tensor of zeros.
 * @throws ShapeError when a size is not a whole number from 0.
 */
export function zeros(shape: Shape): Tensor {
  return full(shape, 0);
}

/**
 * Makes a tensor of ones.
 * @throws ShapeError when a size is not a whole number from 0.
 */
export function ones(shape: Shape): Tensor {
  return full(shape, 1);
}

/**
 * Makes a tensor whose elements are all `value`.
 * @throws ShapeError when a size is not a whole number from 0; ArgumentError when the value is no number.
 */
export function full(shape: Shape, value: number): Tensor {
  return constantTensor(shape, checkNumber("full", "value", value, "a number"));
}

/** @internal Makes a tensor of one repeated value on any backend. */
export function constantTensor(shape: Shape, value: number, backend = getBackend()): Tensor {
  const result = allocate(shape, backend);
  backend.kernels.fill(result.buffer, value);
  return result;
}

/** Options of `random`. */
export interface RandomOptions {
  /** Equal seeds give equal values. By default the next stream of the global seed (see `setSeed`). */
  seed?: number;
  /** The distribution that values are drawn from, "uniform" by default. */
  distribution?: "uniform" | "normal";
  /** Lower bound of the uniform distribution, included, 0 by default. */
  min?: number;
  /** Upper bound of the uniform distribution, excluded, 1 by default. */
  max?: number;
  /** Mean of the normal distribution, 0 by default. */
  mean?: number;
  /** Standard deviation of the normal distribution, 1 by default. */
  stddev?: number;
}

/**
 * Makes a tensor of random values, uniform in [0, 1) by default. They come from a counter-based generator (see
 * random.ts), so that every backend draws the same ones.
 *
 * @throws ShapeError when a size is not a whole number from 0.
 * @example
 * const noise = random([2, 3], { distribution: "normal", stddev: 0.1, seed: 1 });
 */
export function random(shape: Shape, options: RandomOptions = {}): Tensor {
  const numbers = ["min", "max", "mean", "stddev"];
  checkOptions("random", options, ["seed", "distribution", ...numbers]);
  checkNumbers("random", options, "a finite number", numbers);
  const { distribution = "uniform", min = 0, max = 1, mean = 0, stddev = 1 } = options;
  if (distribution !== "normal" && distribution !== "uniform") {
    throw unknownName("random", "distribution", distribution, ["uniform", "normal"]);
  }
  checkedSize("random", shape);
  const stream = randomStream(options.seed);
  const draw =
    distribution === "normal" ? () => mean + stddev * stream.normal() : () => min + (max - min) * stream.uniform();
  const result = allocate(shape);
  result.backend.write(result.buffer, Float32Array.from({ length: result.size }, draw));
  return result;
}

/**
 * @internal Makes a tensor of values that are drawn from a stream of a layer; memory is asked for before. What records
 * the layer may draw them when the record runs.
 */
export function drawn(shape: Shape, stream: RandomStream, draw: () => number): Tensor {
  const result = allocate(shape);
  const values = () => {
    const { counter, spare } = stream;
    undoable(() => (failed) => void (failed && Object.assign(stream, { counter, spare })));
    return Float32Array.from({ length: sizeOf(shape) }, draw);
  };
  result.backend.write(result.buffer, Object.assign(values, { stream }));
  return result;
}

/**
 * Gives the values and the shape of any argument that `tensor` takes.
 * @throws ShapeError when rows differ in length or depth, or the shape does not have as many elements as there are
 * values.
 */
export function toHostArray(values: number | TypedArray | NestedArray, shape?: Shape, where = "tensor"): HostArray {
  if (typeof values === "number") return checkedHost(where, [values], shape ?? []);
  if (ArrayBuffer.isView(values)) return checkedHost(where, values, shape ?? [values.length]);
  if (!Array.isArray(values)) throw new ShapeError(`${where}: expected numbers, received ${kindOf(values)}.`);
  const found = nestedShape(values);
  const data = new Float32Array(sizeOf(found));
  let next = 0;
  const flatten = (part: NestedArray, depth: number): void => {
    for (const item of part) {
      if (Array.isArray(item) && item.length === found[depth + 1]) flatten(item as NestedArray, depth + 1);
      else if (depth === found.length - 1 && (typeof item === "number" || typeof item === "boolean")) {
        data[next++] = Number(item);
      } else {
        const what = Array.isArray(item) ? `a row of ${item.length}` : shown(item);
        throw new ShapeError(
          `${where}: ${what} at depth ${depth}; expected numbers in rows of equal length and depth.`,
        );
      }
    }
  };
  flatten(values, 0);
  return checkedHost(where, data, shape ?? found);
}

function nestedShape(values: NestedArray): number[] {
  const shape: number[] = [];
  // No deeper than tensors have axes, as a list may contain itself.
  for (let part: unknown = values; Array.isArray(part) && shape.length < 99; part = part[0]) shape.push(part.length);
  return shape;
}

function checkedHost(where: string, data: TypedArray | readonly number[], shape: Shape): HostArray {
  const size = checkedSize(where, shape);
  // 64-bit integers, which JavaScript keeps apart from numbers.
  if (typeof data[0] === "bigint") data = Float32Array.from(data as readonly number[], Number);
  if (size !== data.length) {
    throw new ShapeError(
      `${where}: ${data.length} values do not fill ${shapeText(shape)}, which holds ${size} numbers.`,
    );
  }
  return { data, shape };
}
