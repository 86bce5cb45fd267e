import type { ReduceSize } from "../../src/shape.js";
import {
  absolute,
  both,
  type Case,
  exact,
  integers,
  leastResult,
  lengths,
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

/** Values with many ties; in every second case one NaN. */
function* withTies(): Iterable<{ size: ReduceSize; x: Float32Array }> {
  for (const size of sizes()) {
    const x = integers(size.outer * size.length * size.inner, 1, 7).map((value) => value - 10);
    yield { size, x };
  }
}

export function* max(): Iterable<Case> {
  for (const { size, x } of withTies()) {
    const run: Case["run"] = (k, y, [x]) => k.max(y, x, size);
    const length = size.outer * size.inner;
    yield { name: text(size), length, inputs: [x], run, tolerance: exact };
    const poisoned = x.slice();
    poisoned[x.length >> 1] = NaN;
    yield { name: `${text(size)} with NaN`, length, inputs: [poisoned], run, tolerance: exact };
  }
}

export function* argMax(): Iterable<Case> {
  for (const { size, x } of withTies()) {
    const run: Case["run"] = (k, y, [x]) => k.argMax(y, x, size);
    yield { name: text(size), length: size.outer * size.inner, inputs: [x], run, tolerance: exact };
  }
}

const tables = [...lengths, 64, 257, 1000].flatMap((columns) => [1, 2, 5].map((rows) => ({ rows, columns })));

export function* softmax(): Iterable<Case> {
  for (const { rows, columns } of tables) {
    // e^x to 4 ULP twice; x - max, up to 8, is rounded before; the sum has a rounding for each column.
    const tolerance = both(ulps(16 + columns / 2), absolute(leastResult));
    const run: Case["run"] = (k, y, [x]) => k.softmax(y, x, rows, columns);
    const length = rows * columns;
    yield { name: `[${rows}, ${columns}]`, length, inputs: [numbers(length, 1, 4)], run, tolerance };
  }
  const hard = [[1e4, 1e4], [-Infinity, 0], [-Infinity, -Infinity], [NaN, 1], [1e4, -1e4], [-3e38, 3e38]].flat(); // prettier-ignore
  yield {
    name: "special rows",
    length: hard.length,
    inputs: [Float32Array.from(hard)],
    run: (k, y, [x]) => k.softmax(y, x, hard.length / 2, 2),
    tolerance: ulps(2),
  };
}

export function* logSoftmax(): Iterable<Case> {
  for (const { rows, columns } of tables) {
    // As for softmax; a relative error of the sum becomes an absolute one of its logarithm. |x - max| + ln sum < 16.
    const tolerance = absolute((64 + columns) * 2 ** -24);
    const run: Case["run"] = (k, y, [x]) => k.logSoftmax(y, x, rows, columns);
    const length = rows * columns;
    yield { name: `[${rows}, ${columns}]`, length, inputs: [numbers(length, 1, 4)], run, tolerance };
  }
}

export function* softmaxGrad(): Iterable<Case> {
  for (const { rows, columns } of tables) {
    const length = rows * columns;
    yield {
      name: `[${rows}, ${columns}]`,
      length,
      // Positive y whose rows sum to about 1, as softmax gives.
      inputs: [numbers(length, 1), numbers(length, 2, 1 / columns, 1 / columns)],
      run: (k, dx, [dy, y]) => k.softmaxGrad(dx, dy, y, rows, columns),
      tolerance: roundings(columns + 3, ([dy, y]) => {
        const sums = rowSums(rows, columns, (i) => Math.abs(dy[i] * y[i]));
        return (i) => y[i] * (Math.abs(dy[i]) + sums[Math.floor(i / columns)]);
      }),
    };
  }
}

export function* logSoftmaxGrad(): Iterable<Case> {
  for (const { rows, columns } of tables) {
    const length = rows * columns;
    yield {
      name: `[${rows}, ${columns}]`,
      length,
      inputs: [numbers(length, 1), numbers(length, 2, 1.5, -2)],
      run: (k, dx, [dy, y]) => k.logSoftmaxGrad(dx, dy, y, rows, columns),
      tolerance: roundings(columns + 10, ([dy, y]) => {
        const sums = rowSums(rows, columns, (i) => Math.abs(dy[i]));
        return (i) => Math.abs(dy[i]) + Math.exp(y[i]) * sums[Math.floor(i / columns)];
      }),
    };
  }
}

const rowSums = (rows: number, columns: number, term: (i: number) => number): number[] =>
  Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += term(row * columns + column);
    return sum;
  });
