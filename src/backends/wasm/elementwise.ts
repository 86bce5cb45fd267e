/** Functions element by element: of one operand, their gradients, and of two operands that broadcast. */
import type { Kernels } from "../../kernels.js";
import type { BroadcastSize } from "../../shape.js";
import { unaryNames } from "./exports.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";
import { alongFourAxes, rowsOf } from "./strided.js";

type B = WasmBuffer;

/** Kernels whose arguments are those of their exports, in the same order. Ranges count blocks of elements. */
const blockwiseNames = [
  ...unaryNames,
  ...(["affine", "clip", "sigmoidGrad", "tanhGrad", "clipGrad"] as const),
] as const;

/** The kernels that `binary` of assembly/binary.ts computes, in the order of its operations. */
const binaryNames = [
  ...(["add", "subtract", "multiply", "divide", "maximum", "minimum", "greater", "equal", "copyWhere"] as const),
] as const;

type Blockwise = Pick<Kernels<B>, (typeof blockwiseNames)[number]>;
type Binary = Pick<Kernels<B>, (typeof binaryNames)[number]>;

export const elementwise = (run: Runner) =>
  ({
    ...(Object.fromEntries(
      blockwiseNames.map((name) => [
        name,
        (y: B, ...rest: (B | number)[]) => {
          const operands = rest.map((x) => (typeof x === "number" ? x : x.ptr));
          run.rows<typeof name>(name, run.blocks(y.length), y.ptr, ...(operands as [number]));
        },
      ]),
    ) as Blockwise),

    ...(Object.fromEntries(
      binaryNames.map((name, op) => [
        name,
        (y: B, a: B, b: B, { shape, aStrides, bStrides }: BroadcastSize) =>
          alongFourAxes(shape, aStrides, bStrides, (axes, aAt, bAt, yAt) =>
            run.rows("binary", rowsOf(run, axes), op, y.ptr + yAt * 4, a.ptr + aAt * 4, b.ptr + bAt * 4, ...axes),
          ),
      ]),
    ) as Binary),
  }) satisfies Partial<Kernels<B>>;
