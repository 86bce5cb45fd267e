/** The memory of the gpu.js kernels: shaders take a whole array and an offset in it. */
export interface GpujsBuffer {
  /** The whole array, which may hold other buffers' elements too. */
  readonly values: Float32Array;
  /** Index of this buffer's first element in the array. */
  readonly offset: number;
  /** In elements. */
  readonly length: number;
}

/** Makes a buffer of `values`, which are not copied. */
export const gpujsBuffer = (values: Float32Array): GpujsBuffer => ({ values, offset: 0, length: values.length });

/** Makes a view of `length` elements of a buffer from `offset` on, as an input of kernels. */
export const gpujsView = (buffer: GpujsBuffer, offset: number, length: number): GpujsBuffer => ({
  values: buffer.values,
  offset: buffer.offset + offset,
  length,
});
