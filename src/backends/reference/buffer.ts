/** The memory of the reference backend. */
import type { Root } from "../../kernels.js";

/** A buffer of the reference backend: a typed array in single or double precision. */
export interface ReferenceBuffer {
  /** The elements. */
  readonly values: Float32Array | Float64Array;
  /** The number of elements. */
  readonly length: number;
  /** The allocation that the buffer is part of. */
  readonly root: Root;
}
