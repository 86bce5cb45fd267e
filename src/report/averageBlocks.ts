/** The shape of images: [count, height, width, channels]. */
type Images = readonly [count: number, height: number, width: number, channels: number];

/** Makes images smaller: each pixel becomes the mean over block x block pixels, fewer at the right and lower border. */
export function averageBlocks(data: ArrayLike<number>, [count, height, width, channels]: Images, block: number) {
  const shape: Images = [count, Math.ceil(height / block), Math.ceil(width / block), channels];
  const result = new Float32Array(count * shape[1] * shape[2] * channels);
  let to = 0;
  for (let image = 0; image < count; image++) {
    for (let top = 0; top < height; top += block) {
      for (let left = 0; left < width; left += block) {
        const rows = Math.min(block, height - top);
        const columns = Math.min(block, width - left);
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let y = top; y < top + rows; y++) {
            for (let x = left; x < left + columns; x++) {
              sum += data[((image * height + y) * width + x) * channels + channel];
            }
          }
          result[to++] = sum / (rows * columns);
        }
      }
    }
  }
  return { data: result, shape };
}
