/** Tensors as text. */
import { ArgumentError, checkFunction, checkNumbers, kindOf, ShapeError, shown } from "./errors.js";
import { checkedSize, type Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** Options of `print` and `formatValues`. */
export interface PrintOptions {
  /** Most digits after the decimal point, 4 by default. Fewer are shown if no number needs them. */
  precision?: number;
  /**
   * Longest axis that is shown in full, 12 by default. Longer ones are shown by their first and last three elements.
   */
  most?: number;
  /** Receives the text, console.log by default. */
  print?: (text: string) => void;
}

/**
 * Prints a tensor's shape and its elements, aligned, row by row.
 *
 * @throws DisposedError when the tensor has been disposed; ArgumentError for what is no tensor.
 * @example
 * await print(tensor([[0.5, 1.25, -3], [2, 0, 1]]));
 * // Tensor [2, 3]
 * // [[ 0.50  1.25 -3.00]
 * //  [ 2.00  0.00  1.00]]
 */
export async function print(x: Tensor, options: PrintOptions = {}): Promise<void> {
  if (typeof x?.data !== "function") throw new ArgumentError(`print: ${shown(x)}; expected a tensor.`);
  const { print = console.log } = Object(options) as PrintOptions;
  checkFunction("print: print", print);
  print(`${x}\n${formatValues(await x.data(), x.shape, options)}`);
}

/**
 * Formats the elements of a row-major array as text, as `print` shows them.
 * @throws ShapeError where the array has fewer elements than the shape; ArgumentError for other options.
 */
export function formatValues(values: ArrayLike<number>, shape: Shape, options: PrintOptions = {}): string {
  const size = checkedSize("formatValues", shape);
  if (!(values?.length >= size)) throw new ShapeError(`formatValues: ${kindOf(values)}; expected ${size} numbers.`);
  const { precision = 4, most = 12 } = Object(options) as PrintOptions;
  checkNumbers("formatValues", { precision, most }, "a whole number from 0", ["precision", "most"]);
  if (precision > 100) throw new ArgumentError(`formatValues: precision ${precision}; expected at most 100.`);
  const shown = (axis: number): (number | undefined)[] => {
    const size = shape[axis]; // beside an axis of size 0 it may be any number
    if (size > Math.max(most, 6)) return [0, 1, 2, undefined, size - 3, size - 2, size - 1];
    const all = Array.from({ length: size }, (_, i) => i);
    return size <= most ? all : [...all.slice(0, 3), undefined, ...all.slice(-3)];
  };
  const places: number[] = [];
  const collect = (axis: number, at: number): void => {
    if (axis === shape.length) return void places.push(at);
    for (const i of shown(axis)) if (i !== undefined) collect(axis + 1, at * shape[axis] + i);
  };
  collect(0, 0);
  const number = numberFormat(
    places.map((place) => values[place]),
    precision,
  );
  const part = (axis: number, at: number): string => {
    if (axis === shape.length) return number(values[at]);
    const items = shown(axis).map((i) => (i === undefined ? "..." : part(axis + 1, at * shape[axis] + i)));
    const depth = shape.length - axis;
    // Each row on one line; one more blank line between the blocks of each further axis.
    return `[${items.join(depth === 1 ? " " : "\n".repeat(depth - 1) + " ".repeat(axis + 1))}]`;
  };
  return part(0, 0);
}

/** Formats all numbers with as many digits as the one that needs most, in columns of one width. */
function numberFormat(values: readonly number[], precision: number): (value: number) => string {
  const finite = values.filter(Number.isFinite);
  const largest = Math.max(0, ...finite.map(Math.abs));
  const smallest = Math.min(Infinity, ...finite.map(Math.abs).filter((size) => size > 0));
  const isWide = largest >= 1e8 || (smallest < 10 ** -precision && largest < 1e-2);
  const trim = (text: string) => (text.includes(".") ? text.replace(/0+$/, "") : text);
  const digits = Math.max(0, ...finite.map((value) => trim(value.toFixed(precision)).split(".")[1]?.length ?? 0));
  const text = (value: number): string => {
    if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf");
    return isWide ? value.toExponential(precision) : value.toFixed(digits);
  };
  const width = Math.max(...values.map((value) => text(value).length), 1);
  return (value) => text(value).padStart(width);
}
