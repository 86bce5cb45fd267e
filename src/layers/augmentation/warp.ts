/** Frames sampled at other places: the base of rotation, zoom and their kin. */
import { checkNumber, unknownName } from "../../errors.js";
import { add, concat, gather, multiply, reshape, slice } from "../../ops/index.js";
import { scope } from "../../scope.js";
import { type Tensor, tensor } from "../../tensor.js";

/** How pixels outside of a frame are found. */
export type FillMode = "constant" | "nearest" | "reflect" | "wrap";
/** How values between pixels are found. */
export type WarpInterpolation = "bilinear" | "nearest";

/** The options of layers that move pixels. */
export interface WarpOptions {
  /**
   * What is seen outside of a frame: "reflect" (the default: `d c b a | a b c d | d c b a`), "wrap"
   * (`a b c d | a b c d | a b c d`), "nearest" (`a a a a | a b c d | d d d d`) or "constant" (`fillValue`).
   */
  fillMode?: FillMode;
  /** The value outside of frames with fillMode "constant"; 0 by default. */
  fillValue?: number;
  /** How values between pixels are found: "bilinear" (the default) or "nearest". */
  interpolation?: WarpInterpolation;
}

/** Options that are all set. */
export type Warp = Required<WarpOptions>;

/** The place x, y in a frame where row `row`'s pixel at x, y is taken from; NaN for none. */
export type Source = (row: number, x: number, y: number) => readonly [x: number, y: number];

/** Brings a coordinate into a side of `length` pixels, as the operation of TensorFlow that Keras calls does. */
type Fold = (at: number, length: number) => number;

const { fround } = Math;
const inside = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);

const folds: Record<FillMode, Fold> = {
  constant: (at) => at,
  nearest: inside,
  reflect: (at, length) => {
    if (length === 1) return 0;
    const period = 2 * length;
    let place = at;
    if (at < 0) {
      place = fround(period * Math.trunc(fround(-at / period)) + at);
      place = place < -length ? fround(place + period) : fround(-place - 1);
    } else if (at > length - 1) {
      place = fround(at - period * Math.trunc(fround(at / period)));
      if (place >= length) place = fround(period - place - 1);
    }
    return inside(place, length);
  },
  wrap: (at, length) => {
    if (length === 1) return 0;
    const last = length - 1;
    let place = at;
    if (at < 0) place = fround(at + length * (Math.trunc(fround(-at / last)) + 1));
    else if (at > last) place = fround(at - length * Math.trunc(fround(at / last)));
    return inside(place, length);
  },
};

export const fillModes: readonly string[] = Object.keys(folds);
export const warpInterpolations: readonly string[] = ["bilinear", "nearest"];

/** Rounds to the nearest whole number, halves away from 0. */
const round = (value: number) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

/** The most pixels that are gathered at once: their numbers are exact as 32-bit floats. */
const mostPixels = 2 ** 22;

/** Samples frames `[rows, height, width, channels]` where `source` says. */
export const warp = (x: Tensor, source: Source, options: Warp): Tensor =>
  scope(() => {
    const [rows, height, width] = x.shape;
    if (rows === 0) return x;
    const atOnce = Math.max(1, Math.floor(mostPixels / (height * width)));
    const parts: Tensor[] = [];
    for (let from = 0; from < rows; from += atOnce) {
      const part = rows <= atOnce ? x : slice(x, [from, 0, 0, 0], [Math.min(atOnce, rows - from), -1, -1, -1]);
      parts.push(warpPart(part, (row, column, line) => source(from + row, column, line), options));
    }
    return parts.length === 1 ? parts[0] : concat(parts, 0);
  });

/** A pixel that each pixel of the result is computed from, with its weight: 0 outside of the frame. */
interface Term {
  readonly places: Float32Array;
  readonly weights: Float32Array;
}

function warpPart(x: Tensor, source: Source, options: Warp): Tensor {
  const [rows, height, width, channels] = x.shape;
  const { terms, outside } = termsOf(rows, height, width, source, options);
  const pixels = reshape(x, [rows * height * width, channels]);
  const shape = [rows, height, width];
  const weighted = terms.map(({ places, weights }) =>
    multiply(gather(pixels, tensor(places, shape)), tensor(weights, [...shape, 1])),
  );
  const y = weighted.reduce((sum, term) => add(sum, term));
  const { fillValue } = options;
  if (fillValue === 0 || !outside.some((weight) => weight !== 0)) return y;
  return add(
    y,
    tensor(
      outside.map((weight) => weight * fillValue),
      [...shape, 1],
    ),
  );
}

function termsOf(rows: number, height: number, width: number, source: Source, options: Warp) {
  const size = rows * height * width;
  const fold = folds[options.fillMode];
  const terms = Array.from({ length: options.interpolation === "nearest" ? 1 : 4 }, (): Term => {
    return { places: new Float32Array(size), weights: new Float32Array(size) };
  });
  /** The weight of what lies outside of the frame. */
  const outside = new Float32Array(size);
  const put = (term: Term, at: number, row: number, column: number, line: number, weight: number) => {
    if (column >= 0 && column < width && line >= 0 && line < height) {
      term.places[at] = (row * height + line) * width + column;
      term.weights[at] = weight;
    } else outside[at] += weight;
  };
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let line = 0; line < height; line++) {
      for (let column = 0; column < width; column++, at++) {
        const place = source(row, column, line);
        const [across, down] = [fold(fround(place[0]), width), fold(fround(place[1]), height)];
        if (!Number.isFinite(across + down)) outside[at] = 1;
        else if (terms.length === 1) put(terms[0], at, row, round(across), round(down), 1);
        else {
          const [left, top] = [Math.floor(across), Math.floor(down)];
          const [right, bottom] = [fround(across - left), fround(down - top)];
          put(terms[0], at, row, left, top, (1 - right) * (1 - bottom));
          put(terms[1], at, row, left + 1, top, right * (1 - bottom));
          put(terms[2], at, row, left, top + 1, (1 - right) * bottom);
          put(terms[3], at, row, left + 1, top + 1, right * bottom);
        }
      }
    }
  }
  return { terms, outside };
}

/**
 * A projective transform by its eight numbers: the pixel at x, y is taken from (a x + b y + c) / k, (d x + e y + f) / k
 * with k = g x + h y + 1.
 */
export type Projection = readonly number[];

/** Moves the pixels of each frame by its projection. */
export function project(x: Tensor, projections: readonly Projection[], options: Warp): Tensor {
  const rounded = projections.map((numbers) => numbers.map(fround));
  return warp(
    x,
    (row, column, line) => {
      const [a, b, c, d, e, f, g, h] = rounded[row];
      const k = fround(fround(g * column) + fround(h * line)) + 1;
      if (k === 0) return [NaN, NaN];
      const across = fround(fround(fround(a * column) + fround(b * line)) + c) / k;
      return [across, fround(fround(fround(d * column) + fround(e * line)) + f) / k];
    },
    options,
  );
}

/** The options of a warp, checked. @throws ArgumentError */
export function readWarp(label: string, options: WarpOptions): Warp {
  const { fillMode = "reflect", fillValue = 0, interpolation = "bilinear" } = options;
  if (!fillModes.includes(fillMode)) throw unknownName(label, "fillMode", fillMode, fillModes);
  if (!warpInterpolations.includes(interpolation)) {
    throw unknownName(label, "interpolation", interpolation, warpInterpolations);
  }
  return { fillMode, fillValue: checkNumber(label, "fillValue", fillValue, "a finite number"), interpolation };
}
