import type { GateSize } from "../../../src/shape.js";
import { absolute, type Case, lazily, numbers, rounding, runOnReference } from "./case.js";

function* sizes(): Iterable<GateSize> {
  for (const units of [1, 3, 4, 5, 6, 8, 16, 17, 35]) for (const rows of [1, 2, 5]) yield { rows, units };
}

const text = ({ rows, units }: GateSize) => `${rows} rows of ${units}`;
const has = (present: boolean, name: string) => (present ? ` ${name}` : "");

/** z up to 8 is rounded when it is summed up; gates are good to 4 ULP; c, up to 3, is a sum of two products. */
const forwardTolerance = absolute(24 * rounding);

interface Step {
  size: GateSize;
  keep: boolean;
  withZh: boolean;
  /** Also h. */
  withC: boolean;
  /** Every third row keeps its states, whatever its pre-activations are: NaN here. */
  withUsed?: boolean;
}

const isUsed = (row: number) => row % 3 !== 1;

function gatesCase({ size, keep, withZh, withC, withUsed = false }: Step): Case {
  const n = size.rows * size.units;
  const held = (row: number) => withUsed && !isUsed(row);
  return lazily({
    name: `${text(size)}${has(withZh, "zh")}${has(withC, "c")}${has(withUsed, "used")}${has(keep, "keep")}`,
    length: (keep ? 6 : 2) * n,
    inputs: () => [
      numbers(4 * n, 1, 4).map((z, i) => (held(Math.floor(i / (4 * size.units))) ? NaN : z)),
      ...[numbers(4 * n, 2, 4), numbers(n, 3, 2), numbers(n, 6)],
      numbers(size.rows, 7).map((_, row) => +isUsed(row)),
    ],
    run: (k, states, [zx, zh, c, h, used]) => {
      const [cHere, hHere] = withC ? [c, h] : [];
      k.lstmGates(states, zx, withZh ? zh : undefined, cHere, hHere, withUsed ? used : undefined, keep, size);
    },
    tolerance: forwardTolerance,
  });
}

export function* lstmGates(): Iterable<Case> {
  for (const size of sizes()) {
    for (const keep of [false, true]) {
      for (const withZh of [false, true]) {
        for (const withC of [false, true]) {
          for (const withUsed of [false, true]) yield gatesCase({ size, keep, withZh, withC, withUsed });
        }
      }
    }
  }
}

function gatesGradCase(size: GateSize, withDc: boolean, withC: boolean): Case {
  const n = size.rows * size.units;
  return lazily({
    name: `${text(size)}${has(withDc, "dc")}${has(withC, "c")}`,
    length: 5 * n,
    inputs: () => {
      const c = numbers(n, 3, 2);
      const states = runOnReference(
        (k, states, [zx, c]) =>
          k.lstmGates(states, zx, undefined, withC ? c : undefined, undefined, undefined, true, size),
        [numbers(4 * n, 1, 4), c],
        6 * n,
      ).y;
      return [numbers(n, 4), numbers(n, 5), Float32Array.from(states), c];
    },
    run: (k, grads, [dh, dc, states, c]) =>
      k.lstmGatesGrad(grads, dh, withDc ? dc : undefined, states, withC ? c : undefined, size),
    // Products of numbers up to 2, and 1 - tanh^2, which cancels.
    tolerance: absolute(24 * rounding),
  });
}

export function* lstmGatesGrad(): Iterable<Case> {
  for (const size of sizes()) {
    for (const withDc of [false, true]) for (const withC of [false, true]) yield gatesGradCase(size, withDc, withC);
  }
}

/** A step of ConvLSTM2D(256) on one clip of 7x7, and of ConvLSTM2D(16) in training, on two of 32x32. */
const predicted = { rows: 25, units: 256 };
const trained = { rows: 2048, units: 16 };
export const timedGates = {
  lstmGates: () => [
    gatesCase({ size: predicted, keep: false, withZh: true, withC: true }),
    gatesCase({ size: trained, keep: true, withZh: true, withC: true }),
  ],
  lstmGatesGrad: () => [gatesGradCase(trained, true, true)],
};
