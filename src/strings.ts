/**
 * Strings as inputs. They are no numbers, so no backend holds them: a `StringTensor` keeps its strings in the host's
 * memory, and whoever asks for its buffer, as every op does, is told so. Lookup layers read the strings themselves.
 */
import { getBackend } from "./backend.js";
import { ArgumentError, disposed, ShapeError, shapeText, shown } from "./errors.js";
import { checkedSize, type PartialShape, type Shape, sizeOf } from "./shape.js";
import { Tensor, type TensorMemory } from "./tensor.js";

/** Strings, or nested lists of strings whose rows of the same depth have the same length. */
export type NestedStrings = readonly (string | NestedStrings)[];

/** Strings in the host's memory with their shape. */
export interface StringArray {
  /** The strings, row-major. */
  readonly data: readonly string[];
  /** Size of each axis. */
  readonly shape: Shape;
}

/** What a tensor of strings has in place of memory on a backend. */
const noMemory: TensorMemory = {
  get backend() {
    return getBackend();
  },
  get buffer(): never {
    throw new ArgumentError(
      "received strings, expected numbers; look the strings up first, by TextVectorization, StringLookup or Hashing.",
    );
  },
  share: () => noMemory,
  release: () => {},
};

/**
 * Strings with a shape, which lookup layers and models that begin with them take in place of a tensor; all other layers
 * and ops refuse them with an ArgumentError. `strings` makes them. They need not be disposed.
 */
export class StringTensor extends Tensor {
  readonly #texts: readonly string[];

  /** @internal Use `strings`. */
  constructor(texts: readonly string[], shape: Shape) {
    super(noMemory, shape);
    this.#texts = texts;
  }

  /** The type of the elements: always "string". */
  override get dtype(): "string" {
    return "string";
  }

  /**
   * The strings, row-major.
   * @throws DisposedError when they have been disposed.
   */
  get texts(): readonly string[] {
    if (this.isDisposed) throw disposed(String(this), "keep it by returning it from its scope, or with keep(tensor)");
    return this.#texts;
  }

  /** @internal The same strings under another shape of equal size. */
  override as(shape: Shape): StringTensor {
    return new StringTensor(this.texts, shape);
  }

  /** @internal Rows `from` to `to` (exclusive), in the given order or in their own. */
  override pick(from: number, to: number, order?: ArrayLike<number>): StringTensor {
    const rowShape = this.shape.slice(1);
    const width = sizeOf(rowShape);
    const rows = Array.from({ length: to - from }, (_, i) => (order ? order[from + i] : from + i) * width);
    const texts = rows.flatMap((begin) => this.texts.slice(begin, begin + width));
    return new StringTensor(texts, [to - from, ...rowShape]);
  }

  /** Gives the kind and the shape as text, such as "StringTensor [2, 1]". */
  override toString(): string {
    return `StringTensor ${shapeText(this.shape)}`;
  }
}

/**
 * Gives strings with a shape, for lookup layers and for models that begin with them. These also take plain lists, so that
 * it is rarely needed.
 *
 * @param shape By default the shape of the nested list.
 * @throws ShapeError where rows differ in length or depth, or the shape does not have as many elements as there are
 * strings; ArgumentError for what are no strings.
 * @example
 * strings(["a fine film", "a dull one"]); // [2]
 * strings(["a", "b", "c", "d"], [2, 2]);
 */
export function strings(values: NestedStrings, shape?: Shape): StringTensor {
  return stringsFrom("strings", values, shape);
}

/** @internal Gives strings as `strings` does. @param where what errors begin with. */
export function stringsFrom(where: string, values: unknown, shape?: Shape): StringTensor {
  const found: number[] = [];
  // No deeper than tensors have axes, as a list may contain itself.
  for (let part = values; Array.isArray(part) && found.length < 99; part = part[0] as unknown) found.push(part.length);
  const texts: string[] = [];
  const flatten = (part: unknown, depth: number): void => {
    if (depth === found.length && typeof part === "string") texts.push(part);
    else if (Array.isArray(part) && part.length === found[depth]) for (const item of part) flatten(item, depth + 1);
    else {
      const what = Array.isArray(part) ? `a row of ${part.length}` : shown(part);
      throw new ArgumentError(
        `${where}: ${what} at depth ${depth}; expected strings in rows of equal length and depth.`,
      );
    }
  };
  if (found.length === 0) throw new ArgumentError(`${where}: expected a list of strings, received ${shown(values)}.`);
  flatten(values, 0);
  if (shape && checkedSize(where, shape) !== texts.length) {
    throw new ShapeError(`${where}: ${texts.length} strings do not fill ${shapeText(shape)}.`);
  }
  return new StringTensor(texts, shape ?? found);
}

// ── inputs of models ───────────────────────────────────────────────────────────────────────────────────────────────────

interface ModelInput {
  readonly shape: PartialShape;
  readonly dtype: string;
}
/** A layer that wants to see what a model is given for it, before that is rounded to 32-bit floats. */
interface CheckingLayer {
  checkInput?(given: unknown): void;
}
/** A model; a layer in training as such is known by its inputs alone. */
interface Model {
  readonly inputs: readonly ModelInput[];
  readonly graph?: readonly { readonly layer: CheckingLayer; readonly inputs: readonly ModelInput[] }[];
}

/** @internal Gives what a model is given, with lists of strings as tensors; undefined until a layer looks tokens up. */
export let readInputs: ((where: string, x: any, model: any) => any) | undefined;

/** @internal Lets models take strings from now on; layers that take them call it, so that no other bundle holds this. */
export const takeStrings = (): void => void (readInputs = inputsOf);

/** @throws ArgumentError for strings as `strings`, and where a layer refuses what it is given. */
function inputsOf(where: string, x: unknown, { inputs, graph = [] }: Model): unknown {
  const isList = Array.isArray(x) && (inputs.length > 1 || isWhole(x[0]));
  const list = isList ? (x as unknown[]) : [x];
  if (list.length !== inputs.length) return undefined; // which is refused where any inputs are counted
  const read = list.map((given, i) => {
    if (inputs[i].dtype === "string") return inputFrom(where, given, inputs[i]);
    for (const node of graph) if (node.inputs[0] === inputs[i]) node.layer.checkInput?.(given);
    return given;
  });
  return isList ? read : read[0];
}

const isWhole = (value: unknown): value is StringArray =>
  value instanceof Tensor || Array.isArray((value as Partial<StringArray> | undefined)?.shape);

/** Strings for an input, which may lack or have one axis of size 1 too many at the end, as in Keras. */
function inputFrom(where: string, given: unknown, { shape }: ModelInput): StringTensor {
  const texts = given instanceof StringTensor ? given : readStrings(where, given);
  const { length } = shape;
  if (texts.shape.length === length - 1 && shape.at(-1) === 1) return texts.as([...texts.shape, 1]);
  return texts.shape.length === length + 1 && texts.shape.at(-1) === 1 ? texts.as(texts.shape.slice(0, -1)) : texts;
}

/** @internal Gives strings from all forms in which they may be given. @throws as `strings` */
export function readStrings(where: string, given: unknown): StringTensor {
  if (given instanceof StringTensor) return given;
  if (given instanceof Tensor) throw new ArgumentError(`${where}: received numbers, expected strings.`);
  return isWhole(given) ? stringsFrom(where, given.data, given.shape) : stringsFrom(where, given);
}
