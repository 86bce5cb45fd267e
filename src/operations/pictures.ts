/** Operations on frames [batch, height, width, channels] and other windows, made of the ops, as `keras.ops` has them. */
import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { averagePool2d, type Interpolation, matMul, maxPool2d, reshape, resize2d } from "../ops/index.js";
import { scope } from "../scope.js";
import type { Padding } from "../shape.js";
import { type Tensor, tensor } from "../tensor.js";

/** Grey values of colours: the luma of ITU-R BT.601, as TensorFlow rounds its weights. */
export function rgbToGrayscale(x: Tensor): Tensor {
  if (x.shape.at(-1) === 1) return x;
  if (x.shape.at(-1) !== 3) throw new ShapeError(`rgbToGrayscale: expected 3 channels or 1, received ${shapeText(x.shape)}.`); // prettier-ignore
  return scope(() => matMul(x, tensor([[0.2989], [0.587], [0.114]])));
}

/** Resizes frames, or one frame [height, width, channels]. */
export function resize(
  x: Tensor,
  size: readonly [number, number],
  interpolation: Interpolation = "bilinear",
  antialias = false,
): Tensor {
  // prettier-ignore
  if (x.shape.length !== 3) return resize2d(x, size, { interpolation, antialias });
  return scope(() => {
    const y = resize2d(reshape(x, [1, ...x.shape]), size, { interpolation, antialias });
    return reshape(y, y.shape.slice(1));
  });
}

type Pool = (x: Tensor, pool: readonly [number, number], options: { strides?: readonly [number, number]; padding?: Padding }) => Tensor; // prettier-ignore

/** Pooling over one or two axes of space. */
const pooling =
  (name: string, pool: Pool) =>
  (
    x: Tensor,
    size: number | readonly number[],
    strides?: number | readonly number[] | null,
    padding: Padding = "valid",
  ) => {
    const spatial = x.shape.length - 2;
    if (spatial !== 1 && spatial !== 2) throw new ShapeError(`${name}: expected one or two axes of space, received ${shapeText(x.shape)}.`); // prettier-ignore
    const pair = (value: number | readonly number[]): readonly [number, number] => {
      const list = typeof value === "number" ? new Array<number>(spatial).fill(value) : value;
      if (!Array.isArray(list) || list.length !== spatial) throw new ArgumentError(`${name}: ${shown(value)}; expected ${spatial} numbers.`); // prettier-ignore
      return spatial === 1 ? [1, list[0]] : (list as [number, number]);
    };
    const options = { strides: pair(strides ?? size), padding };
    if (spatial === 2) return pool(x, pair(size), options);
    return scope(() => {
      const [batch, length, channels] = x.shape;
      const y = pool(reshape(x, [batch, 1, length, channels]), pair(size), options);
      return reshape(y, [batch, y.shape[2], channels]);
    });
  };

export const maxPool = pooling("maxPool", maxPool2d);
export const averagePool = pooling("averagePool", averagePool2d);
