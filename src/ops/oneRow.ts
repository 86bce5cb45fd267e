/** Convolutions over time, which are those over frames of one row. */
import { checkList } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import type { ConvOptions } from "./conv2d.js";
import { reshape } from "./move.js";

/** The options of a window over one axis, as options over frames. */
type RowOptions<Options> = Options & { strides: readonly [number, number]; dilation: readonly [number, number] };

/** Gives the number of an option for one axis, 1 by default. @throws ArgumentError */
const only = (where: string, name: string, value: number | readonly number[] = 1): number =>
  checkList(where, name, value, 1, "a whole number from 1")[0];

/**
 * Convolves x [batch, time, channels] with a kernel [size, ...channels] by an op over frames. The result is
 * [batch, time', channels'].
 * @param where what errors begin with.
 * @param convolve is given frames of one row, a kernel of one row, and options for both axes.
 */
export function onOneRow<Options extends Pick<ConvOptions, "strides" | "dilation">>(
  where: string,
  x: Tensor,
  kernel: Tensor,
  options: Options,
  convolve: (x: Tensor, kernel: Tensor, options: RowOptions<Options>) => Tensor,
): Tensor {
  const [batch, time, channels] = x.shape;
  return scope(() => {
    const y = convolve(reshape(x, [batch, 1, time, channels]), reshape(kernel, [1, ...kernel.shape]), {
      ...options,
      strides: [1, only(where, "strides", options.strides)],
      dilation: [1, only(where, "dilation", options.dilation)],
    });
    return reshape(y, [batch, ...y.shape.slice(2)]);
  });
}
