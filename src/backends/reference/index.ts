/**
 * The reference backend (subpath `zoetrope/reference`): every kernel as plain loops, in single or double precision.
 * Other backends are tested against it, and gradient checks run on it. Sums are computed in double precision, as
 * JavaScript's numbers are, and rounded when they are stored.
 */
import { ArgumentError, checkNumber, checkOptions, OutOfMemoryError, shown } from "../../errors.js";
import type { Backend, Kernels } from "../../kernels.js";
import { batchNorm } from "./batchNorm.js";
import type { ReferenceBuffer } from "./buffer.js";
import { conv2d } from "./conv2d.js";
import { depthwiseConv2d } from "./depthwiseConv2d.js";
import { elementwise } from "./elementwise.js";
import { gemm } from "./gemm.js";
import { gruGates } from "./gruGates.js";
import { lstmGates } from "./lstmGates.js";
import { move } from "./move.js";
import { optimize } from "./optimize.js";
import { pool } from "./pool.js";
import { reduce } from "./reduce.js";

export type { ReferenceBuffer } from "./buffer.js";

/** Options of `createReferenceBackend`. */
export interface ReferenceOptions {
  /** How elements are stored, "float32" by default. */
  precision?: "float32" | "float64";
}

const kernels: Kernels<ReferenceBuffer> = {
  ...move,
  ...elementwise,
  ...reduce,
  ...gemm,
  ...conv2d,
  ...depthwiseConv2d,
  ...pool,
  ...batchNorm,
  ...lstmGates,
  ...gruGates,
  ...optimize,
};

/**
 * Makes a backend of plain JavaScript loops, for tests and as a reference. New and freed memory holds NaN, so that
 * reading what was never written, or what was freed, is noticed.
 *
 * @throws ArgumentError when an option is unknown or not allowed.
 * @example
 * import { setBackend } from "zoetrope";
 * import { createReferenceBackend } from "zoetrope/reference";
 * await setBackend(createReferenceBackend({ precision: "float64" }));
 */
export function createReferenceBackend(options: ReferenceOptions = {}): Backend<ReferenceBuffer> {
  checkOptions("createReferenceBackend", options, ["precision"]);
  const { precision = "float32" } = options;
  if (precision !== "float32" && precision !== "float64") {
    throw new ArgumentError(`createReferenceBackend: precision ${shown(precision)}; expected "float32" or "float64".`);
  }
  const name = `reference (${precision})`;
  const TypedArray = precision === "float32" ? Float32Array : Float64Array;
  const held = new Set<ReferenceBuffer>();

  return {
    ...kernels,
    name,

    allocate(length) {
      const buffer = { values: newArray(TypedArray, length).fill(NaN), length, root: { version: 0 } };
      held.add(buffer);
      return buffer;
    },

    free(buffer) {
      if (!held.delete(buffer)) {
        throw new ArgumentError(
          "free: received a view or a buffer that is not allocated; free what allocate returned, once.",
        );
      }
      buffer.values.fill(NaN);
    },

    view: ({ values, root }, offset, length) => ({ values: values.subarray(offset, offset + length), length, root }),
    write: (buffer, values) => buffer.values.set(values),
    read: async (buffer) => buffer.values.slice(),

    memory() {
      let usedBytes = 0;
      for (const { values } of held) usedBytes += values.byteLength;
      return { backend: name, buffers: held.size, usedBytes, reservedBytes: usedBytes };
    },
  };
}

function newArray(TypedArray: Float32ArrayConstructor | Float64ArrayConstructor, length: number) {
  checkNumber("Reference memory", "elements", length, "a whole number from 0");
  try {
    return new TypedArray(length);
  } catch {
    const bytes = length * TypedArray.BYTES_PER_ELEMENT;
    throw new OutOfMemoryError(
      `No memory for ${bytes} bytes (${length} elements); free tensors or use smaller batches.`,
    );
  }
}
