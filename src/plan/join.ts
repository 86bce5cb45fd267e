/**
 * Joins rows into one where a slot has one writer and one reader. Padding with zeros becomes part of the window of the
 * convolution after it, inference by batch normalization part of the weights of the product before it (Jacob et al.,
 * 2018, section 3.2), and an activation function part of the epilogue of the product before it.
 */
import { sameItems } from "../derived.js";
import type { Buffer, EpilogueActivation } from "../kernels.js";
import type { NormSize, StridedSize, WindowSize } from "../shape.js";
import { Slot } from "../slot.js";
import { foldedWeights } from "./fold.js";
import { read, type Row, written } from "./row.js";
import { type Uses, usesOf } from "./uses.js";

const isProduct = ({ kernel }: Row): boolean => /^(gemm|conv2d|depthwiseConv2d)$/.test(kernel);

/**
 * Gives the rows with those joined that can be.
 * @param constants the slots that do not depend on the inputs; those of folded weights are added.
 * @param bound the slots that must be written: outputs, and what outlives the rows.
 */
export function joinRows(rows: readonly Row[], constants: Set<Buffer>, bound: ReadonlySet<Buffer>): Row[] {
  const left: (Row | undefined)[] = [...rows];
  const uses = usesOf(rows);
  const order = new Map(rows.map((row, i) => [row, i]));
  const made: Row[] = [];
  const usesOfBuffer = (x: unknown): Uses => uses.get(x as Buffer) ?? { writers: [], readers: [] };
  const isFixed = (x: Buffer) => constants.has(x) || (!(x instanceof Slot) && usesOfBuffer(x).writers.length === 0);

  /** Puts a row in the place of others, at that of the first. */
  function replace([first, ...others]: Row[], by: Row): void {
    const at = order.get(first)!;
    for (const row of others) left[order.get(row)!] = undefined;
    left[at] = by;
    order.set(by, at);
    for (const buffer of written(by)) usesOfBuffer(buffer).writers.splice(0, 1, by);
    for (const buffer of read(by)) {
      const { readers } = usesOfBuffer(buffer);
      readers.forEach((row, i) => (row === first || others.includes(row)) && (readers[i] = by));
    }
  }

  /** The rows that write x, if only this row reads it. */
  function writersFor(x: unknown, reader: Row): readonly Row[] {
    const { writers, readers } = usesOfBuffer(x);
    return x instanceof Slot && !bound.has(x) && readers.length === 1 && readers[0] === reader ? writers : [];
  }

  for (const row of rows) {
    if (left[order.get(row)!] !== row) continue;
    const [y, x] = row.args;
    const before = writersFor(x, row);
    if (isProduct(row)) {
      const [fill, copy] = before;
      const source = copy?.args[1];
      const isWhole =
        source instanceof Slot && usesOfBuffer(source).writers.every((w) => order.get(w)! < order.get(copy)!);
      const padded = before.length === 2 && isWhole && withPadding(row, fill, copy);
      if (padded) replace([row, fill, copy], padded);
      continue;
    }
    const [product] = before;
    if (before.length !== 1 || !isProduct(product) || usesOfBuffer(y).writers.length !== 1 || x === y) continue;
    const joined = withActivation(product, row) ?? withNorm(product, row);
    if (joined) replace([product, row], joined);
  }
  const kept = left.filter((row) => row !== undefined);
  const isConstant = (row: Row) => written(row).every((buffer) => constants.has(buffer));
  return [...kept.filter(isConstant), ...made, ...kept.filter((row) => !isConstant(row))];

  /** A product with the batch normalization after it in its weights. */
  function withNorm(product: Row, norm: Row): Row | undefined {
    if (norm.kernel !== "batchNorm" || (norm.args[6] as NormSize).groups !== 1 || activationOf(product) !== "linear") {
      return undefined;
    }
    if (![...read(product).slice(1), ...read(norm).slice(1)].every(isFixed)) return undefined;
    const folded = foldedWeights(product, norm);
    if (!folded) return undefined;
    made.push(...folded.rows);
    for (const own of folded.rows) for (const buffer of written(own)) constants.add(buffer);
    const [, x, , , size, activation] = product.args;
    const layers = [...product.layers, ...norm.layers];
    return { ...product, layers, args: [norm.args[0], x, folded.weights, folded.bias, size, activation] };
  }
}

const activationOf = ({ args }: Row): EpilogueActivation => (args[5] as EpilogueActivation | undefined) ?? "linear";

/** A product with the activation function after it in its epilogue. */
function withActivation(product: Row, { kernel, layers, args: [y, , low, high] }: Row): Row | undefined {
  let activation: EpilogueActivation | undefined;
  if (kernel === "sigmoid" || kernel === "tanh") activation = kernel;
  else if (kernel === "clip" && low === 0) activation = high === 6 ? "relu6" : high === Infinity ? "relu" : undefined;
  if (!activation || activationOf(product) !== "linear") return undefined;
  return { ...product, layers: [...product.layers, ...layers], args: [y, ...product.args.slice(1, 5), activation] };
}

/** A convolution of x with the padding around x in its window: zeros, into which frames of x were copied. */
function withPadding(row: Row, fill: Row, copy: Row): Row | undefined {
  const isPadding = fill.kernel === "fill" && fill.args[1] === 0 && copy.kernel === "copyInto";
  if (!isPadding || row.kernel === "gemm") return undefined;
  const [y, , w, bias, given, activation] = row.args;
  const size = given as WindowSize;
  const { shape, strides, offset } = copy.args[2] as StridedSize;
  const line = size.width * size.channels;
  const [batch, height, width, channels] = shape;
  const wanted = [size.batch, size.channels, size.height * line, line, size.channels, 1];
  if (!sameItems([batch, channels, ...strides], wanted)) return undefined;
  const [padTop, padLeft] = [Math.floor(offset / line), (offset % line) / channels];
  const padded = { ...size, height, width, padTop: size.padTop + padTop, padLeft: size.padLeft + padLeft };
  return { ...row, layers: [...copy.layers, ...row.layers], args: [y, copy.args[1], w, bias, padded, activation] };
}
