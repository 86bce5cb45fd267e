/** Transposed convolution. */
import { checkList, ShapeError, shapeText } from "../errors.js";
import { checkTensors, computeLike, op } from "../op.js";
import { conv2dSize, type WindowOptions } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";

/** Options of `conv2dTranspose`. */
export interface Conv2dTransposeOptions extends WindowOptions {
  /** The bias that is added to each pixel of the result: [filters]. None by default. */
  bias?: Tensor | undefined;
}

/**
 * Transposed convolution: the gradient of `conv2d` with respect to its input. With a stride it enlarges frames.
 *
 * x: [batch, height, width, channels]; kernel: [height, width, filters, channels]; the result is [batch, ...size,
 * filters], where `conv2d` with this kernel and these options maps frames of `size` to the size of x.
 *
 * @param size Height and width of the result. They are needed because a strided convolution maps several sizes to one.
 * @param options Strides 1, padding "valid", dilation 1 and no bias by default.
 * @throws ShapeError when that convolution would not give the shape of x; ArgumentError when an option is not allowed.
 */
export function conv2dTranspose(
  x: Tensor,
  kernel: Tensor,
  size: readonly [height: number, width: number],
  options: Conv2dTransposeOptions = {},
): Tensor {
  checkTensors("conv2dTranspose", options?.bias ? [x, kernel, options.bias] : [x, kernel]);
  const [batch, height, width, channels] = x.shape;
  const sides = checkList("conv2dTranspose", "size", size, 2, "a whole number from 0");
  const shape = [batch, ...sides, kernel.shape[2]];
  const conv = conv2dSize("conv2dTranspose", shape, kernel.shape, options);
  if (x.shape.length !== 4 || conv.outHeight !== height || conv.outWidth !== width || conv.filters !== channels) {
    throw new ShapeError(
      `conv2dTranspose: a convolution of ${shapeText(shape)} with ${shapeText(kernel.shape)} gives [${batch}, ${conv.outHeight}, ${conv.outWidth}, ${conv.filters}], received ${shapeText(x.shape)}.`,
    );
  }
  return scope(() => {
    const y = op({
      name: "conv2dTranspose",
      inputs: [x, kernel],
      shape,
      forward: (k, y) => k.conv2dGradInput(y, x.buffer, kernel.buffer, conv),
      backward: (dy) => [
        () => computeLike(x, (k, dx) => k.conv2d(dx, dy.buffer, kernel.buffer, undefined, conv)),
        () => computeLike(kernel, (k, dw) => k.conv2dGradFilter(dw, dy.buffer, x.buffer, conv)),
      ],
    });
    return options.bias ? add(y, options.bias) : y;
  });
}
