/**
 * One operand, y and x of n elements, y may be x. Buffers end on a multiple of 8 floats, so loops take 8 a turn and run into the
 * padding.
 */
import { clip4, exp4, madd4, sigmoid4, tanh4 } from "./lanes";

@inline
function whole(n: i32): usize {
  return (<usize>((n + 7) & ~7)) << 2;
}

export function fill(y: usize, value: f32, n: i32): void {
  const v = f32x4.splat(value);
  for (const end = y + whole(n); y < end; y += 32) {
    v128.store(y, v);
    v128.store(y, v, 16);
  }
}

export function exp(y: usize, x: usize, n: i32): void {
  for (const end = y + whole(n); y < end; y += 32, x += 32) {
    const a = exp4(v128.load(x));
    const b = exp4(v128.load(x, 16));
    v128.store(y, a);
    v128.store(y, b, 16);
  }
}

export function log(y: usize, x: usize, n: i32): void {
  for (let i: usize = 0; i < (<usize>n) << 2; i += 4) f32.store(y + i, Mathf.log(f32.load(x + i)));
}

export function sqrt(y: usize, x: usize, n: i32): void {
  for (const end = y + whole(n); y < end; y += 32, x += 32) {
    v128.store(y, f32x4.sqrt(v128.load(x)));
    v128.store(y, f32x4.sqrt(v128.load(x, 16)), 16);
  }
}

export function abs(y: usize, x: usize, n: i32): void {
  for (const end = y + whole(n); y < end; y += 32, x += 32) {
    v128.store(y, f32x4.abs(v128.load(x)));
    v128.store(y, f32x4.abs(v128.load(x, 16)), 16);
  }
}

export function sign(y: usize, x: usize, n: i32): void {
  for (let i: usize = 0; i < (<usize>n) << 2; i += 4) {
    const value = f32.load(x + i);
    f32.store(y + i, value > 0 ? 1 : value < 0 ? -1 : value);
  }
}

export function sigmoid(y: usize, x: usize, n: i32): void {
  for (const end = y + whole(n); y < end; y += 32, x += 32) {
    const a = sigmoid4(v128.load(x));
    const b = sigmoid4(v128.load(x, 16));
    v128.store(y, a);
    v128.store(y, b, 16);
  }
}

export function tanh(y: usize, x: usize, n: i32): void {
  for (const end = y + whole(n); y < end; y += 32, x += 32) {
    const a = tanh4(v128.load(x));
    const b = tanh4(v128.load(x, 16));
    v128.store(y, a);
    v128.store(y, b, 16);
  }
}

export function affine(y: usize, x: usize, scale: f32, offset: f32, n: i32): void {
  const s = f32x4.splat(scale);
  const o = f32x4.splat(offset);
  for (const end = y + whole(n); y < end; y += 32, x += 32) {
    v128.store(y, madd4(v128.load(x), s, o));
    v128.store(y, madd4(v128.load(x, 16), s, o), 16);
  }
}

export function clip(y: usize, x: usize, low: f32, high: f32, n: i32): void {
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  for (const end = y + whole(n); y < end; y += 32, x += 32) {
    v128.store(y, clip4(v128.load(x), l, h));
    v128.store(y, clip4(v128.load(x, 16), l, h), 16);
  }
}

export function sigmoidGrad(dx: usize, dy: usize, y: usize, n: i32): void {
  const one = f32x4.splat(1);
  for (const end = dx + whole(n); dx < end; dx += 32, dy += 32, y += 32) {
    const a = v128.load(y);
    const b = v128.load(y, 16);
    v128.store(dx, f32x4.mul(f32x4.mul(v128.load(dy), a), f32x4.sub(one, a)));
    v128.store(dx, f32x4.mul(f32x4.mul(v128.load(dy, 16), b), f32x4.sub(one, b)), 16);
  }
}

export function tanhGrad(dx: usize, dy: usize, y: usize, n: i32): void {
  const one = f32x4.splat(1);
  for (const end = dx + whole(n); dx < end; dx += 32, dy += 32, y += 32) {
    const a = v128.load(y);
    const b = v128.load(y, 16);
    v128.store(dx, f32x4.mul(v128.load(dy), f32x4.sub(one, f32x4.mul(a, a))));
    v128.store(dx, f32x4.mul(v128.load(dy, 16), f32x4.sub(one, f32x4.mul(b, b))), 16);
  }
}

export function clipGrad(dx: usize, dy: usize, x: usize, low: f32, high: f32, n: i32): void {
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  for (const end = dx + whole(n); dx < end; dx += 32, dy += 32, x += 32) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    v128.store(dx, v128.and(v128.load(dy), v128.and(f32x4.gt(a, l), f32x4.lt(a, h))));
    v128.store(dx, v128.and(v128.load(dy, 16), v128.and(f32x4.gt(b, l), f32x4.lt(b, h))), 16);
  }
}
