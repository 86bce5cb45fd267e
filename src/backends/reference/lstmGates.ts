/**
 * The gates of an LSTM cell, one time step. z holds the gates i f g o of a row side by side; states hold them one after
 * the other.
 */
import type { Kernels } from "../../kernels.js";
import type { GateSize } from "../../shape.js";
import type { ReferenceBuffer } from "./buffer.js";
import { sigmoid } from "./elementwise.js";
import { flush } from "./flush.js";

/**
 * Calls `visit` for every cell with its index in [rows, units], the indices of its four gates in [rows, 4 units] and its
 * row.
 */
function forCells(
  { rows, units }: GateSize,
  visit: (cell: number, places: { zi: number; zf: number; zg: number; zo: number }, row: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      const zi = row * 4 * units + unit;
      visit(row * units + unit, { zi, zf: zi + units, zg: zi + 2 * units, zo: zi + 3 * units }, row);
    }
  }
}

export const lstmGates = {
  lstmGates(states, zx, zh, c, h, used, keep, size) {
    const n = size.rows * size.units;
    const z = (place: number) => zx.values[place] + (zh ? zh.values[place] : 0);
    forCells(size, (cell, { zi, zf, zg, zo }, row) => {
      const isHeld = used?.values[row] === 0;
      const [i, f, g, o] = isHeld ? [0, 1, 0, 0] : [sigmoid(z(zi)), sigmoid(z(zf)), Math.tanh(z(zg)), sigmoid(z(zo))];
      const next = f * (c ? c.values[cell] : 0) + i * g;
      const hidden = isHeld && h ? h.values[cell] : o * Math.tanh(next);
      const results = keep ? [i, f, g, o, next, hidden] : [next, hidden];
      results.forEach((value, index) => (states.values[index * n + cell] = value));
    });
  },

  lstmGatesGrad(grads, dh, dc, states, c, size) {
    const n = size.rows * size.units;
    forCells(size, (cell, { zi, zf, zg, zo }) => {
      const [i, f, g, o, next] = [0, 1, 2, 3, 4].map((index) => states.values[index * n + cell]);
      const tanhNext = Math.tanh(next);
      const dNext = (dc ? dc.values[cell] : 0) + dh.values[cell] * o * (1 - tanhNext * tanhNext);
      grads.values[zi] = flush(dNext * g * i * (1 - i));
      grads.values[zf] = flush(dNext * (c ? c.values[cell] : 0) * f * (1 - f));
      grads.values[zg] = flush(dNext * i * (1 - g * g));
      grads.values[zo] = flush(dh.values[cell] * tanhNext * o * (1 - o));
      grads.values[4 * n + cell] = flush(dNext * f);
    });
  },
} satisfies Partial<Kernels<ReferenceBuffer>>;
