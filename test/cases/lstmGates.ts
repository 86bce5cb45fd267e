import type { GateSize } from "../../src/shape.js";
import { absolute, type Case, numbers, rounding, runOnReference } from "./case.js";

function* sizes(): Iterable<GateSize> {
  for (const units of [1, 3, 4, 5, 6, 8, 16, 17, 35]) for (const rows of [1, 2, 5]) yield { rows, units };
}

const has = (present: boolean, name: string) => (present ? ` ${name}` : "");

/** z up to 8 is rounded when it is summed up; gates are good to 4 ULP; c, up to 3, is a sum of two products. */
const forwardTolerance = absolute(24 * rounding);

export function* lstmGates(): Iterable<Case> {
  for (const size of sizes()) {
    const n = size.rows * size.units;
    for (const keep of [false, true]) {
      for (const withZh of [false, true]) {
        for (const withC of [false, true]) {
          const inputs = [numbers(4 * n, 1, 4), numbers(4 * n, 2, 4), numbers(n, 3, 2)];
          yield {
            name: `${size.rows} rows of ${size.units}${has(withZh, "zh")}${has(withC, "c")}${has(keep, "keep")}`,
            length: (keep ? 6 : 2) * n,
            inputs,
            run: (k, states, [zx, zh, c]) =>
              k.lstmGates(states, zx, withZh ? zh : undefined, withC ? c : undefined, keep, size),
            tolerance: forwardTolerance,
          };
        }
      }
    }
  }
}

export function* lstmGatesGrad(): Iterable<Case> {
  for (const size of sizes()) {
    const n = size.rows * size.units;
    for (const withDc of [false, true]) {
      for (const withC of [false, true]) {
        const c = numbers(n, 3, 2);
        const states = runOnReference(
          (k, states, [zx, c]) => k.lstmGates(states, zx, undefined, withC ? c : undefined, true, size),
          [numbers(4 * n, 1, 4), c],
          6 * n,
        ).y;
        yield {
          name: `${size.rows} rows of ${size.units}${has(withDc, "dc")}${has(withC, "c")}`,
          length: 5 * n,
          inputs: [numbers(n, 4), numbers(n, 5), Float32Array.from(states), c],
          run: (k, grads, [dh, dc, states, c]) =>
            k.lstmGatesGrad(grads, dh, withDc ? dc : undefined, states, withC ? c : undefined, size),
          // Products of numbers up to 2, and 1 - tanh^2, which cancels.
          tolerance: absolute(24 * rounding),
        };
      }
    }
  }
}
