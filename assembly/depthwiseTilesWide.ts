/**
 * The tiles of depthwiseTiles.ts with eight channels, for engines that merge two neighbouring vectors into one of 256
 * bits. They merge nothing across a branch, so that columns outside of the input are read as zeros, with taps of zero.
 */
import { zeros } from "./depthwiseTiles";
import { clip4, madd4 } from "./lanes";

/** Wide. Stride 1. */
export function four1Wide(
  y: usize,
  x: usize,
  lineStep: usize,
  kernel: usize,
  rows: i32,
  bias: usize,
  pixel: usize,
  noFirst: bool,
  noLast: bool,
  low: f32,
  high: f32,
): void {
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  const kernelStep = pixel * 3;
  for (let next: usize = 0; next < pixel; next += 32) {
    const c = min(next, pixel - 32);
    const start = bias ? bias + c : zeros;
    let a0 = v128.load(start);
    let b0 = v128.load(start, 16);
    let a1 = a0;
    let b1 = b0;
    let a2 = a0;
    let b2 = b0;
    let a3 = a0;
    let b3 = b0;
    let from = x + c;
    let tap = kernel + c;
    for (let r = rows; r > 0; r--) {
      const k0 = v128.load(tap);
      const l0 = v128.load(tap, 16);
      const k1 = v128.load(tap + pixel);
      const l1 = v128.load(tap + pixel, 16);
      const k2 = v128.load(tap + 2 * pixel);
      const l2 = v128.load(tap + 2 * pixel, 16);
      let at = from;
      const first = select(zeros, at, noFirst);
      const firstK = select(zeros, tap, noFirst);
      a0 = madd4(v128.load(first), v128.load(firstK), a0);
      b0 = madd4(v128.load(first, 16), v128.load(firstK, 16), b0);
      let z = v128.load((at += pixel));
      let u = v128.load(at, 16);
      a0 = madd4(z, k1, a0);
      b0 = madd4(u, l1, b0);
      a1 = madd4(z, k0, a1);
      b1 = madd4(u, l0, b1);
      z = v128.load((at += pixel));
      u = v128.load(at, 16);
      a0 = madd4(z, k2, a0);
      b0 = madd4(u, l2, b0);
      a1 = madd4(z, k1, a1);
      b1 = madd4(u, l1, b1);
      a2 = madd4(z, k0, a2);
      b2 = madd4(u, l0, b2);
      z = v128.load((at += pixel));
      u = v128.load(at, 16);
      a1 = madd4(z, k2, a1);
      b1 = madd4(u, l2, b1);
      a2 = madd4(z, k1, a2);
      b2 = madd4(u, l1, b2);
      a3 = madd4(z, k0, a3);
      b3 = madd4(u, l0, b3);
      z = v128.load((at += pixel));
      u = v128.load(at, 16);
      a2 = madd4(z, k2, a2);
      b2 = madd4(u, l2, b2);
      a3 = madd4(z, k1, a3);
      b3 = madd4(u, l1, b3);
      const last = select(zeros, at + pixel, noLast);
      const lastK = select(zeros, tap + 2 * pixel, noLast);
      a3 = madd4(v128.load(last), v128.load(lastK), a3);
      b3 = madd4(v128.load(last, 16), v128.load(lastK, 16), b3);
      from += lineStep;
      tap += kernelStep;
    }
    let to = y + c;
    v128.store(to, clip4(a0, least, most));
    v128.store(to, clip4(b0, least, most), 16);
    v128.store((to += pixel), clip4(a1, least, most));
    v128.store(to, clip4(b1, least, most), 16);
    v128.store((to += pixel), clip4(a2, least, most));
    v128.store(to, clip4(b2, least, most), 16);
    v128.store(to + pixel, clip4(a3, least, most));
    v128.store(to + pixel, clip4(b3, least, most), 16);
  }
}

/** Wide. Stride 2. */
export function four2Wide(
  y: usize,
  x: usize,
  lineStep: usize,
  kernel: usize,
  rows: i32,
  bias: usize,
  pixel: usize,
  noFirst: bool,
  noLast: bool,
  low: f32,
  high: f32,
): void {
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  const kernelStep = pixel * 3;
  for (let next: usize = 0; next < pixel; next += 32) {
    const c = min(next, pixel - 32);
    const start = bias ? bias + c : zeros;
    let a0 = v128.load(start);
    let b0 = v128.load(start, 16);
    let a1 = a0;
    let b1 = b0;
    let a2 = a0;
    let b2 = b0;
    let a3 = a0;
    let b3 = b0;
    let from = x + c;
    let tap = kernel + c;
    for (let r = rows; r > 0; r--) {
      const k0 = v128.load(tap);
      const l0 = v128.load(tap, 16);
      const k1 = v128.load(tap + pixel);
      const l1 = v128.load(tap + pixel, 16);
      const k2 = v128.load(tap + 2 * pixel);
      const l2 = v128.load(tap + 2 * pixel, 16);
      let at = from;
      const first = select(zeros, at, noFirst);
      const firstK = select(zeros, tap, noFirst);
      a0 = madd4(v128.load(first), v128.load(firstK), a0);
      b0 = madd4(v128.load(first, 16), v128.load(firstK, 16), b0);
      a0 = madd4(v128.load((at += pixel)), k1, a0);
      b0 = madd4(v128.load(at, 16), l1, b0);
      let z = v128.load((at += pixel));
      let u = v128.load(at, 16);
      a0 = madd4(z, k2, a0);
      b0 = madd4(u, l2, b0);
      a1 = madd4(z, k0, a1);
      b1 = madd4(u, l0, b1);
      a1 = madd4(v128.load((at += pixel)), k1, a1);
      b1 = madd4(v128.load(at, 16), l1, b1);
      z = v128.load((at += pixel));
      u = v128.load(at, 16);
      a1 = madd4(z, k2, a1);
      b1 = madd4(u, l2, b1);
      a2 = madd4(z, k0, a2);
      b2 = madd4(u, l0, b2);
      a2 = madd4(v128.load((at += pixel)), k1, a2);
      b2 = madd4(v128.load(at, 16), l1, b2);
      z = v128.load((at += pixel));
      u = v128.load(at, 16);
      a2 = madd4(z, k2, a2);
      b2 = madd4(u, l2, b2);
      a3 = madd4(z, k0, a3);
      b3 = madd4(u, l0, b3);
      a3 = madd4(v128.load((at += pixel)), k1, a3);
      b3 = madd4(v128.load(at, 16), l1, b3);
      const last = select(zeros, at + pixel, noLast);
      const lastK = select(zeros, tap + 2 * pixel, noLast);
      a3 = madd4(v128.load(last), v128.load(lastK), a3);
      b3 = madd4(v128.load(last, 16), v128.load(lastK, 16), b3);
      from += lineStep;
      tap += kernelStep;
    }
    let to = y + c;
    v128.store(to, clip4(a0, least, most));
    v128.store(to, clip4(b0, least, most), 16);
    v128.store((to += pixel), clip4(a1, least, most));
    v128.store(to, clip4(b1, least, most), 16);
    v128.store((to += pixel), clip4(a2, least, most));
    v128.store(to, clip4(b2, least, most), 16);
    v128.store(to + pixel, clip4(a3, least, most));
    v128.store(to + pixel, clip4(b3, least, most), 16);
  }
}
