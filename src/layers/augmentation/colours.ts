/** Changes of colours, frame by frame, that several augmentations share. */
import {
  abs,
  add,
  affine,
  clip,
  concat,
  divide,
  equal,
  greater,
  max,
  maximum,
  mean,
  multiply,
  reshape,
  slice,
  subtract,
  sum,
} from "../../ops/index.js";
import { where } from "../../ops/where.js";
import { type Tensor, tensor } from "../../tensor.js";
import { column, type Range } from "./augmentation.js";

/** Adds a number to each frame, in units of the range, and clips. */
export const brighten = (x: Tensor, amounts: Float32Array, [low, high]: Range): Tensor =>
  clip(add(x, column(amounts.map((amount) => amount * (high - low)))), low, high);

/** Multiplies the distance of each channel from its mean by a factor for each frame, and clips. */
export function changeContrast(x: Tensor, factors: Float32Array, [low, high]: Range): Tensor {
  const middle = mean(x, [1, 2], true);
  return clip(add(multiply(subtract(x, middle), column(factors)), middle), low, high);
}

/** Gives the brightness of the colours: three channels become one. */
export const toGrey = (x: Tensor): Tensor =>
  x.shape[3] === 1 ? x : sum(multiply(x, tensor([0.2989, 0.587, 0.114])), -1, true);

/** Mixes each frame with its own grey by a share for each frame, and clips. */
export const fadeColours = (x: Tensor, shares: Float32Array, [low, high]: Range): Tensor =>
  clip(add(x, multiply(column(shares), subtract(toGrey(x), x))), low, high);

/** Brings values from one range to another. */
export function changeRange(x: Tensor, from: Range, to: Range): Tensor {
  if (from[0] === to[0] && from[1] === to[1]) return x;
  const scale = (to[1] - to[0]) / (from[1] - from[0]);
  return affine(affine(x, 1, -from[0]), scale, to[0]);
}

const channel = (x: Tensor, i: number): Tensor => slice(x, [0, 0, 0, i], [-1, -1, -1, 1]);

/** Hue, saturation and value of red, green and blue (A. R. Smith, "Color gamut transform pairs", 1978). */
function toHsv(x: Tensor): [hue: Tensor, saturation: Tensor, value: Tensor] {
  const [red, green, blue] = [0, 1, 2].map((i) => channel(x, i));
  const value = max(x, -1, true);
  const range = subtract(value, affine(max(affine(x, -1, 0), -1, true), -1, 0));
  const sixth = affine(maximum(range, 1e-30), 6, 0);
  const between = (a: Tensor, b: Tensor, offset: number) => affine(divide(subtract(a, b), sixth), 1, offset);
  const others = where(equal(green, value), between(blue, red, 1 / 3), between(red, green, 2 / 3));
  const angle = where(equal(red, value), between(green, blue, 0), others);
  const hue = add(angle, greater(0, angle));
  const isLit = greater(value, 0);
  return [hue, multiply(isLit, divide(range, maximum(value, 1e-30))), value];
}

/** Red, green and blue of hue, saturation and value. */
function fromHsv(hue: Tensor, saturation: Tensor, value: Tensor): Tensor {
  const sixths = affine(hue, 6, 0);
  const from = (middle: number) => abs(affine(sixths, 1, -middle));
  const shares = [affine(from(3), 1, -1), affine(from(2), -1, 2), affine(from(4), -1, 2)];
  const colours = concat(shares.map((share) => clip(share, 0, 1)), -1); // prettier-ignore
  return multiply(add(affine(saturation, -1, 1), multiply(saturation, colours)), value);
}

/** Turns the hue of each frame by a share of the circle of colours. */
export function turnHue(x: Tensor, turns: Float32Array, range: Range): Tensor {
  const [hue, saturation, value] = toHsv(changeRange(x, range, [0, 1]));
  const turned = add(hue, column(turns));
  const notAbove = subtract(turned, greater(turned, 1));
  const back = add(notAbove, greater(0, notAbove));
  return changeRange(clip(fromHsv(back, saturation, value), 0, 1), [0, 1], range);
}

/** Multiplies the saturation of each frame by a factor, and clips it. */
export function saturate(x: Tensor, factors: Float32Array, [low, high]: Range): Tensor {
  const [hue, saturation, value] = toHsv(x);
  return fromHsv(hue, clip(multiply(saturation, column(factors)), low, high), value);
}

/** The factors of saturation for shares from 0 (grey) over 0.5 (as it is) to 1. */
export const saturationFactors = (shares: Float32Array): Float32Array =>
  shares.map((share) => share / (1 - share + 1e-7));

/** Keeps the highest bits of each value, as many as are given for each frame; values are 0 to 255. */
export function keepBits(x: Tensor, counts: Float32Array): Tensor {
  let rest = x;
  let kept: Tensor | undefined;
  for (let bit = 7; bit >= 0; bit--) {
    const worth = 1 << bit;
    const isSet = affine(greater(worth, rest), -1, 1);
    const part = multiply(isSet, column(counts.map((count) => (count >= 8 - bit ? worth : 0))));
    kept = kept ? add(kept, part) : part;
    rest = subtract(rest, affine(isSet, worth, 0));
  }
  return kept!;
}

/** Stretches each channel of each frame over the whole range; one of a single value stays as it is, and an infinite number. */
export function stretch(x: Tensor, range: Range): Tensor {
  const bytes = changeRange(x, range, [0, 255]);
  const flat = reshape(bytes, [x.shape[0], x.shape[1] * x.shape[2], x.shape[3]]);
  const perChannel = (values: Tensor) => reshape(values, [x.shape[0], 1, 1, x.shape[3]]);
  const high = perChannel(max(flat, 1));
  const low = perChannel(affine(max(affine(flat, -1, 0), 1), -1, 0));
  const width = subtract(high, low);
  const isFlat = equal(width, 0);
  const scale = divide(255, add(width, isFlat));
  const stretched = multiply(subtract(bytes, low), scale);
  const isStretched = greater(equal(stretched, stretched), isFlat); // not where it is NaN, as in Keras
  return where(isStretched, changeRange(clip(stretched, 0, 255), [0, 255], range), x);
}
