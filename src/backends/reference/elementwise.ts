/** Functions element by element: of one operand, their gradients, and of two operands. */
import type { EpilogueActivation, Kernels } from "../../kernels.js";
import type { BroadcastSize } from "../../shape.js";
import type { ReferenceBuffer as B } from "./buffer.js";
import { flush } from "./flush.js";
import { placesOf } from "./move.js";

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** NaN stays NaN, as with Math.min and Math.max. */
const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** The activations that matrix kernels and convolutions can apply. */
export const activations: Record<EpilogueActivation, (x: number) => number> = {
  linear: (x) => x,
  relu: (x) => clip(x, 0, Infinity),
  relu6: (x) => clip(x, 0, 6),
  sigmoid,
  tanh: Math.tanh,
};

/** y[i] = f(x[i]). */
function map(y: B, x: B, f: (x: number) => number): void {
  for (let i = 0; i < y.length; i++) y.values[i] = f(x.values[i]);
}

/** y[i] = f(a[i], b[i]). */
function zip(y: B, a: B, b: B, f: (a: number, b: number) => number): void {
  for (let i = 0; i < y.length; i++) y.values[i] = f(a.values[i], b.values[i]);
}

const unary = (f: (x: number) => number) => (y: B, x: B) => map(y, x, f);

/** y = f(a, b, y), each operand traversed by its own strides. */
const binary =
  (f: (a: number, b: number, y: number) => number) =>
  (y: B, a: B, b: B, { shape, aStrides, bStrides }: BroadcastSize) => {
    const aPlaces = placesOf({ shape, strides: aStrides, offset: 0 });
    const bPlaces = placesOf({ shape, strides: bStrides, offset: 0 });
    for (let i = 0; i < aPlaces.length; i++) {
      y.values[i] = f(a.values[aPlaces[i]], b.values[bPlaces[i]], y.values[i]);
    }
  };

export const elementwise = {
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  abs: unary(Math.abs),
  sign: unary(Math.sign),
  sigmoid: unary(sigmoid),
  tanh: unary(Math.tanh),
  affine: (y, x, scale, offset) => map(y, x, (value) => scale * value + offset),
  clip: (y, x, low, high) => map(y, x, (value) => clip(value, low, high)),

  sigmoidGrad: (dx, dy, y) => zip(dx, dy, y, (d, value) => flush(d * value * (1 - value))),
  tanhGrad: (dx, dy, y) => zip(dx, dy, y, (d, value) => flush(d * (1 - value * value))),
  // Infinity lies below a bound of Infinity, as the largest finite number does.
  clipGrad: (dx, dy, x, low, high) =>
    zip(dx, dy, x, (d, value) => (low < value && Math.min(value, Number.MAX_VALUE) < high ? flush(d) : 0)),

  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  maximum: binary((a, b) => Math.max(a, b)),
  minimum: binary((a, b) => Math.min(a, b)),
  greater: binary((a, b) => (a > b ? 1 : 0)),
  equal: binary((a, b) => (a === b ? 1 : 0)),
  copyWhere: binary((x, mask, y) => (mask === 0 ? y : x)),
} satisfies Partial<Kernels<B>>;
