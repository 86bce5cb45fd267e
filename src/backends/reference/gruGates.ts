/** The gates of a GRU cell, one time step. Pre-activations hold the parts z r g of a row side by side. */
import type { Kernels } from "../../kernels.js";
import type { GateSize } from "../../shape.js";
import type { ReferenceBuffer } from "./buffer.js";
import { sigmoid } from "./elementwise.js";
import { flush } from "./flush.js";

/**
 * Calls `visit` for every cell with its index in [rows, units] the functions that give the place of one of its parts
 * in [rows, 3 units] and in [rows, width units], and its row.
 */
function forCells(
  { rows, units }: GateSize,
  width: number,
  visit: (cell: number, inX: (part: number) => number, inH: (part: number) => number, row: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      const place = (parts: number) => (part: number) => (row * parts + part) * units + unit;
      visit(row * units + unit, place(3), place(width), row);
    }
  }
}

export const gruGates = {
  gruGates(states, zx, zh, h, p, used, keep, size) {
    const n = size.rows * size.units;
    forCells(size, p ? 2 : 3, (cell, inX, inH, row) => {
      const isHeld = used?.values[row] === 0;
      const gate = (part: number) => (isHeld ? 1 : sigmoid(zx.values[inX(part)] + zh.values[inH(part)]));
      const [z, r] = [gate(0), gate(1)];
      const projected = p ? p.values[cell] : zh.values[inH(2)];
      const g = isHeld ? 0 : Math.tanh(zx.values[inX(2)] + (p ? 1 : r) * projected);
      const next = z * h.values[cell] + (1 - z) * g;
      const results = keep ? [z, r, g, projected, next] : [next];
      results.forEach((value, index) => (states.values[index * n + cell] = value));
    });
  },

  gruGatesGrad(grads, dh, more, states, h, drh, size) {
    const n = size.rows * size.units;
    const width = drh ? 2 : 3;
    forCells(size, width, (cell, inX, inH) => {
      const [z, r, g, p] = [0, 1, 2, 3].map((index) => states.values[index * n + cell]);
      const before = h.values[cell];
      const total = dh.values[cell] + (more ? more.values[cell] : 0);
      const dz = total * (before - g) * z * (1 - z);
      const dg = total * (1 - z) * (1 - g * g);
      const dr = (drh ? drh.values[cell] * before : dg * p) * r * (1 - r);
      [dz, dr, dg].forEach((value, part) => (grads.values[inX(part)] = flush(value)));
      const ofState = drh ? [dz, dr] : [dz, dr, dg * r];
      ofState.forEach((value, part) => (grads.values[3 * n + inH(part)] = flush(value)));
      grads.values[(3 + width) * n + cell] = flush(total * z + (drh ? drh.values[cell] * r : 0));
    });
  },
} satisfies Partial<Kernels<ReferenceBuffer>>;
