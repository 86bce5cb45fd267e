/**
 * Optimizer updates in place. Ranges count blocks of 8 elements, the last of which runs into the padding of the
 * buffers.
 */
import { BLOCK_BYTES } from "./elementwise";
import { flush4, flushPositive4, leastNormal, madd4 } from "./lanes";

@inline
function sgd4(w: usize, velocity: usize, g: usize, rate: v128, momentum: v128, least: v128, nesterov: bool): void {
  const step = f32x4.mul(rate, v128.load(g));
  if (velocity == 0) {
    v128.store(w, f32x4.sub(v128.load(w), step));
    return;
  }
  const v = f32x4.sub(f32x4.mul(momentum, v128.load(velocity)), step);
  v128.store(velocity, flush4(v, least));
  const move = nesterov ? f32x4.sub(f32x4.mul(momentum, v), step) : v;
  v128.store(w, f32x4.add(v128.load(w), move));
}

/** velocity is 0 without momentum. */
export function sgd(
  begin: usize,
  end: usize,
  w: usize,
  velocity: usize,
  g: usize,
  rate: f32,
  momentum: f32,
  nesterov: bool,
): void {
  const r = f32x4.splat(rate);
  const m = f32x4.splat(momentum);
  const least = leastNormal();
  for (let i = begin * BLOCK_BYTES; i < end * BLOCK_BYTES; i += 16) {
    sgd4(w + i, velocity ? velocity + i : 0, g + i, r, m, least, nesterov);
  }
}

@inline
function adam4(
  w: usize,
  m: usize,
  v: usize,
  g: usize,
  alpha: v128,
  rest1: v128,
  rest2: v128,
  epsilon: v128,
  least: v128,
): void {
  const gradient = v128.load(g);
  const oldMean = v128.load(m);
  const oldSquare = v128.load(v);
  const mean = madd4(f32x4.sub(gradient, oldMean), rest1, oldMean);
  const square = madd4(f32x4.sub(f32x4.mul(gradient, gradient), oldSquare), rest2, oldSquare);
  v128.store(m, flush4(mean, least));
  v128.store(v, flushPositive4(square, least));
  const step = f32x4.div(f32x4.mul(mean, alpha), f32x4.add(f32x4.sqrt(square), epsilon));
  v128.store(w, f32x4.sub(v128.load(w), step));
}

/** rest1 = 1 - beta1, rest2 = 1 - beta2. */
export function adam(
  begin: usize,
  end: usize,
  w: usize,
  m: usize,
  v: usize,
  g: usize,
  alpha: f32,
  rest1: f32,
  rest2: f32,
  epsilon: f32,
): void {
  const a = f32x4.splat(alpha);
  const r1 = f32x4.splat(rest1);
  const r2 = f32x4.splat(rest2);
  const e = f32x4.splat(epsilon);
  const least = leastNormal();
  for (let i = begin * BLOCK_BYTES; i < end * BLOCK_BYTES; i += 16) {
    adam4(w + i, m + i, v + i, g + i, a, r1, r2, e, least);
  }
}

/** buffer is 0 without momentum. rest = 1 - rho. */
export function rmsprop(
  begin: usize,
  end: usize,
  w: usize,
  v: usize,
  buffer: usize,
  g: usize,
  rate: f32,
  rho: f32,
  rest: f32,
  momentum: f32,
  epsilon: f32,
): void {
  const r = f32x4.splat(rate);
  const old = f32x4.splat(rho);
  const fresh = f32x4.splat(rest);
  const m = f32x4.splat(momentum);
  const least = leastNormal();
  const e = f32x4.splat(epsilon);
  for (let i = begin * BLOCK_BYTES; i < end * BLOCK_BYTES; i += 16) {
    const gradient = v128.load(g + i);
    const square = madd4(fresh, f32x4.mul(gradient, gradient), f32x4.mul(old, v128.load(v + i)));
    v128.store(v + i, flushPositive4(square, least));
    let step = f32x4.div(f32x4.mul(r, gradient), f32x4.sqrt(f32x4.add(square, e)));
    if (buffer) {
      step = madd4(m, v128.load(buffer + i), step);
      v128.store(buffer + i, flush4(step, least));
    }
    v128.store(w + i, f32x4.sub(v128.load(w + i), step));
  }
}
