import { sizeOf, type StridedSize, stridesOf } from "../../../src/shape.js";
import { type Case, exact, integers, lazily, lengths, numbers, sumOf } from "./case.js";

const fillCase = (name: string, length: number, value: number): Case => ({
  name,
  length,
  inputs: [],
  run: (k, y) => k.fill(y, value),
  tolerance: exact,
});

export function* fill(): Iterable<Case> {
  for (const length of [0, ...lengths]) {
    for (const value of [0, -1.5, Infinity, NaN]) yield fillCase(`${length} of ${value}`, length, value);
  }
}

interface Walk {
  name: string;
  /** Elements of what is walked over. */
  over: number;
  size: StridedSize;
}

function transposed(shape: number[], axes: number[]): Walk {
  const strides = stridesOf(shape);
  const size = { shape: axes.map((axis) => shape[axis]), strides: axes.map((axis) => strides[axis]), offset: 0 };
  return { name: `[${shape}] transposed to ${axes}`, over: sizeOf(shape), size };
}

/** Every `step`-th element of each axis, backwards where the step is negative, `margin` elements away from the borders. */
function stepped(shape: number[], steps: number[], margin: number): Walk {
  const full = shape.map((n, axis) => (n - 1) * Math.abs(steps[axis]) + 1 + 2 * margin);
  const strides = stridesOf(full);
  const first = steps.map((step, axis) => (step < 0 ? full[axis] - 1 - margin : margin));
  const size = {
    shape,
    strides: strides.map((stride, axis) => stride * steps[axis]),
    offset: first.reduce((sum, at, axis) => sum + at * strides[axis], 0),
  };
  return { name: `[${shape}] in steps of ${steps} of [${full}]`, over: sizeOf(full), size };
}

/** A frame inside one that has a border of `margin` pixels. */
function framed(height: number, width: number, channels: number, margin: number): Walk {
  const [rows, columns] = [height + 2 * margin, width + 2 * margin];
  const strides = [columns * channels, channels, 1];
  const size = { shape: [height, width, channels], strides, offset: margin * (strides[0] + strides[1]) };
  const name = `${height}x${width}x${channels} in ${rows}x${columns}x${channels}`;
  return { name, over: rows * columns * channels, size };
}

/** Walks that come to no place twice. */
function* injectiveWalks(): Iterable<Walk> {
  for (const n of [0, ...lengths, 64, 131]) {
    yield stepped([n], [1], 0);
    if (n > 0) yield* [stepped([n], [1], 3), stepped([n], [-1], 0), stepped([n], [2], 1), stepped([n], [-3], 2)];
  }
  for (const rows of [1, 3, 4, 5, 8, 17]) {
    for (const columns of [1, 3, 4, 5, 8, 9, 17, 35]) {
      yield transposed([rows, columns], [1, 0]);
      yield transposed([2, rows, columns], [0, 2, 1]);
      yield transposed([rows, 3, columns], [1, 0, 2]);
      yield stepped([rows, columns], [1, 1], 1);
      yield stepped([rows, columns], [-1, 1], 0);
      yield stepped([rows, columns], [1, -1], 2);
    }
  }
  yield transposed([3, 4, 5], [2, 1, 0]);
  yield transposed([3, 4, 5], [1, 2, 0]);
  yield transposed([2, 3, 4, 5], [0, 3, 1, 2]);
  yield transposed([2, 3, 4, 5], [3, 2, 1, 0]);
  yield transposed([2, 3, 5, 4, 6], [1, 0, 2, 3, 4]);
  yield stepped([2, 3, 4, 5], [1, -2, 1, 3], 1);
  yield stepped([2, 3, 2, 3, 2, 3], [1, -1, 2, -2, 1, 1], 1);
  yield { name: "a scalar", over: 4, size: { shape: [], strides: [], offset: 2 } };
}

function* repeatingWalks(): Iterable<Walk> {
  for (const n of lengths) {
    yield { name: `one element ${n} times`, over: 2, size: { shape: [n], strides: [0], offset: 1 } };
    yield { name: `[${n}] 3 times`, over: n, size: { shape: [3, n], strides: [0, 1], offset: 0 } };
    yield {
      name: `[2, ${n}], each row 3 times`,
      over: 2 * n,
      size: { shape: [2, 3, n], strides: [n, 0, 1], offset: 0 },
    };
    yield { name: `each of [${n}] 5 times`, over: n, size: { shape: [n, 5], strides: [1, 0], offset: 0 } };
  }
}

function copyFromCase({ name, over, size }: Walk): Case {
  const run: Case["run"] = (k, y, [x]) => k.copyFrom(y, x, size);
  return lazily({ name, length: sizeOf(size.shape), inputs: () => [numbers(over, 1)], run, tolerance: exact });
}

function copyIntoCase({ name, over, size }: Walk): Case {
  const inputs = () => [numbers(sizeOf(size.shape), 1)];
  const run: Case["run"] = (k, y, [x]) => k.copyInto(y, x, size);
  return lazily({ name, length: over, inputs, start: numbers(over, 2), run, tolerance: exact });
}

export function* copyFrom(): Iterable<Case> {
  for (const walk of [...injectiveWalks(), ...repeatingWalks()]) yield copyFromCase(walk);
}

export function* copyInto(): Iterable<Case> {
  for (const walk of injectiveWalks()) yield copyIntoCase(walk);
}

/** Rows that repeat, and some that do not exist. */
function gatherIndices(rows: number, tableRows: number): Float32Array {
  const indices = integers(rows, 3, tableRows);
  if (rows > 4) indices.set([tableRows, -1, NaN, 0.5], 1);
  return indices;
}

interface Gather {
  rows: number;
  width: number;
  tableRows: number;
}

const gatherSizes: Gather[] = lengths.flatMap((width) => [1, 2, 9].map((rows) => ({ rows, width, tableRows: 5 })));
const gatherText = ({ rows, width, tableRows }: Gather) => `${rows} rows of [${tableRows}, ${width}]`;

function gatherCase(size: Gather): Case {
  const { rows, width, tableRows } = size;
  return lazily({
    name: gatherText(size),
    length: rows * width,
    inputs: () => [numbers(tableRows * width, 1), gatherIndices(rows, tableRows)],
    run: (k, y, [table, indices]) => k.gather(y, table, indices, rows, width, tableRows),
    tolerance: exact,
  });
}

function gatherGradCase(size: Gather): Case {
  const { rows, width, tableRows } = size;
  const run: Case["run"] = (k, dTable, [dy, indices]) => k.gatherGrad(dTable, dy, indices, rows, width, tableRows);
  return lazily({
    name: gatherText(size),
    length: tableRows * width,
    inputs: () => [numbers(rows * width, 1), gatherIndices(rows, tableRows)],
    run,
    // The absolutes turn the index -1 into a row that exists, which makes the bound larger by one term at most.
    tolerance: sumOf(rows, run),
  });
}

export function* gather(): Iterable<Case> {
  for (const size of gatherSizes) yield gatherCase(size);
}

export function* gatherGrad(): Iterable<Case> {
  for (const size of gatherSizes) yield gatherGradCase(size);
}

/** A film that is padded, a matrix that is turned, an embedding of 32 reviews of 200 words. */
const words = { rows: 6400, width: 32, tableRows: 5000 };
export const timedMoves = {
  fill: () => [fillCase("112x112x64", 112 * 112 * 64, 0)],
  copyFrom: () => [framed(112, 112, 64, 1), transposed([512, 512], [1, 0])].map(copyFromCase),
  copyInto: () => [framed(112, 112, 64, 1), transposed([512, 512], [1, 0])].map(copyIntoCase),
  gather: () => [gatherCase(words)],
  gatherGrad: () => [gatherGradCase(words)],
};
