/// <reference lib="esnext.disposable" preserve="true" />

/** Tensors and variables, and the functions that make them from values on the host. The ops compute with them. */
import { type AnyBackend, type Buffer, getBackend } from "./backend.js";
import { DisposedError, ShapeError, shapeText } from "./errors.js";
import { randomStream } from "./random.js";
import { disposeUnlessTaped, keep, Scoped } from "./scope.js";
import { flatSize, type Shape, sizeOf } from "./shape.js";

/** The name of the method whose result Node's `console.log` and debuggers show. */
export const consoleText: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/**
 * Memory on a backend that several tensors may share (`reshape` makes such tensors). It is freed with the last of them.
 */
class Storage {
  #holders = 1;

  constructor(
    readonly backend: AnyBackend,
    readonly buffer: Buffer,
  ) {}

  share(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders === 0) this.backend.free(this.buffer);
  }
}

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
  #storage: Storage;
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
  constructor(storage: Storage, shape: Shape) {
    super();
    this.#storage = storage;
    this.shape = Object.freeze([...shape]);
  }

  /** The type of the elements: always "float32". */
  get dtype(): "float32" {
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
      throw new DisposedError(
        `A tensor ${shapeText(this.shape)} was used after it had been disposed; keep it by returning it from its scope, or with keep(tensor).`,
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
    return new Tensor(this.#storage.share(), shape);
  }

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
    // A size that is no number would spoil the memory of the backend.
    checkShape(`Variable "${name}"`, shape);
    super(new Storage(backend, backend.allocate(sizeOf(shape), "weight")), shape);
    keep(this);
  }

  /**
   * Replaces the elements by those of a tensor, or by numbers in row-major order, as many as there are. Returns the
   * variable.
   * @throws ShapeError when the numbers of elements differ; the old elements stay then.
   */
  assign(values: Tensor | ArrayLike<number>): this {
    const length = values instanceof Tensor ? values.size : values.length;
    if (length !== this.size) {
      throw new ShapeError(
        `Variable "${this.name}": expected ${this.size} values for ${shapeText(this.shape)}, received ${length}.`,
      );
    }
    if (values instanceof Tensor) overwrite(this, values);
    else this.backend.write(this.buffer, values);
    return this;
  }
}

/** @internal Copies the elements of `source` to `target`, which has as many. */
export function overwrite(target: Tensor, source: Tensor): void {
  target.backend.kernels.copyFrom(target.buffer, source.buffer, flatSize(source.size));
}

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

/** @internal Makes a tensor with undefined elements, for a result. */
export function allocate(shape: Shape, backend = getBackend()): Tensor {
  return new Tensor(new Storage(backend, backend.allocate(sizeOf(shape))), shape);
}

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
 * @throws ShapeError when a size is not a whole number from 0.
 */
export function full(shape: Shape, value: number): Tensor {
  checkShape("full", shape);
  return constantTensor(shape, value);
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
  const { distribution = "uniform", min = 0, max = 1, mean = 0, stddev = 1 } = options;
  const stream = randomStream(options.seed);
  const draw =
    distribution === "normal" ? () => mean + stddev * stream.normal() : () => min + (max - min) * stream.uniform();
  return tensor(Float32Array.from({ length: sizeOf(shape) }, draw), shape);
}

/**
 * Gives the values and the shape of any argument that `tensor` takes.
 * @throws ShapeError when rows differ in length or depth, or the shape does not have as many elements as there are
 * values.
 */
export function toHostArray(values: number | TypedArray | NestedArray, shape?: Shape): HostArray {
  if (typeof values === "number") return checkedHost([values], shape ?? []);
  if (ArrayBuffer.isView(values)) return checkedHost(values, shape ?? [values.length]);
  const found = nestedShape(values);
  const data = new Float32Array(sizeOf(found));
  let next = 0;
  const flatten = (part: NestedArray, depth: number): void => {
    if (part.length !== found[depth]) {
      throw new ShapeError(
        `tensor: a row of ${part.length} among rows of ${found[depth]}; expected rows of equal length.`,
      );
    }
    for (const item of part) {
      const isRow = Array.isArray(item);
      if (isRow !== depth < found.length - 1) {
        throw new ShapeError(
          `tensor: numbers and arrays side by side at depth ${depth}; expected rows of equal depth.`,
        );
      }
      if (isRow) flatten(item as NestedArray, depth + 1);
      else data[next++] = Number(item);
    }
  };
  flatten(values, 0);
  return checkedHost(data, shape ?? found);
}

function nestedShape(values: NestedArray): number[] {
  const shape: number[] = [];
  for (let part: unknown = values; Array.isArray(part); part = part[0]) shape.push(part.length);
  return shape;
}

function checkShape(where: string, shape: Shape): void {
  if (shape.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new ShapeError(`${where}: ${shapeText(shape)} is not a shape; expected whole numbers from 0.`);
  }
}

function checkedHost(data: TypedArray | readonly number[], shape: Shape): HostArray {
  checkShape("tensor", shape);
  if (sizeOf(shape) !== data.length) {
    throw new ShapeError(
      `tensor: ${data.length} values do not fill ${shapeText(shape)}, which holds ${sizeOf(shape)}.`,
    );
  }
  return { data, shape };
}
