import type { ReduceSize } from "../../../src/shape.js";
import {
  absolute,
  both,
  type Case,
  exact,
  integers,
  lazily,
  leastResult,
  lengths,
  longSumOf,
  numbers,
  roundings,
  sumOf,
  ulps,
} from "./case.js";

function* sizes(): Iterable<ReduceSize> {
  for (const length of [...lengths, 64, 257]) {
    for (const inner of [1, 3, 4, 5, 8, 9, 17]) for (const outer of [1, 3]) yield { outer, length, inner };
  }
  yield { outer: 0, length: 3, inner: 4 };
  yield { outer: 70, length: 5, inner: 1 };
  yield { outer: 1, length: 3, inner: 131 };
}

/** The average or the largest element of each of MobileNet's last channels, for 32 frames. */
const pooled: ReduceSize = { outer: 32, length: 49, inner: 1024 };

const text = ({ outer, length, inner }: ReduceSize) => `[${outer}, ${length}, ${inner}]`;

export function* sum(): Iterable<Case> {
  for (const size of sizes()) {
    const run: Case["run"] = (k, y, [x]) => k.sum(y, x, size);
    const { outer, length, inner } = size;
    const inputs = [numbers(outer * length * inner, 1)];
    yield { name: text(size), length: outer * inner, inputs, run, tolerance: sumOf(length, run) };
  }
  // A long sum in one chain would be off by some hundred roundings here.
  const long = { outer: 1, length: 100_000, inner: 1 };
  const run: Case["run"] = (k, y, [x]) => k.sum(y, x, long);
  yield { name: text(long), length: 1, inputs: [numbers(100_000, 1, 0.5, 1)], run, tolerance: ulps(64) };
}

/** A loss over all pixels, the gradient of a convolution's bias, a global average. */
function* timedSum(): Iterable<Case> {
  for (const size of [{ outer: 1, length: 802_816, inner: 1 }, { outer: 1, length: 16_384, inner: 32 }, pooled]) {
    const { outer, length, inner } = size;
    const run: Case["run"] = (k, y, [x]) => k.sum(y, x, size);
    // All of the same sign, so that a missing part of the sum is a much larger error than all roundings.
    const inputs = () => [numbers(outer * length * inner, 1, 0.5, 0.5)];
    yield lazily({ name: text(size), length: outer * inner, inputs, run, tolerance: longSumOf(length) });
  }
} // prettier-ignore

/** Values with many ties. */
const withTies = ({ outer, length, inner }: ReduceSize): Float32Array =>
  integers(outer * length * inner, 1, 7).map((value) => value - 10);

function largestCase(kernel: "max" | "argMax", size: ReduceSize): Case {
  const run: Case["run"] = (k, y, [x]) => k[kernel](y, x, size);
  const length = size.outer * size.inner;
  return lazily({ name: text(size), length, inputs: () => [withTies(size)], run, tolerance: exact });
}

export function* max(): Iterable<Case> {
  for (const size of sizes()) {
    yield largestCase("max", size);
    const poisoned = withTies(size);
    poisoned[poisoned.length >> 1] = NaN;
    yield { ...largestCase("max", size), name: `${text(size)} with NaN`, inputs: [poisoned] };
  }
}

export function* argMax(): Iterable<Case> {
  for (const size of sizes()) yield largestCase("argMax", size);
}

interface Table {
  rows: number;
  columns: number;
}

const tables: Table[] = [...lengths, 64, 257, 1000].flatMap((columns) => [1, 2, 5].map((rows) => ({ rows, columns })));
const tableText = ({ rows, columns }: Table) => `[${rows}, ${columns}]`;

function softmaxCase(table: Table): Case {
  const { rows, columns } = table;
  return lazily({
    name: tableText(table),
    length: rows * columns,
    inputs: () => [numbers(rows * columns, 1, 4)],
    run: (k, y, [x]) => k.softmax(y, x, rows, columns),
    // e^x to 4 ULP twice; x - max, up to 8, is rounded before; the sum has a rounding for each column.
    tolerance: both(ulps(16 + columns / 2), absolute(leastResult)),
  });
}

export function* softmax(): Iterable<Case> {
  for (const table of tables) yield softmaxCase(table);
  const hard = [[1e4, 1e4], [-Infinity, 0], [-Infinity, -Infinity], [NaN, 1], [1e4, -1e4], [-3e38, 3e38]].flat(); // prettier-ignore
  yield {
    name: "special rows",
    length: hard.length,
    inputs: [Float32Array.from(hard)],
    run: (k, y, [x]) => k.softmax(y, x, hard.length / 2, 2),
    tolerance: ulps(2),
  };
}

function logSoftmaxCase(table: Table): Case {
  const { rows, columns } = table;
  return lazily({
    name: tableText(table),
    length: rows * columns,
    inputs: () => [numbers(rows * columns, 1, 4)],
    run: (k, y, [x]) => k.logSoftmax(y, x, rows, columns),
    // As for softmax; a relative error of the sum becomes an absolute one of its logarithm. |x - max| + ln sum < 16.
    tolerance: absolute((64 + columns) * 2 ** -24),
  });
}

export function* logSoftmax(): Iterable<Case> {
  for (const table of tables) yield logSoftmaxCase(table);
}

function softmaxGradCase(table: Table): Case {
  const { rows, columns } = table;
  const length = rows * columns;
  return lazily({
    name: tableText(table),
    length,
    // Positive y whose rows sum to about 1, as softmax gives.
    inputs: () => [numbers(length, 1), numbers(length, 2, 1 / columns, 1 / columns)],
    run: (k, dx, [dy, y]) => k.softmaxGrad(dx, dy, y, rows, columns),
    tolerance: roundings(columns + 3, ([dy, y]) => {
      const sums = rowSums(rows, columns, (i) => Math.abs(dy[i] * y[i]));
      return (i) => y[i] * (Math.abs(dy[i]) + sums[Math.floor(i / columns)]);
    }),
  });
}

export function* softmaxGrad(): Iterable<Case> {
  for (const table of tables) yield softmaxGradCase(table);
}

function logSoftmaxGradCase(table: Table): Case {
  const { rows, columns } = table;
  const length = rows * columns;
  return lazily({
    name: tableText(table),
    length,
    inputs: () => [numbers(length, 1), numbers(length, 2, 1.5, -2)],
    run: (k, dx, [dy, y]) => k.logSoftmaxGrad(dx, dy, y, rows, columns),
    tolerance: roundings(columns + 10, ([dy, y]) => {
      const sums = rowSums(rows, columns, (i) => Math.abs(dy[i]));
      return (i) => Math.abs(dy[i]) + Math.exp(y[i]) * sums[Math.floor(i / columns)];
    }),
  });
}

export function* logSoftmaxGrad(): Iterable<Case> {
  for (const table of tables) yield logSoftmaxGradCase(table);
}

/** A batch of MobileNet's classes. */
const classes = { rows: 256, columns: 1000 };
export const timedReductions = {
  sum: timedSum,
  max: () => [largestCase("max", pooled)],
  argMax: () => [largestCase("argMax", { outer: classes.rows, length: classes.columns, inner: 1 })],
  softmax: () => [softmaxCase(classes)],
  softmaxGrad: () => [softmaxGradCase(classes)],
  logSoftmax: () => [logSoftmaxCase(classes)],
  logSoftmaxGrad: () => [logSoftmaxGradCase(classes)],
};

const rowSums = (rows: number, columns: number, term: (i: number) => number): number[] =>
  Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += term(row * columns + column);
    return sum;
  });
