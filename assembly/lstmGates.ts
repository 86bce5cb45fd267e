/**
 * The gates of an LSTM, one time step, four units at a time. z: [rows, 4 units] = i f g o of each row. Ranges count
 * rows.
 */
import { calledSigmoid4 as sigmoid4, calledTanh4 as tanh4, flush4, leastNormal, madd4, storeLanes } from "./lanes";

@inline
function preActivation(zx: usize, zh: usize): v128 {
  return zh ? f32x4.add(v128.load(zx), v128.load(zh)) : v128.load(zx);
}

/**
 * states: [6, rows, units] = i f g o c h if `keep`, else [2, rows, units] = c h. zh, c, h and `used` may be 0; h is read
 * only where `used` is 0.
 */
export function lstmGates(
  begin: i32,
  end: i32,
  states: usize,
  zx: usize,
  zh: usize,
  c: usize,
  h: usize,
  used: usize,
  keep: bool,
  rows: i32,
  units: i32,
): void {
  const unitBytes = (<usize>units) << 2;
  const slot = <usize>rows * unitBytes;
  const cells = states + (keep ? 4 * slot : 0);
  const zero = f32x4.splat(0);
  for (let row = <usize>begin; row < <usize>end; row++) {
    const isHeld = used != 0 && f32.load(used + (row << 2)) == 0;
    for (let u = 0; u < units; u += 4) {
      const at = row * unitBytes + ((<usize>u) << 2);
      const z = row * 4 * unitBytes + ((<usize>u) << 2);
      const x = zx + z;
      const y = zh ? zh + z : 0;
      const count = units - u;
      let i = sigmoid4(preActivation(x, y));
      let g = tanh4(preActivation(x + 2 * unitBytes, y ? y + 2 * unitBytes : 0));
      let f = sigmoid4(preActivation(x + unitBytes, y ? y + unitBytes : 0));
      let o = sigmoid4(preActivation(x + 3 * unitBytes, y ? y + 3 * unitBytes : 0));
      if (isHeld) {
        i = g = o = zero;
        f = f32x4.splat(1);
      }
      let next = f32x4.mul(i, g);
      if (c) next = madd4(f, v128.load(c + at), next);
      let hidden = f32x4.mul(o, tanh4(next));
      if (isHeld && h) hidden = v128.load(h + at);
      if (keep) {
        storeLanes(states + at, i, count);
        storeLanes(states + slot + at, f, count);
        storeLanes(states + 2 * slot + at, g, count);
        storeLanes(states + 3 * slot + at, o, count);
      }
      storeLanes(cells + at, next, count);
      storeLanes(cells + slot + at, hidden, count);
    }
  }
}

/** grads: dz [rows, 4 units], then the gradient of c [rows, units]. dc and c may be 0. */
export function lstmGatesGrad(
  begin: i32,
  end: i32,
  grads: usize,
  dh: usize,
  dc: usize,
  states: usize,
  c: usize,
  rows: i32,
  units: i32,
): void {
  const unitBytes = (<usize>units) << 2;
  const slot = <usize>rows * unitBytes;
  const one = f32x4.splat(1);
  const least = leastNormal();
  for (let row = <usize>begin; row < <usize>end; row++) {
    for (let u = 0; u < units; u += 4) {
      const at = row * unitBytes + ((<usize>u) << 2);
      const to = grads + row * 4 * unitBytes + ((<usize>u) << 2);
      const count = units - u;
      const i = v128.load(states + at);
      const f = v128.load(states + slot + at);
      const g = v128.load(states + 2 * slot + at);
      const o = v128.load(states + 3 * slot + at);
      const t = tanh4(v128.load(states + 4 * slot + at));
      const dhHere = v128.load(dh + at);
      let dcHere = f32x4.mul(f32x4.mul(dhHere, o), f32x4.sub(one, f32x4.mul(t, t)));
      if (dc) dcHere = f32x4.add(dcHere, v128.load(dc + at));
      const before = c ? v128.load(c + at) : f32x4.splat(0);
      storeLanes(to, flush4(f32x4.mul(f32x4.mul(dcHere, g), f32x4.mul(i, f32x4.sub(one, i))), least), count);
      storeLanes(
        to + unitBytes,
        flush4(f32x4.mul(f32x4.mul(dcHere, before), f32x4.mul(f, f32x4.sub(one, f))), least),
        count,
      );
      storeLanes(
        to + 2 * unitBytes,
        flush4(f32x4.mul(f32x4.mul(dcHere, i), f32x4.sub(one, f32x4.mul(g, g))), least),
        count,
      );
      storeLanes(
        to + 3 * unitBytes,
        flush4(f32x4.mul(f32x4.mul(dhHere, t), f32x4.mul(o, f32x4.sub(one, o))), least),
        count,
      );
      storeLanes(grads + 4 * slot + at, flush4(f32x4.mul(dcHere, f), least), count);
    }
  }
}
