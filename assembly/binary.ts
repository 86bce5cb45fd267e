/** Functions of two operands that broadcast, and copying where the second is not 0. */
import { CHUNK, chunksOf } from "./split";

/** Operations of `binary`: their places in `binaryNames` of src/backends/wasm/elementwise.ts. */
const ADD: i32 = 0;
const SUBTRACT: i32 = 1;
const MULTIPLY: i32 = 2;
const DIVIDE: i32 = 3;
const MAXIMUM: i32 = 4;
const MINIMUM: i32 = 5;
const GREATER: i32 = 6;
const EQUAL: i32 = 7;
/** a where b is not 0; elsewhere y stays. */
const WHERE: i32 = 8;

@inline
function four(op: i32, y: usize, a: v128, b: v128): v128 {
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUBTRACT) return f32x4.sub(a, b);
  if (op == MULTIPLY) return f32x4.mul(a, b);
  if (op == DIVIDE) return f32x4.div(a, b);
  if (op == MAXIMUM) return f32x4.max(a, b);
  if (op == MINIMUM) return f32x4.min(a, b);
  if (op == GREATER) return v128.and(f32x4.gt(a, b), f32x4.splat(1));
  if (op == EQUAL) return v128.and(f32x4.eq(a, b), f32x4.splat(1));
  return v128.bitselect(a, v128.load(y), f32x4.ne(b, f32x4.splat(0)));
}

/** n neighbouring results. An operand with a step of 0 is one number. */
@inline
function row(op: i32, y: usize, a: usize, b: usize, n: i32, aStep: i32, bStep: i32): void {
  const fours = y + ((<usize>(n & ~3)) << 2);
  const end = y + ((<usize>n) << 2);
  if (aStep != 0 && bStep != 0) {
    for (; y < fours; y += 16, a += 16, b += 16) v128.store(y, four(op, y, v128.load(a), v128.load(b)));
  } else if (aStep != 0) {
    const repeated = v128.load32_splat(b);
    for (; y < fours; y += 16, a += 16) v128.store(y, four(op, y, v128.load(a), repeated));
  } else if (bStep != 0) {
    const repeated = v128.load32_splat(a);
    for (; y < fours; y += 16, b += 16) v128.store(y, four(op, y, repeated, v128.load(b)));
  }
  for (; y < end; y += 4, a += aStep << 2, b += bStep << 2) {
    v128.store32_lane(y, four(op, y, v128.load32_splat(a), v128.load32_splat(b)), 0);
  }
}

/**
 * y = a op b over [n0, n1, n2, n3], with the strides of a and b along each axis. Ranges count chunks of the last axis,
 * row by row.
 */
export function binary(
  begin: i32,
  end: i32,
  op: i32,
  y: usize,
  a: usize,
  b: usize,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  b0: i32,
  b1: i32,
  b2: i32,
  b3: i32,
): void {
  const chunks = chunksOf(n3);
  let chunk = begin % chunks;
  const first = begin / chunks;
  let k = first % n2;
  let j = (first / n2) % n1;
  let i = first / n2 / n1;
  y += (<usize>(first * n3 + chunk * CHUNK)) << 2;
  for (; begin < end; begin++) {
    const from = chunk * CHUNK;
    const n = min(CHUNK, n3 - from);
    const left = a + ((<usize>(i * a0 + j * a1 + k * a2 + from * a3)) << 2);
    const right = b + ((<usize>(i * b0 + j * b1 + k * b2 + from * b3)) << 2);
    if (op == ADD) row(ADD, y, left, right, n, a3, b3);
    else if (op == SUBTRACT) row(SUBTRACT, y, left, right, n, a3, b3);
    else if (op == MULTIPLY) row(MULTIPLY, y, left, right, n, a3, b3);
    else if (op == DIVIDE) row(DIVIDE, y, left, right, n, a3, b3);
    else if (op == MAXIMUM) row(MAXIMUM, y, left, right, n, a3, b3);
    else if (op == MINIMUM) row(MINIMUM, y, left, right, n, a3, b3);
    else if (op == GREATER) row(GREATER, y, left, right, n, a3, b3);
    else if (op == EQUAL) row(EQUAL, y, left, right, n, a3, b3);
    else row(WHERE, y, left, right, n, a3, b3);
    y += (<usize>n) << 2;
    if (++chunk < chunks) continue;
    chunk = 0;
    if (++k < n2) continue;
    k = 0;
    if (++j < n1) continue;
    j = 0;
    i++;
  }
}
