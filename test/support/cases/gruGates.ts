import type { GateSize } from "../../../src/shape.js";
import { absolute, type Case, lazily, numbers, rounding, runOnReference } from "./case.js";

function* sizes(): Iterable<GateSize> {
  for (const units of [1, 3, 4, 5, 6, 8, 16, 17, 35]) for (const rows of [1, 2, 5]) yield { rows, units };
}

const text = ({ rows, units }: GateSize) => `${rows} rows of ${units}`;
const has = (present: boolean, name: string) => (present ? ` ${name}` : "");

/** Pre-activations up to 8 are rounded when they are summed up; gates are good to 4 ULP; h, up to 2, is a sum of two products. */
const tolerance = absolute(24 * rounding);

interface Step {
  size: GateSize;
  keep: boolean;
  withP: boolean;
  /** Every third row keeps its state, whatever its pre-activations are: NaN here. */
  withUsed?: boolean;
}

const isUsed = (row: number) => row % 3 !== 1;

const width = (withP: boolean) => (withP ? 2 : 3);

function gatesCase({ size, keep, withP, withUsed = false }: Step): Case {
  const n = size.rows * size.units;
  const held = (row: number) => withUsed && !isUsed(row);
  return lazily({
    name: `${text(size)}${has(withP, "p")}${has(withUsed, "used")}${has(keep, "keep")}`,
    length: (keep ? 5 : 1) * n,
    inputs: () => [
      numbers(3 * n, 1, 4).map((z, i) => (held(Math.floor(i / (3 * size.units))) ? NaN : z)),
      ...[numbers(width(withP) * n, 2, 4), numbers(n, 3, 2), numbers(n, 4, 4)],
      numbers(size.rows, 7).map((_, row) => +isUsed(row)),
    ],
    run: (k, states, [zx, zh, h, p, used]) =>
      k.gruGates(states, zx, zh, h, withP ? p : undefined, withUsed ? used : undefined, keep, size),
    tolerance,
  });
}

export function* gruGates(): Iterable<Case> {
  for (const size of sizes()) {
    for (const keep of [false, true])
      for (const withP of [false, true]) {
        for (const withUsed of [false, true]) yield gatesCase({ size, keep, withP, withUsed });
      }
  }
}

function gatesGradCase(size: GateSize, withMore: boolean, withDrh: boolean): Case {
  const n = size.rows * size.units;
  return lazily({
    name: `${text(size)}${has(withMore, "more")}${has(withDrh, "drh")}`,
    length: (withDrh ? 6 : 7) * n,
    inputs: () => {
      const h = numbers(n, 3, 2);
      const states = runOnReference(
        (k, states, [zx, zh, h]) => k.gruGates(states, zx, zh, h, undefined, undefined, true, size),
        [numbers(3 * n, 1, 4), numbers(3 * n, 2, 2), h],
        5 * n,
      ).y;
      return [numbers(n, 4), numbers(n, 5), Float32Array.from(states), h, numbers(n, 6)];
    },
    run: (k, grads, [dh, more, states, h, drh]) =>
      k.gruGatesGrad(grads, dh, withMore ? more : undefined, states, h, withDrh ? drh : undefined, size),
    // Products of numbers up to 4, and 1 - g^2, which cancels.
    tolerance,
  });
}

export function* gruGatesGrad(): Iterable<Case> {
  for (const size of sizes()) {
    for (const withMore of [false, true]) {
      for (const withDrh of [false, true]) yield gatesGradCase(size, withMore, withDrh);
    }
  }
}

/** A step of GRU(128) on a batch of 32, in prediction and in training. */
const batch = { rows: 32, units: 128 };
export const timedGruGates = {
  gruGates: () => [false, true].map((keep) => gatesCase({ size: batch, keep, withP: false })),
  gruGatesGrad: () => [gatesGradCase(batch, true, false)],
};
