/**
 * The innermost part of depthwise convolutions with three columns of taps: four neighbouring output pixels, four
 * channels of them at a time. An input is read once for all outputs that it belongs to, a tap once for all four.
 *
 * y, x: the first output and the first column of its window; x may lie before the line if `noFirst`. kernel: the first
 * row of taps that lies inside the input, of `rows`; rows of x are `lineStep` bytes apart. pixel: bytes of a pixel, at
 * least one vector; the last vector of channels may overlap the one before. bias may be 0. noFirst: the first column of
 * the first window lies outside the input; noLast: the last of the last.
 */
import { clip4, madd4 } from "./lanes";

/** A row of zeros: the bias of outputs without one. */
export const zeros = memory.data(32, 16);

/** Stride 1. */
export function four1(
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
  for (let next: usize = 0; next < pixel; next += 16) {
    const c = min(next, pixel - 16);
    let a0 = v128.load(bias ? bias + c : zeros);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let from = x + c;
    let tap = kernel + c;
    for (let r = rows; r > 0; r--) {
      const k0 = v128.load(tap);
      const k1 = v128.load(tap + pixel);
      const k2 = v128.load(tap + 2 * pixel);
      let at = from;
      if (!noFirst) a0 = madd4(v128.load(at), k0, a0);
      let z = v128.load((at += pixel));
      a0 = madd4(z, k1, a0);
      a1 = madd4(z, k0, a1);
      z = v128.load((at += pixel));
      a0 = madd4(z, k2, a0);
      a1 = madd4(z, k1, a1);
      a2 = madd4(z, k0, a2);
      z = v128.load((at += pixel));
      a1 = madd4(z, k2, a1);
      a2 = madd4(z, k1, a2);
      a3 = madd4(z, k0, a3);
      z = v128.load((at += pixel));
      a2 = madd4(z, k2, a2);
      a3 = madd4(z, k1, a3);
      if (!noLast) a3 = madd4(v128.load(at + pixel), k2, a3);
      from += lineStep;
      tap += kernelStep;
    }
    let to = y + c;
    v128.store(to, clip4(a0, least, most));
    v128.store((to += pixel), clip4(a1, least, most));
    v128.store((to += pixel), clip4(a2, least, most));
    v128.store(to + pixel, clip4(a3, least, most));
  }
}

/** Stride 2. */
export function four2(
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
  for (let next: usize = 0; next < pixel; next += 16) {
    const c = min(next, pixel - 16);
    let a0 = v128.load(bias ? bias + c : zeros);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let from = x + c;
    let tap = kernel + c;
    for (let r = rows; r > 0; r--) {
      const k0 = v128.load(tap);
      const k1 = v128.load(tap + pixel);
      const k2 = v128.load(tap + 2 * pixel);
      let at = from;
      if (!noFirst) a0 = madd4(v128.load(at), k0, a0);
      a0 = madd4(v128.load((at += pixel)), k1, a0);
      let z = v128.load((at += pixel));
      a0 = madd4(z, k2, a0);
      a1 = madd4(z, k0, a1);
      a1 = madd4(v128.load((at += pixel)), k1, a1);
      z = v128.load((at += pixel));
      a1 = madd4(z, k2, a1);
      a2 = madd4(z, k0, a2);
      a2 = madd4(v128.load((at += pixel)), k1, a2);
      z = v128.load((at += pixel));
      a2 = madd4(z, k2, a2);
      a3 = madd4(z, k0, a3);
      a3 = madd4(v128.load((at += pixel)), k1, a3);
      if (!noLast) a3 = madd4(v128.load(at + pixel), k2, a3);
      from += lineStep;
      tap += kernelStep;
    }
    let to = y + c;
    v128.store(to, clip4(a0, least, most));
    v128.store((to += pixel), clip4(a1, least, most));
    v128.store((to += pixel), clip4(a2, least, most));
    v128.store(to + pixel, clip4(a3, least, most));
  }
}
