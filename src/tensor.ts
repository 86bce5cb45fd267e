/// <reference lib="esnext.disposable" preserve="true" />
/** Tensors: a shape and memory on a backend. They compute nothing themselves; see ops. */
import { type AnyBackend, type Buffer, getBackend } from "./backend.js";
import { ArgumentError, DisposedError, ShapeError, shapeText } from "./errors.js";
import { randomStream } from "./random.js";
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

export class Tensor {
  readonly shape: Shape;
  #storage: Storage;
  #live = true;
  /** What a softmax or sigmoid was computed from; the cross-entropy that belongs to it uses this (see losses). */
  logits: Tensor | undefined;
  logitsOf: "softmax" | "sigmoid" | undefined;
  /** `[batch, time]`: 1 for a step that counts, 0 for one that fills up (see Masking). A handle of its own, given back with the tensor. */
  mask: Tensor | undefined;

  /** @internal Use `tensor`, `zeros`, `ones`, `random` or an op. */
  constructor(storage: Storage, shape: Shape) {
    this.#storage = storage;
    this.shape = Object.freeze([...shape]);
    currentScope?.add(this);
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
  dispose(): void {
    if (!this.#live) return;
    this.#live = false;
    this.#storage.release();
    this.logits?.dispose();
    if (this.mask) giveBack(this.mask);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The same memory under another shape of equal size. */
  as(shape: Shape): Tensor {
    void this.buffer;
    return new Tensor(this.#storage.share(), shape);
  }

  toString(): string {
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
    currentScope?.delete(this);
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

// ── scopes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

let currentScope: Set<Tensor> | undefined;
const outerScopes = new WeakMap<Set<Tensor>, Set<Tensor>>();
/** Says which tensors a tape still needs; scopes leave those to the scope around them. Set by autograd. */
let isHeld: (x: Tensor) => boolean = () => false;

/** @internal */
export const holdTensors = (held: (x: Tensor) => boolean): void => void (isHeld = held);

/**
 * Runs `work`, then gives back every tensor made in it but those that it returns (alone, in arrays or in objects) and those
 * that were kept. `work` must not be asynchronous: what it awaits would run after the scope has closed.
 */
export function scope<T>(work: () => T): T {
  const scope = openScope();
  let result: T | undefined;
  try {
    result = work();
    if (!(result instanceof Promise)) return result;
    result = undefined;
    throw new ArgumentError("scope: received an async function; make the tensors in a function that does not await.");
  } finally {
    closeScope(scope, result);
  }
}

interface OpenScope {
  made: Set<Tensor>;
  outer: Set<Tensor> | undefined;
}

function openScope(): OpenScope {
  const outer = currentScope;
  const made = (currentScope = new Set<Tensor>());
  if (outer) outerScopes.set(made, outer);
  return { made, outer };
}

function closeScope({ made, outer }: OpenScope, result: unknown): void {
  currentScope = outer;
  const kept = collectTensors(result);
  for (const x of made) {
    if (kept.has(x) || isHeld(x)) outer?.add(x);
    else x.dispose();
  }
}

/** Work that pauses wherever it yields how many multiply-adds it has done since. */
export type Parts<T> = Generator<number, T, undefined>;

/** `scope` for work that pauses, with something done to its result at the end; to be run by `apart`. */
export function* scopeInParts<T>(work: Parts<T>, finish = (result: T) => result): Parts<T> {
  const scope = openScope();
  let result: T | undefined;
  try {
    return (result = finish(yield* work));
  } finally {
    closeScope(scope, result);
  }
}

/**
 * Work in parts whose scopes are set aside while it pauses, so that others can make tensors then, in scopes of their own. Where
 * it is left before its end, its scopes are closed.
 */
export function* apart<T>(work: Parts<T>): Parts<T> {
  let inner: Set<Tensor> | undefined;
  const turn = <R>(go: () => R): R => {
    const outer = currentScope;
    currentScope = inner;
    try {
      return go();
    } finally {
      inner = currentScope;
      currentScope = outer;
    }
  };
  try {
    for (;;) {
      const { done, value } = turn(() => work.next());
      if (done) return value;
      yield value;
    }
  } finally {
    turn(() => work.return(undefined as T));
  }
}

/** Disposes x now unless a tape still needs it (its scope will do it then). */
export function giveBack(x: Tensor): void {
  if (!isHeld(x)) x.dispose();
}

/** Takes a tensor out of the scopes around it: it lives until it is disposed. */
export function keep<T extends Tensor>(x: T): T {
  for (let made = currentScope; made; made = outerScopes.get(made)) made.delete(x);
  return x;
}

/** The tensors in a value: itself, or those in its arrays, maps and plain objects, with the logits and masks that hang on them. */
export function collectTensors(value: unknown, into: Set<Tensor> = new Set()): Set<Tensor> {
  if (value instanceof Tensor) {
    into.add(value);
    for (const x of [value.logits, value.mask]) if (x) collectTensors(x, into);
  } else if (value instanceof Map) for (const item of value.values()) collectTensors(item, into);
  else if (Array.isArray(value)) for (const item of value) collectTensors(item, into);
  else if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) collectTensors(item, into);
  }
  return into;
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
/** Values with the shape they have. */
export interface HostArray {
  readonly data: TypedArray | readonly number[];
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
