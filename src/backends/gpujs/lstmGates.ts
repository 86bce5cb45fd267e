/**
 * The gates of an LSTM cell, one time step. A thread computes one number of one cell, and all that this number depends
 * on.
 */
import type { Kernels } from "../../kernels.js";
import type { GpujsBuffer } from "./buffer.js";
import type { RunShader, Shader } from "./shader.js";

const zPlace = (gate: number) => `(this.thread.y * 4 + ${gate}) * units + this.thread.x`;

const forward = {
  inputs: ["zx", "zh", "c", "h", "used"],
  counts: ["rows", "units", "firstPlane"],
  factors: [],
  body: `
    let i = zx[zxAt + ${zPlace(0)}];
    let f = zx[zxAt + ${zPlace(1)}];
    let g = zx[zxAt + ${zPlace(2)}];
    let o = zx[zxAt + ${zPlace(3)}];
    if (zhGiven === 1) {
      i += zh[zhAt + ${zPlace(0)}];
      f += zh[zhAt + ${zPlace(1)}];
      g += zh[zhAt + ${zPlace(2)}];
      o += zh[zhAt + ${zPlace(3)}];
    }
    i = 1 / (1 + Math.exp(-i));
    f = 1 / (1 + Math.exp(-f));
    g = Math.tanh(g);
    o = 1 / (1 + Math.exp(-o));
    let isHeld = 0;
    if (usedGiven === 1) isHeld = used[usedAt + this.thread.y] === 0 ? 1 : 0;
    if (isHeld === 1) {
      i = 0;
      f = 1;
      g = 0;
      o = 0;
    }
    let next = i * g;
    if (cGiven === 1) next += f * c[cAt + this.thread.y * units + this.thread.x];
    const plane = this.thread.z + firstPlane;
    if (plane === 0) return i;
    if (plane === 1) return f;
    if (plane === 2) return g;
    if (plane === 3) return o;
    if (plane === 4) return next;
    if (isHeld === 1 && hGiven === 1) return h[hAt + this.thread.y * units + this.thread.x];
    return o * Math.tanh(next);
  `,
} satisfies Shader<string, string, string>;

/**
 * The result, dz [rows, 4, units] and then dc [rows, units], is written as one matrix of 5 rows lines of `units`. The
 * first 4 rows of them are gates: line & 3, of the cell in row line >> 2.
 */
const row = "(this.thread.y < 4 * rows ? this.thread.y >> 2 : this.thread.y - 4 * rows)";
const cell = `${row} * units + this.thread.x`;

const gradient = {
  inputs: ["dh", "dc", "states", "c"],
  counts: ["rows", "units"],
  factors: [],
  body: `
    const i = states[statesAt + ${cell}];
    const f = states[statesAt + rows * units + ${cell}];
    const g = states[statesAt + 2 * rows * units + ${cell}];
    const o = states[statesAt + 3 * rows * units + ${cell}];
    const tanhNext = Math.tanh(states[statesAt + 4 * rows * units + ${cell}]);
    const dhHere = dh[dhAt + ${cell}];
    let dNext = dhHere * o * (1 - tanhNext * tanhNext);
    if (dcGiven === 1) dNext += dc[dcAt + ${cell}];
    let before = 0;
    if (cGiven === 1) before += c[cAt + ${cell}];
    const gate = this.thread.y & 3;
    let result = dhHere * tanhNext * o * (1 - o);
    if (gate === 0) result = dNext * g * i * (1 - i);
    if (gate === 1) result = dNext * before * f * (1 - f);
    if (gate === 2) result = dNext * i * (1 - g * g);
    if (this.thread.y >= 4 * rows) result = dNext * f;
    if (Math.abs(result) < ${2 ** -126}) return 0;
    return result;
  `,
} satisfies Shader<string, string, string>;

export const lstmGates = (run: RunShader) =>
  ({
    lstmGates(states, zx, zh, c, h, used, keep, { rows, units }) {
      const box = { planes: keep ? 6 : 2, rows, columns: units };
      run(forward, states, box, { zx, zh, c, h, used }, { rows, units, firstPlane: keep ? 0 : 4 });
    },

    lstmGatesGrad(grads, dh, dc, states, c, { rows, units }) {
      const box = { planes: 1, rows: 5 * rows, columns: units };
      run(gradient, grads, box, { dh, dc, states, c }, { rows, units });
    },
  }) satisfies Partial<Kernels<GpujsBuffer>>;
