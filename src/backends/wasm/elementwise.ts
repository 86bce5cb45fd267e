/** Functions element by element: of one operand, and of two that broadcast. */
import type { Kernels } from "../../kernels.js";
import type { BroadcastSize } from "../../shape.js";
import { type Constants, unaryNames } from "./exports.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";
import { alongFourAxes, rowsOf } from "./strided.js";

type B = WasmBuffer;
type UnaryKernels = Pick<Kernels<B>, (typeof unaryNames)[number]>;

export const elementwise = (run: Runner) => {
  const unary = Object.fromEntries(
    unaryNames.map((name) => [name, (y: B, x: B) => run.rows(name, run.blocks(y.length), y.ptr, x.ptr)]),
  ) as UnaryKernels;

  const binary = (operation: keyof Constants) => {
    const op = run.constants[operation];
    return (y: B, a: B, b: B, { shape, aStrides, bStrides }: BroadcastSize) =>
      alongFourAxes(shape, aStrides, bStrides, (axes, aAt, bAt, yAt) =>
        run.rows("binary", rowsOf(run, axes), op, y.ptr + yAt * 4, a.ptr + aAt * 4, b.ptr + bAt * 4, ...axes),
      );
  };

  return {
    ...unary,

    affine(y, x, scale, offset) {
      run.rows("affine", run.blocks(y.length), y.ptr, x.ptr, scale, offset);
    },
    clip(y, x, low, high) {
      run.rows("clip", run.blocks(y.length), y.ptr, x.ptr, low, high);
    },

    sigmoidGrad(dx, dy, y) {
      run.rows("sigmoidGrad", run.blocks(dx.length), dx.ptr, dy.ptr, y.ptr);
    },
    tanhGrad(dx, dy, y) {
      run.rows("tanhGrad", run.blocks(dx.length), dx.ptr, dy.ptr, y.ptr);
    },
    clipGrad(dx, dy, x, low, high) {
      run.rows("clipGrad", run.blocks(dx.length), dx.ptr, dy.ptr, x.ptr, low, high);
    },

    add: binary("ADD"),
    subtract: binary("SUBTRACT"),
    multiply: binary("MULTIPLY"),
    divide: binary("DIVIDE"),
    maximum: binary("MAXIMUM"),
    minimum: binary("MINIMUM"),
    greater: binary("GREATER"),
    equal: binary("EQUAL"),
  } satisfies Partial<Kernels<B>>;
};
