/** The memory of the gpu.js kernels: what a shader can be given, a whole array and the place to begin at. */
export interface GpujsBuffer {
  /** All of the memory, other buffers' elements included. */
  readonly values: Float32Array;
  /** Where this buffer begins in it. */
  readonly offset: number;
  readonly length: number;
}

/** A buffer on `values`, which is not copied. */
export const gpujsBuffer = (values: Float32Array): GpujsBuffer => ({ values, offset: 0, length: values.length });

/** A buffer's elements from `offset` on, as an input of kernels. */
export const gpujsView = (buffer: GpujsBuffer, offset: number, length: number): GpujsBuffer => ({
  values: buffer.values,
  offset: buffer.offset + offset,
  length,
});
