/// <reference lib="esnext.disposable" preserve="true" />
/** Tensors: a shape and memory on a backend. They compute nothing themselves; see ops. */
import { type AnyBackend, type Buffer, getBackend } from "./backend.js";
import { DisposedError, ShapeError, shapeText } from "./errors.js";
import { randomStream } from "./random.js";
import { disposeUnlessTaped, keep, Scoped } from "./scope.js";
import { flatSize, type Shape, sizeOf } from "./shape.js";

/** Memory that several tensors may share (`reshape` makes such); given back with the last of them. */
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

export class Tensor extends Scoped {
  readonly shape: Shape;
  #storage: Storage;
  #live = true;
  /** What a softmax or sigmoid was computed from; the cross-entropy that belongs to it uses this (see losses). */
  logits: Tensor | undefined;
  logitsOf: "softmax" | "sigmoid" | undefined;
  /** [batch, time]: 1 for a step that counts, 0 for one that fills up (see Masking). A handle of its own, given back with the tensor. */
  mask: Tensor | undefined;

  /** @internal Use `tensor`, `zeros`, `ones`, `random` or an op. */
  constructor(storage: Storage, shape: Shape) {
    super();
    this.#storage = storage;
    this.shape = Object.freeze([...shape]);
  }

  get dtype(): "float32" {
    return "float32";
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  get isDisposed(): boolean {
    return !this.#live;
  }

  get backend(): AnyBackend {
    return this.#storage.backend;
  }

  /** @internal The memory. @throws DisposedError once the tensor has been given back. */
  get buffer(): Buffer {
    if (!this.#live) {
      throw new DisposedError(
        `A tensor ${shapeText(this.shape)} was used after its memory had been given back; keep it by returning it from its scope, or with keep(tensor).`,
      );
    }
    return this.#storage.buffer;
  }

  /** The elements, row by row (a copy). @throws DisposedError */
  async data(): Promise<Float32Array> {
    return (await this.backend.read(this.buffer)) as Float32Array;
  }

  /** Gives the memory back now; a second call does nothing. */
  override dispose(): void {
    if (!this.#live) return;
    this.#live = false;
    this.#storage.release();
    this.logits?.dispose();
    if (this.mask) disposeUnlessTaped(this.mask);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The logits and the mask, which outlive a scope together with the tensor. */
  override attached(): readonly Tensor[] {
    return [this.logits, this.mask].filter((x) => x !== undefined);
  }

  /** @internal The same memory under another shape of equal size. */
  as(shape: Shape): Tensor {
    void this.buffer;
    return new Tensor(this.#storage.share(), shape);
  }

  override toString(): string {
    return `Tensor ${shapeText(this.shape)}`;
  }
}

/** A tensor that lives until it is disposed and whose contents change: a weight, a moving average. */
export class Variable extends Tensor {
  /** Gives the penalty that is part of the loss. */
  regularizer: ((weight: Tensor) => Tensor) | undefined;
  /** Gives what the contents become after each update by an optimizer. */
  constraint: ((weight: Tensor) => Tensor) | undefined;

  constructor(
    readonly name: string,
    shape: Shape,
    public trainable = true,
    backend = getBackend(),
  ) {
    super(new Storage(backend, backend.allocate(sizeOf(shape), "weight")), shape);
    keep(this);
  }

  /** Replaces the contents. @throws ShapeError where the sizes differ; the old contents stay then. */
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

/** @internal Copies the elements of `source` over those of `target`, which has as many. */
export function overwrite(target: Tensor, source: Tensor): void {
  target.backend.kernels.copyFrom(target.buffer, source.buffer, flatSize(source.size));
}

// ── making tensors ──────────────────────────────────────────────────────────────────────────────────────────────────────

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
export type NestedArray = readonly (number | boolean | NestedArray)[];
/** Values in the host's memory with their shape. */
export interface HostArray<Data = TypedArray | readonly number[]> {
  /** The elements, row-major. */
  readonly data: Data;
  readonly shape: Shape;
}

/** @internal Memory for a result, its contents undefined. */
export function allocate(shape: Shape, backend = getBackend()): Tensor {
  return new Tensor(new Storage(backend, backend.allocate(sizeOf(shape))), shape);
}

/**
 * A tensor of given values: a number, a nested array, or a typed (or flat) array with its shape.
 * @throws ShapeError where rows differ in length or the shape does not hold the values.
 */
export function tensor(values: number | TypedArray | NestedArray, shape?: Shape): Tensor {
  const host = toHostArray(values, shape);
  const result = allocate(host.shape);
  result.backend.write(result.buffer, host.data);
  return result;
}

/** @internal The tensor of a value: itself, or a new one. */
export const asTensor = (value: Tensor | HostArray): Tensor =>
  value instanceof Tensor ? value : tensor(value.data as TypedArray, value.shape);

export function zeros(shape: Shape): Tensor {
  return full(shape, 0);
}

export function ones(shape: Shape): Tensor {
  return full(shape, 1);
}

export function full(shape: Shape, value: number): Tensor {
  checkShape("full", shape);
  return filled(shape, value);
}

/** @internal A tensor of one value on any backend. */
export function filled(shape: Shape, value: number, backend = getBackend()): Tensor {
  const result = allocate(shape, backend);
  backend.kernels.fill(result.buffer, value);
  return result;
}

export interface RandomOptions {
  /** Without a seed, the next stream of the global one (`setSeed`). */
  seed?: number;
  distribution?: "uniform" | "normal";
  /** Bounds of the uniform distribution, [0, 1) by default. */
  min?: number;
  max?: number;
  /** Of the normal distribution, 0 and 1 by default. */
  mean?: number;
  stddev?: number;
}

/** Random values, uniform in [0, 1) unless told otherwise. */
export function random(shape: Shape, options: RandomOptions = {}): Tensor {
  const { distribution = "uniform", min = 0, max = 1, mean = 0, stddev = 1 } = options;
  const stream = randomStream(options.seed);
  const draw =
    distribution === "normal" ? () => mean + stddev * stream.normal() : () => min + (max - min) * stream.uniform();
  return tensor(Float32Array.from({ length: sizeOf(shape) }, draw), shape);
}

/** Values and shape of anything that `tensor` takes. */
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
