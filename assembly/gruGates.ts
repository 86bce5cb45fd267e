/**
 * The gates of a GRU, one time step, four units at a time. zx: [rows, 3 units] = z r g of each row. Ranges count rows.
 */
import {
  calledFlushLanes as flushLanes,
  calledSigmoid4 as sigmoid4,
  calledStoreLanes as storeLanes,
  calledTanh4 as tanh4,
  madd4,
} from "./lanes";

/**
 * states: [5, rows, units] = z r g p h if `keep`, else [rows, units] = h. zh: [rows, 3 units] = z r p; with `p`, which
 * may be 0, [rows, 2 units] = z r. `used` may be 0.
 */
export function gruGates(
  begin: i32,
  end: i32,
  states: usize,
  zx: usize,
  zh: usize,
  h: usize,
  p: usize,
  used: usize,
  keep: bool,
  rows: i32,
  units: i32,
): void {
  const unitBytes = (<usize>units) << 2;
  const slot = <usize>rows * unitBytes;
  const one = f32x4.splat(1);
  for (let row = <usize>begin; row < <usize>end; row++) {
    const isHeld = used != 0 && f32.load(used + (row << 2)) == 0;
    for (let u = 0; u < units; u += 4) {
      const lane = (<usize>u) << 2;
      const at = row * unitBytes + lane;
      const x = zx + row * 3 * unitBytes + lane;
      const y = zh + row * (p ? 2 : 3) * unitBytes + lane;
      const count = units - u;
      let z = sigmoid4(f32x4.add(v128.load(x), v128.load(y)));
      let r = sigmoid4(f32x4.add(v128.load(x + unitBytes), v128.load(y + unitBytes)));
      const projected = v128.load(p ? p + at : y + 2 * unitBytes);
      let g = tanh4(madd4(p ? one : r, projected, v128.load(x + 2 * unitBytes)));
      if (isHeld) {
        z = r = one;
        g = f32x4.splat(0);
      }
      let to = states + at;
      if (keep) {
        storeLanes(to, z, count);
        storeLanes(to + slot, r, count);
        storeLanes(to + 2 * slot, g, count);
        storeLanes(to + 3 * slot, projected, count);
        to += 4 * slot;
      }
      storeLanes(to, madd4(z, v128.load(h + at), f32x4.mul(f32x4.sub(one, z), g)), count);
    }
  }
}

/**
 * grads: the gradient of zx [rows, 3 units], that of zh [rows, 3 units], and the part of that of h which does not pass
 * zh [rows, units]. drh, with which zh is [rows, 2 units], and `more` may be 0.
 */
export function gruGatesGrad(
  begin: i32,
  end: i32,
  grads: usize,
  dh: usize,
  more: usize,
  states: usize,
  h: usize,
  drh: usize,
  rows: i32,
  units: i32,
): void {
  const unitBytes = (<usize>units) << 2;
  const slot = <usize>rows * unitBytes;
  const width: usize = drh ? 2 : 3;
  const one = f32x4.splat(1);
  for (let row = <usize>begin; row < <usize>end; row++) {
    for (let u = 0; u < units; u += 4) {
      const lane = (<usize>u) << 2;
      const at = row * unitBytes + lane;
      const toX = grads + row * 3 * unitBytes + lane;
      const toH = grads + 3 * slot + row * width * unitBytes + lane;
      const count = units - u;
      const z = v128.load(states + at);
      const r = v128.load(states + slot + at);
      const g = v128.load(states + 2 * slot + at);
      const before = v128.load(h + at);
      let total = v128.load(dh + at);
      if (more) total = f32x4.add(total, v128.load(more + at));
      const rest = f32x4.sub(one, z);
      const dz = f32x4.mul(f32x4.mul(total, f32x4.sub(before, g)), f32x4.mul(z, rest));
      const dg = f32x4.mul(f32x4.mul(total, rest), f32x4.sub(one, f32x4.mul(g, g)));
      const passed = drh ? v128.load(drh + at) : dg;
      const other = drh ? before : v128.load(states + 3 * slot + at);
      const dr = f32x4.mul(f32x4.mul(passed, other), f32x4.mul(r, f32x4.sub(one, r)));
      let direct = f32x4.mul(total, z);
      const reset = f32x4.mul(passed, r);
      if (drh) direct = f32x4.add(direct, reset);
      else flushLanes(toH + 2 * unitBytes, reset, count);
      flushLanes(toX, dz, count);
      flushLanes(toX + unitBytes, dr, count);
      flushLanes(toX + 2 * unitBytes, dg, count);
      flushLanes(toH, dz, count);
      flushLanes(toH + unitBytes, dr, count);
      flushLanes(grads + (3 + width) * slot + at, direct, count);
    }
  }
}
