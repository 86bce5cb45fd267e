/** What the layers that look strings up share: what they are given, and how the numbers of strings become a tensor. */
import { ArgumentError, shapeText, shown } from "../errors.js";
import { type CallOptions, SymbolicTensor } from "../layer.js";
import { multiply } from "../ops/index.js";
import { type Shape, sizeOf } from "../shape.js";
import { type NestedStrings, readStrings, type StringArray, type StringTensor, takeStrings } from "../strings.js";
import { allocate, Tensor, tensor } from "../tensor.js";
import { encodedShape, type OutputMode } from "./encoding.js";
import { LookupLayer, type SpecialTokens, type VocabularyOptions } from "./lookup.js";

/** Strings in any form: what `strings` makes, nested lists, or a flat list with a shape. */
export type Strings = StringTensor | StringArray | NestedStrings;

/** A layer of strings as a function: strings give tensors, symbolic tensors of strings build a graph. */
export interface StringCall {
  (x: Strings, options?: CallOptions): Tensor;
  (x: SymbolicTensor, options?: CallOptions): SymbolicTensor;
}

/** Gives what a layer of strings was called with, lists as tensors. @throws ArgumentError for numbers. */
export function readCall(label: string, given: unknown): Tensor | SymbolicTensor {
  const [only] = Array.isArray(given) && given.length === 1 ? (given as unknown[]) : [given];
  const x = only instanceof SymbolicTensor || only instanceof Tensor ? only : readStrings(label, given);
  if (x.dtype === "string") return x;
  throw new ArgumentError(
    `${label}: received numbers ${shapeText(x.shape)}, expected strings; begin with Input({ shape: [1], dtype: "string" }).`,
  );
}

/** Numbers on the host, with their shape. */
export interface Numbered {
  readonly numbers: Float32Array;
  readonly shape: Shape;
}

/** Makes room on the host for what becomes a tensor. @throws OutOfMemoryError before the host allocates what a tensor cannot. */
export function hostMemory(shape: Shape): Float32Array {
  allocate(shape).dispose();
  return new Float32Array(sizeOf(shape));
}

/**
 * Encodes numbers as `encode` does, on the host, where those of strings are: a vector of the vocabulary's length for every
 * number would need much more memory than the result.
 */
export function encodeOnHost(label: string, { numbers, shape }: Numbered, mode: OutputMode, depth: number): Tensor {
  if (mode === "int") return tensor(numbers, shape);
  const resultShape = encodedShape(label, shape, mode, depth) as Shape;
  const result = hostMemory(resultShape);
  const inner = sizeOf(shape.slice(2));
  const joined = mode === "one_hot" ? 1 : shape[1] * inner;
  numbers.forEach((number, i) => {
    if (!(number >= 0 && number < depth)) return;
    const row = mode === "one_hot" ? i : Math.floor(i / joined) * inner + (i % inner);
    const place = row * depth + number;
    result[place] = mode === "count" ? result[place] + 1 : 1;
  });
  return tensor(result, resultShape);
}

/** The base of layers that have a vocabulary of strings. */
export abstract class StringVocabularyLayer extends LookupLayer<string, Strings> {
  constructor(options: VocabularyOptions<string>, known: readonly string[], special: SpecialTokens<string>) {
    super(options, known, special);
    takeStrings();
  }

  override apply(given: unknown, options?: CallOptions): unknown {
    return super.apply(readCall(this.label, given) as Tensor, options);
  }

  /** @internal */
  protected override checkToken(what: string, token: unknown): asserts token is string {
    if (typeof token === "string") return;
    throw new ArgumentError(`${this.label}: ${what} is ${shown(token)}; expected a string.`);
  }

  /** @internal Gives the number of a string that is in no vocabulary. @throws ArgumentError where there is none. */
  protected numberOfUnknown(_text: string): number {
    return this.oovStart;
  }

  /** @internal Gives the numbers of strings; -1 for those that are counted nowhere. @throws ArgumentError without a vocabulary. */
  protected numbersOf(texts: readonly string[]): Float32Array {
    void this.tokens;
    const masked = this.outputMode === "int" ? 0 : -1;
    return Float32Array.from(texts, (text) =>
      text === this.maskToken ? masked : (this.placeOf(text) ?? this.numberOfUnknown(text)),
    );
  }

  /** @internal Gives the result for the numbers of strings. */
  protected result(numbered: Numbered): Tensor {
    if (this.outputMode !== "tf_idf") return encodeOnHost(this.label, numbered, this.outputMode, this.depth);
    return multiply(encodeOnHost(this.label, numbered, "count", this.depth), tensor(this.idfWeights));
  }
}
