/** Two operands side by side, either of which may be repeated along some axes. */

const ADD: i32 = 0;
const SUBTRACT: i32 = 1;
const MULTIPLY: i32 = 2;
const DIVIDE: i32 = 3;
const MAXIMUM: i32 = 4;
const MINIMUM: i32 = 5;
const GREATER: i32 = 6;

@inline
function four(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUBTRACT) return f32x4.sub(a, b);
  if (op == MULTIPLY) return f32x4.mul(a, b);
  if (op == DIVIDE) return f32x4.div(a, b);
  if (op == MAXIMUM) return f32x4.max(a, b);
  if (op == MINIMUM) return f32x4.min(a, b);
  if (op == GREATER) return v128.and(f32x4.gt(a, b), f32x4.splat(1));
  return v128.and(f32x4.eq(a, b), f32x4.splat(1));
}

/** n neighbouring results; an operand whose step is 0 is one number. */
@inline
function row(op: i32, y: usize, a: usize, b: usize, n: i32, aStep: i32, bStep: i32): void {
  const eights = y + ((<usize>(n & ~7)) << 2);
  const end = y + ((<usize>n) << 2);
  if (aStep != 0 && bStep != 0) {
    for (; y < eights; y += 32, a += 32, b += 32) {
      v128.store(y, four(op, v128.load(a), v128.load(b)));
      v128.store(y, four(op, v128.load(a, 16), v128.load(b, 16)), 16);
    }
  } else if (aStep != 0) {
    const repeated = v128.load32_splat(b);
    for (; y < eights; y += 32, a += 32) {
      v128.store(y, four(op, v128.load(a), repeated));
      v128.store(y, four(op, v128.load(a, 16), repeated), 16);
    }
  } else if (bStep != 0) {
    const repeated = v128.load32_splat(a);
    for (; y < eights; y += 32, b += 32) {
      v128.store(y, four(op, repeated, v128.load(b)));
      v128.store(y, four(op, repeated, v128.load(b, 16)), 16);
    }
  } else {
    const value = four(op, v128.load32_splat(a), v128.load32_splat(b));
    for (; y < eights; y += 32) {
      v128.store(y, value);
      v128.store(y, value, 16);
    }
  }
  for (; y < end; y += 4, a += aStep << 2, b += bStep << 2) {
    v128.store32_lane(y, four(op, v128.load32_splat(a), v128.load32_splat(b)), 0);
  }
}

/** y = a op b over [n0, n1, n2, n3], with the strides of a and b along each axis. */
export function binary(
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
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      for (let k = 0; k < n2; k++) {
        const from = a + ((<usize>(i * a0 + j * a1 + k * a2)) << 2);
        const to = b + ((<usize>(i * b0 + j * b1 + k * b2)) << 2);
        if (op == ADD) row(ADD, y, from, to, n3, a3, b3);
        else if (op == SUBTRACT) row(SUBTRACT, y, from, to, n3, a3, b3);
        else if (op == MULTIPLY) row(MULTIPLY, y, from, to, n3, a3, b3);
        else if (op == DIVIDE) row(DIVIDE, y, from, to, n3, a3, b3);
        else if (op == MAXIMUM) row(MAXIMUM, y, from, to, n3, a3, b3);
        else if (op == MINIMUM) row(MINIMUM, y, from, to, n3, a3, b3);
        else if (op == GREATER) row(GREATER, y, from, to, n3, a3, b3);
        else row(7, y, from, to, n3, a3, b3);
        y += (<usize>n3) << 2;
      }
    }
  }
}
