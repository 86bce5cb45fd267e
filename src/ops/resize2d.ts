/** Resizing of frames. */
import { sin } from "../elementary.js";
import { checkList, checkOptions, ShapeError, shapeText, shown, unknownName } from "../errors.js";
import { checkTensors } from "../op.js";
import { scope } from "../scope.js";
import { allocate, type Tensor, tensor } from "../tensor.js";
import { add, multiply } from "./arithmetic.js";
import { gather } from "./gather.js";
import { reshape, transpose } from "./move.js";

/** The methods by which `resize2d` computes new pixels. */
export type Interpolation = "nearest" | "bilinear" | "bicubic" | "lanczos3" | "lanczos5";

/** Options of `resize2d`. */
export interface ResizeOptions {
  /** The method by which new pixels are computed, "bilinear" by default. */
  interpolation?: Interpolation;
  /** Whether frames that shrink are smoothed, so that every pixel counts, false by default. No effect on "nearest". */
  antialias?: boolean;
}

/** The weight of a pixel by its distance from the sampled position, in pixels; 0 from `radius` on. */
interface Filter {
  radius: number;
  weight(distance: number): number;
}

const lanczos = (radius: number): Filter => ({
  radius,
  weight: (x) =>
    x === 0 ? 1 : (radius * sin(Math.PI * x) * sin((Math.PI * x) / radius)) / (Math.PI * x * (Math.PI * x)),
});

/** Bicubic: R. Keys, "Cubic convolution interpolation for digital image processing", 1981. */
const filters: Record<Exclude<Interpolation, "nearest">, Filter> = {
  bilinear: { radius: 1, weight: (x) => 1 - x },
  bicubic: {
    radius: 2,
    weight: (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2),
  },
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
};

/** The most pixels along a side: a list of sources is made for each. */
const mostPixels = 2 ** 20;

/** The values of `interpolation`. */
export const interpolations: readonly string[] = ["nearest", ...Object.keys(filters)];

/**
 * Resizes frames x: [batch, height, width, channels] to [batch, ...size, channels].
 *
 * Positions are as in TensorFlow 2: the centre of pixel i of n lies at (i + 0.5) / n. The weights of a new pixel are
 * those of the pixels inside the frame, scaled to a sum of 1.
 *
 * @throws ShapeError when x has not four axes.
 * @example
 * resize2d(frames, [224, 224], { interpolation: "bilinear", antialias: true });
 */
export function resize2d(
  x: Tensor,
  size: readonly [height: number, width: number],
  options: ResizeOptions = {},
): Tensor {
  checkTensors("resize2d", [x]);
  checkOptions("resize2d", options, ["interpolation", "antialias"]);
  const { interpolation = "bilinear" } = options;
  if (!interpolations.includes(interpolation)) {
    throw unknownName("resize2d", "interpolation", interpolation, interpolations);
  }
  const [height, width] = checkList("resize2d", "size", size, 2, "a whole number from 0");
  if (x.shape.length !== 4) {
    throw new ShapeError(`resize2d: expected [batch, height, width, channels], received ${shapeText(x.shape)}.`);
  }
  if (x.shape[1] * x.shape[2] === 0 && height * width > 0) {
    throw new ShapeError(`resize2d: ${shapeText(x.shape)} has no pixels; expected one at least.`);
  }
  if (Math.max(height, width) > mostPixels) {
    throw new ShapeError(`resize2d: size ${shown(size)}; a side has at most ${mostPixels} pixels.`);
  }
  const swapSides = [0, 2, 1, 3]; // its own inverse
  return scope(() => {
    // Memory that is not there is missed before the weights of all rows are computed.
    allocate([x.shape[0], height, width, x.shape[3]], x.backend, "resize2d").dispose();
    const rows = resizeRows(x, height, options);
    return x.shape[2] === width ? rows : transpose(resizeRows(transpose(rows, swapSides), width, options), swapSides);
  });
}

/** Resizes x: [batch, rows, ...] to [batch, numOut, ...], as a sum of gathered and weighted rows. */
function resizeRows(x: Tensor, numOut: number, options: ResizeOptions): Tensor {
  const [batch, numRows, ...row] = x.shape as [number, number, ...number[]];
  if (numRows === numOut) return x;
  if (numOut === 0) return allocate([batch, 0, ...row], x.backend, "resize2d");
  const table = reshape(x, [batch * numRows, ...row]);
  const sources = Array.from({ length: numOut }, (_, i) => sourcesOf(i, numRows, numOut, options));
  const numTerms = Math.max(...sources.map((list) => list.length));
  const terms = Array.from({ length: numTerms }, (_, term) => {
    const at = (i: number) =>
      Math.floor(i / numOut) * numRows + (sources[i % numOut][term] ?? sources[i % numOut][0]).row;
    const places = Float32Array.from({ length: batch * numOut }, (_, i) => at(i));
    const weights = Float32Array.from(sources, (list) => list[term]?.weight ?? 0);
    const rows = gather(table, tensor(places, [batch, numOut]));
    return numTerms === 1 ? rows : multiply(rows, tensor(weights, [numOut, ...row.map(() => 1)]));
  });
  return terms.reduce((sum, term) => add(sum, term));
}

/** The weight of each of `from` rows in each of `to` rows of a resized frame, [to, from]. */
export function resizeMatrix(from: number, to: number, options: ResizeOptions): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    for (const { row, weight } of sourcesOf(i, from, to, options)) matrix[i * from + row] += weight;
  }
  return matrix;
}

/** The rows that row i of `numOut` is computed from, with their weights. */
function sourcesOf(
  i: number,
  numRows: number,
  numOut: number,
  options: ResizeOptions,
): { row: number; weight: number }[] {
  const { interpolation = "bilinear", antialias = false } = options;
  const scale = Math.fround(numRows / numOut); // in single precision, as the nearest pixel can depend on it
  if (interpolation === "nearest") {
    return [{ row: Math.min(Math.floor(Math.fround((i + 0.5) * scale)), numRows - 1), weight: 1 }];
  }
  const { radius, weight } = filters[interpolation];
  const stretch = antialias ? Math.max(scale, 1) : 1;
  const exact = (i + 0.5) * scale - 0.5;
  // TensorFlow has a table of bicubic weights for 1024 positions between two pixels.
  const centre = interpolation === "bicubic" && !antialias ? Math.round(exact * 1024) / 1024 : exact;
  const first = Math.max(Math.ceil(centre - radius * stretch), 0);
  const last = Math.min(Math.floor(centre + radius * stretch), numRows - 1);
  const list: { row: number; weight: number }[] = [];
  for (let row = first; row <= last; row++) {
    const distance = Math.abs(row - centre) / stretch;
    if (distance < radius) list.push({ row, weight: weight(distance) });
  }
  const total = list.reduce((sum, source) => sum + source.weight, 0);
  return list.map((source) => ({ row: source.row, weight: source.weight / total }));
}
