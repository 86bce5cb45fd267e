import type { Root } from "../../kernels.js";

/** The memory of the reference backend: a typed array, single or double. */
export interface ReferenceBuffer {
  readonly values: Float32Array | Float64Array;
  readonly length: number;
  readonly root: Root;
}
