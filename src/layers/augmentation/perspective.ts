import { checkNumber } from "../../errors.js";
import { callable } from "../../layer.js";
import type { Tensor } from "../../tensor.js";
import {
  applyWhere,
  AugmentationLayer,
  type AugmentationOptions,
  type Draws,
  type Factor,
  type Range,
  readFactor,
} from "./augmentation.js";
import { project, type Projection, readWarp, type Warp, type WarpInterpolation } from "./warp.js";

/** The options of `RandomPerspective`. */
export interface RandomPerspectiveOptions extends AugmentationOptions {
  /** The probability, 0 to 1: its largest value or a range from which it is drawn; 1 by default. */
  factor?: Factor;
  /** How far corners move, 0 to 1; 1 by default. */
  scale?: number;
  /** How values between pixels are found: "bilinear" (the default) or "nearest". */
  interpolation?: WarpInterpolation;
  /** The value outside of frames; 0 by default. */
  fillValue?: number;
}

type Point = readonly [x: number, y: number];

/** The class of `RandomPerspective` layers, for subclasses and `instanceof`. */
export class RandomPerspectiveLayer extends AugmentationLayer {
  static override className = "RandomPerspective";
  /** The range of probabilities. */
  readonly factor: Range;
  /** How far corners move. */
  readonly scale: number;
  readonly #warp: Warp;

  constructor(options: RandomPerspectiveOptions = {}) {
    super(options, ["factor", "scale", "interpolation", "fillValue"]);
    this.factor = readFactor(this.label, "factor", options.factor ?? 1, [0, 1], true);
    this.scale = checkNumber(this.label, "scale", options.scale ?? 1, "a number from 0 to 1");
    const { interpolation, fillValue } = options;
    this.#warp = readWarp(this.label, { interpolation, fillValue, fillMode: "constant" });
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const [rows, height, width] = x.shape;
    const flags = draws.flags(this.factor);
    const moves = Array.from({ length: 8 }, () => draws.numbers([-this.scale / 2, this.scale / 2]));
    const corners: Point[] = [[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]]; // prettier-ignore
    const projections = Array.from({ length: rows }, (_, row) => {
      const moved = corners.map(([a, b], i): Point => [a * (1 + moves[2 * i][row]), b * (1 + moves[2 * i + 1][row])]);
      return projectionBetween(moved, corners);
    });
    return applyWhere(flags, project(x, projections, this.#warp), x);
  }
}

/**
 * The projection that takes four points to four others: eight linear equations, by elimination with pivots. NaN where
 * three of the points lie on a line.
 */
export function projectionBetween(from: readonly Point[], to: readonly Point[]): Projection {
  const rows = from.flatMap(([x, y], i) => [
    [x, y, 1, 0, 0, 0, -to[i][0] * x, -to[i][0] * y, to[i][0]],
    [0, 0, 0, x, y, 1, -to[i][1] * x, -to[i][1] * y, to[i][1]],
  ]);
  for (let column = 0; column < 8; column++) {
    const size = (row: number) => Math.abs(rows[row][column]);
    let pivot = column;
    for (let row = column + 1; row < 8; row++) if (size(row) > size(pivot)) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    const divided = rows[column].map((value) => value / rows[column][column]);
    rows[column] = divided;
    for (let row = 0; row < 8; row++) {
      const factor = rows[row][column];
      if (row !== column) rows[row] = rows[row].map((value, i) => value - factor * divided[i]);
    }
  }
  return rows.map((row) => row[8]);
}

/**
 * Makes a layer that moves the corners of frames by chance in training, as if they were seen from aside, and gives x
 * itself otherwise: `[batch, height, width, channels]` or clips with an axis of time, whose frames change alike.
 *
 * @throws ArgumentError for a factor or scale outside of 0 to 1, and an unknown interpolation.
 */
export const RandomPerspective = /* @__PURE__ */ callable(RandomPerspectiveLayer);
