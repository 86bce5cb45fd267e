// Multiplications and additions of models, counted for direct convolutions. Elementwise work does not count.

/** A convolution. `pixels`: of the output, over the whole batch. */
export const windowFlops = (pixels, kernelSide, channels, filters) => 2 * pixels * kernelSide ** 2 * channels * filters;

/**
 * ConvLSTM2D with a 3x3 kernel: the convolutions of the input and of the state, which is zero at the first time step.
 * `pixels`: of an output frame, over the whole batch.
 */
export const convLstmFlops = (pixels, time, channels, filters) => ({
  input: windowFlops(pixels * time, 3, channels, 4 * filters),
  recurrent: windowFlops(pixels * (time - 1), 3, filters, 4 * filters),
});

export const lstmFlops = (batch, time, features, units) => ({
  input: 2 * batch * time * features * 4 * units,
  recurrent: 2 * batch * (time - 1) * units * 4 * units,
});

/** A GRU in ordinary ops; it multiplies the state of its first step too, which is zero. */
export const gruFlops = (batch, time, features, units) => ({
  input: 2 * batch * time * features * 3 * units,
  recurrent: 2 * batch * time * units * 3 * units,
});

/** [filters, stride] of MobileNet V1's thirteen blocks. */
export const mobileNetBlocks = [
  ...[[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2]],
  ...[[512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1]],
]; // prettier-ignore

/**
 * MobileNet on one frame: the first convolution, whose input needs no gradient, and the rest without the classifier.
 */
export function mobileNetFlops(side, alpha) {
  let [pixels, channels] = [(side / 2) ** 2, 32 * alpha];
  const first = windowFlops(pixels, 3, 3, channels);
  let rest = 0;
  for (const [filters, stride] of mobileNetBlocks) {
    pixels /= stride ** 2;
    rest += windowFlops(pixels, 3, channels, 1) + windowFlops(pixels, 1, channels, filters * alpha);
    channels = filters * alpha;
  }
  return { first, rest };
}
