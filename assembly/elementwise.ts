/**
 * Functions of one operand; y may be x. Ranges count blocks of 8 elements. Buffers are padded to a multiple of 8, so
 * that the last block may run into the padding.
 */
import { clip4, exp4, flush4, leastNormal, madd4, sigmoid4, tanh4 } from "./lanes";

/** How many bytes past the end of a buffer kernels may read; they never write there. */
export const SLACK_BYTES: i32 = 64;

/** Bytes of a block. */
export const BLOCK_BYTES: usize = 32;

export function fill(begin: usize, end: usize, y: usize, value: f32): void {
  const v = f32x4.splat(value);
  y += begin * BLOCK_BYTES;
  for (const stop = y + (end - begin) * BLOCK_BYTES; y < stop; y += 16) v128.store(y, v);
}

export function exp(begin: usize, end: usize, y: usize, x: usize): void {
  y += begin * BLOCK_BYTES;
  x += begin * BLOCK_BYTES;
  for (const stop = y + (end - begin) * BLOCK_BYTES; y < stop; y += BLOCK_BYTES, x += BLOCK_BYTES) {
    const a = exp4(v128.load(x));
    const b = exp4(v128.load(x, 16));
    v128.store(y, a);
    v128.store(y, b, 16);
  }
}

export function log(begin: usize, end: usize, y: usize, x: usize): void {
  for (let i = begin * BLOCK_BYTES; i < end * BLOCK_BYTES; i += 4) f32.store(y + i, Mathf.log(f32.load(x + i)));
}

export function sqrt(begin: usize, end: usize, y: usize, x: usize): void {
  y += begin * BLOCK_BYTES;
  x += begin * BLOCK_BYTES;
  for (const stop = y + (end - begin) * BLOCK_BYTES; y < stop; y += 16, x += 16)
    v128.store(y, f32x4.sqrt(v128.load(x)));
}

export function abs(begin: usize, end: usize, y: usize, x: usize): void {
  y += begin * BLOCK_BYTES;
  x += begin * BLOCK_BYTES;
  for (const stop = y + (end - begin) * BLOCK_BYTES; y < stop; y += 16, x += 16) v128.store(y, f32x4.abs(v128.load(x)));
}

export function sign(begin: usize, end: usize, y: usize, x: usize): void {
  for (let i = begin * BLOCK_BYTES; i < end * BLOCK_BYTES; i += 4) {
    const value = f32.load(x + i);
    f32.store(y + i, value > 0 ? 1 : value < 0 ? -1 : value);
  }
}

export function sigmoid(begin: usize, end: usize, y: usize, x: usize): void {
  y += begin * BLOCK_BYTES;
  x += begin * BLOCK_BYTES;
  for (const stop = y + (end - begin) * BLOCK_BYTES; y < stop; y += BLOCK_BYTES, x += BLOCK_BYTES) {
    const a = sigmoid4(v128.load(x));
    const b = sigmoid4(v128.load(x, 16));
    v128.store(y, a);
    v128.store(y, b, 16);
  }
}

export function tanh(begin: usize, end: usize, y: usize, x: usize): void {
  y += begin * BLOCK_BYTES;
  x += begin * BLOCK_BYTES;
  for (const stop = y + (end - begin) * BLOCK_BYTES; y < stop; y += BLOCK_BYTES, x += BLOCK_BYTES) {
    const a = tanh4(v128.load(x));
    const b = tanh4(v128.load(x, 16));
    v128.store(y, a);
    v128.store(y, b, 16);
  }
}

export function affine(begin: usize, end: usize, y: usize, x: usize, scale: f32, offset: f32): void {
  const s = f32x4.splat(scale);
  const o = f32x4.splat(offset);
  y += begin * BLOCK_BYTES;
  x += begin * BLOCK_BYTES;
  for (const stop = y + (end - begin) * BLOCK_BYTES; y < stop; y += 16, x += 16) {
    v128.store(y, madd4(v128.load(x), s, o));
  }
}

export function clip(begin: usize, end: usize, y: usize, x: usize, low: f32, high: f32): void {
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  y += begin * BLOCK_BYTES;
  x += begin * BLOCK_BYTES;
  for (const stop = y + (end - begin) * BLOCK_BYTES; y < stop; y += BLOCK_BYTES, x += BLOCK_BYTES) {
    v128.store(y, clip4(v128.load(x), l, h));
    v128.store(y, clip4(v128.load(x, 16), l, h), 16);
  }
}

export function sigmoidGrad(begin: usize, end: usize, dx: usize, dy: usize, y: usize): void {
  const one = f32x4.splat(1);
  const least = leastNormal();
  dx += begin * BLOCK_BYTES;
  dy += begin * BLOCK_BYTES;
  y += begin * BLOCK_BYTES;
  for (const stop = dx + (end - begin) * BLOCK_BYTES; dx < stop; dx += 16, dy += 16, y += 16) {
    const a = v128.load(y);
    v128.store(dx, flush4(f32x4.mul(f32x4.mul(v128.load(dy), a), f32x4.sub(one, a)), least));
  }
}

export function tanhGrad(begin: usize, end: usize, dx: usize, dy: usize, y: usize): void {
  const one = f32x4.splat(1);
  const least = leastNormal();
  dx += begin * BLOCK_BYTES;
  dy += begin * BLOCK_BYTES;
  y += begin * BLOCK_BYTES;
  for (const stop = dx + (end - begin) * BLOCK_BYTES; dx < stop; dx += 16, dy += 16, y += 16) {
    const a = v128.load(y);
    v128.store(dx, flush4(f32x4.mul(v128.load(dy), f32x4.sub(one, f32x4.mul(a, a))), least));
  }
}

export function clipGrad(begin: usize, end: usize, dx: usize, dy: usize, x: usize, low: f32, high: f32): void {
  const l = f32x4.splat(low);
  // No number, Infinity neither, reaches a bound of NaN.
  const h = f32x4.splat(high < f32.MAX_VALUE ? high : f32.NaN);
  const least = leastNormal();
  dx += begin * BLOCK_BYTES;
  dy += begin * BLOCK_BYTES;
  x += begin * BLOCK_BYTES;
  for (const stop = dx + (end - begin) * BLOCK_BYTES; dx < stop; dx += 16, dy += 16, x += 16) {
    const a = v128.load(x);
    v128.store(dx, flush4(v128.andnot(v128.and(v128.load(dy), f32x4.gt(a, l)), f32x4.ge(a, h)), least));
  }
}
