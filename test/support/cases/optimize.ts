import { type Case, lazily, lengths, numbers, roundings, type Tolerance } from "./case.js";

const longer = [...lengths, 64, 131];
/** Ordinary gradients, and some so small that epsilon counts. */
const scales = [1, 1e-5];

/** The properties in which the cases of an optimizer differ. */
interface Update {
  n: number;
  scale: number;
  momentum: number;
}

const momentumText = ({ momentum }: Update) => ` momentum ${momentum}`;

function sgdCase({ n, scale, momentum }: Update, nesterov: boolean, name: string): Case {
  const step = { learningRate: 0.1, momentum, nesterov };
  return lazily({
    name,
    length: n,
    start: numbers(n, 1, scale),
    inputs: () => [numbers(n, 2, scale), numbers(n, 3, scale)],
    run: (k, w, [velocity, g]) => k.sgd(w, momentum ? velocity : undefined, g, step),
    tolerance: of(scale, 6),
    changes: new Map([[0, of(scale, 4)]]),
  });
}

export function* sgd(): Iterable<Case> {
  for (const n of longer) {
    for (const scale of scales) {
      for (const momentum of [0, 0.9]) {
        for (const nesterov of momentum ? [false, true] : [false]) {
          const update = { n, scale, momentum };
          const name = `[${n}]${momentumText(update)}${nesterov ? " Nesterov" : ""}, gradients of ${scale}`;
          yield sgdCase(update, nesterov, name);
        }
      }
    }
  }
}

/** Slots in the middle of training, and the zeros of the first step, when a new gradient's share is all there is. */
const ages = [0, 1];

function adamCase({ n, scale }: Omit<Update, "momentum">, epsilon: number, age: number, name: string): Case {
  const step = { alpha: 0.01, beta1: 0.9, beta2: 0.999, epsilon };
  const square = (age * scale ** 2) / 2;
  type At = (inputs: readonly Float32Array[]) => (i: number) => number;
  const m: At = ([m, , g]) => (i) => Math.abs(m[i]) + 0.1 * Math.abs(g[i]); // prettier-ignore
  const v: At = ([, v, g]) => (i) => v[i] + 0.001 * g[i] ** 2; // prettier-ignore
  return lazily({
    name,
    length: n,
    start: numbers(n, 1, 0.01),
    inputs: () => [numbers(n, 2, age * scale), numbers(n, 3, square, square), numbers(n, 4, scale)],
    run: (k, w, [m, v, g]) => k.adam(w, m, v, g, step),
    tolerance: roundings(8, (inputs) => {
      const [mean, squares] = [m(inputs), v(inputs)];
      return (i) => 0.01 + (step.alpha * mean(i)) / (Math.sqrt(0.999 * squares(i)) + epsilon);
    }),
    changes: new Map([
      [0, roundings(4, m)],
      [1, roundings(4, v)],
    ]),
  });
}

export function* adam(): Iterable<Case> {
  for (const n of longer) {
    for (const scale of scales) {
      for (const epsilon of [1e-7, 1e-3]) {
        for (const age of ages) {
          const name = `[${n}] epsilon ${epsilon}, gradients of ${scale}, ${age ? "later" : "first"} step`;
          yield adamCase({ n, scale }, epsilon, age, name);
        }
      }
    }
  }
}

function rmspropCase({ n, scale, momentum }: Update, name: string): Case {
  const step = { learningRate: 0.01, rho: 0.9, momentum, epsilon: 1e-7 };
  return lazily({
    name,
    length: n,
    start: numbers(n, 1, 0.01),
    inputs: () => [numbers(n, 2, scale ** 2 / 2, scale ** 2 / 2), numbers(n, 3, 0.01), numbers(n, 4, scale)],
    run: (k, w, [v, buffer, g]) => k.rmsprop(w, v, momentum ? buffer : undefined, g, step),
    // u is at most lr / sqrt(1 - rho) = 0.032.
    tolerance: of(0.05, 8),
    changes: new Map([
      [0, roundings(4, ([v, , g]) => (i) => v[i] + 0.1 * g[i] ** 2)],
      [1, of(0.05, 8)],
    ]),
  });
} // prettier-ignore

export function* rmsprop(): Iterable<Case> {
  for (const n of longer) {
    for (const scale of scales) {
      for (const momentum of [0, 0.9]) {
        const update = { n, scale, momentum };
        yield rmspropCase(update, `[${n}]${momentumText(update)}, gradients of ${scale}`);
      }
    }
  }
}

/** `n` roundings of numbers up to `size`. */
const of = (size: number, n: number): Tolerance => roundings(n, () => () => size);

/** The kernel of one of MobileNet's last layers. */
const plain = { n: 512 * 1024, scale: 1, momentum: 0 };
const withMomentum = { ...plain, momentum: 0.9 };
const kernel = "512x1024";
export const timedUpdates = {
  sgd: () => [sgdCase(plain, false, kernel), sgdCase(withMomentum, false, kernel + momentumText(withMomentum))],
  adam: () => [adamCase(plain, 1e-7, 1, kernel)],
  rmsprop: () => [rmspropCase(plain, kernel), rmspropCase(withMomentum, kernel + momentumText(withMomentum))],
};
