import { type Case, lengths, numbers, roundings, type Tolerance } from "./case.js";

const longer = [...lengths, 64, 131];
/** Ordinary gradients, and some so small that epsilon counts. */
const scales = [1, 1e-5];

export function* sgd(): Iterable<Case> {
  for (const n of longer) {
    for (const scale of scales) {
      for (const momentum of [0, 0.9]) {
        for (const nesterov of momentum ? [false, true] : [false]) {
          const step = { learningRate: 0.1, momentum, nesterov };
          yield {
            name: `[${n}] momentum ${momentum}${nesterov ? " Nesterov" : ""}, gradients of ${scale}`,
            length: n,
            start: numbers(n, 1, scale),
            inputs: [numbers(n, 2, scale), numbers(n, 3, scale)],
            run: (k, w, [velocity, g]) => k.sgd(w, momentum ? velocity : undefined, g, step),
            tolerance: of(scale, 6),
            changes: new Map([[0, of(scale, 4)]]),
          };
        }
      }
    }
  }
}

/** Slots in the middle of training, and the zeros of the first step, when a new gradient's share is all there is. */
const ages = [0, 1];

export function* adam(): Iterable<Case> {
  for (const n of longer) {
    for (const scale of scales) {
      for (const epsilon of [1e-7, 1e-3]) {
        for (const age of ages) {
          const step = { alpha: 0.01, beta1: 0.9, beta2: 0.999, epsilon };
          const square = (age * scale ** 2) / 2;
          const m =
            ([m, , g]: readonly Float32Array[]) =>
            (i: number) =>
              Math.abs(m[i]) + 0.1 * Math.abs(g[i]);
          const v =
            ([, v, g]: readonly Float32Array[]) =>
            (i: number) =>
              v[i] + 0.001 * g[i] ** 2;
          yield {
            name: `[${n}] epsilon ${epsilon}, gradients of ${scale}, ${age ? "later" : "first"} step`,
            length: n,
            start: numbers(n, 1, 0.01),
            inputs: [numbers(n, 2, age * scale), numbers(n, 3, square, square), numbers(n, 4, scale)],
            run: (k, w, [m, v, g]) => k.adam(w, m, v, g, step),
            tolerance: roundings(8, (inputs) => (i) => {
              return 0.01 + (step.alpha * m(inputs)(i)) / (Math.sqrt(0.999 * v(inputs)(i)) + epsilon);
            }),
            changes: new Map([
              [0, roundings(4, m)],
              [1, roundings(4, v)],
            ]),
          };
        }
      }
    }
  }
}

export function* rmsprop(): Iterable<Case> {
  for (const n of longer) {
    for (const scale of scales) {
      for (const momentum of [0, 0.9]) {
        const step = { learningRate: 0.01, rho: 0.9, momentum, epsilon: 1e-7 };
        yield {
          name: `[${n}] momentum ${momentum}, gradients of ${scale}`,
          length: n,
          start: numbers(n, 1, 0.01),
          inputs: [numbers(n, 2, scale ** 2 / 2, scale ** 2 / 2), numbers(n, 3, 0.01), numbers(n, 4, scale)],
          run: (k, w, [v, buffer, g]) => k.rmsprop(w, v, momentum ? buffer : undefined, g, step),
          // u is at most lr / sqrt(1 - rho) = 0.032.
          tolerance: of(0.05, 8),
          changes: new Map([
            [
              0,
              roundings(
                4,
                ([v, , g]) =>
                  (i) =>
                    v[i] + 0.1 * g[i] ** 2,
              ),
            ],
            [1, of(0.05, 8)],
          ]),
        };
      }
    }
  }
}

/** `n` roundings of numbers up to `size`. */
const of = (size: number, n: number): Tolerance => roundings(n, () => () => size);
