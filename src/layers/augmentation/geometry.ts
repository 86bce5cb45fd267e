/** Augmentations that turn, zoom, move and shear frames. */
import { cos, sin } from "../../elementary.js";
import { callable } from "../../layer.js";
import type { Tensor } from "../../tensor.js";
import {
  AugmentationLayer,
  type AugmentationOptions,
  type Draws,
  type Factor,
  type Range,
  readFactor,
} from "./augmentation.js";
import { project, type Projection, readWarp, type Warp, type WarpOptions } from "./warp.js";

const warpWords = ["fillMode", "fillValue", "interpolation"];

/** The base of layers that move the pixels of each frame by a projective transform. */
abstract class ProjectionLayer extends AugmentationLayer {
  /** What is seen outside of frames and between pixels. */
  protected readonly warp: Warp;

  constructor(options: AugmentationOptions & WarpOptions, known: readonly string[]) {
    super(options, [...known, ...warpWords]);
    this.warp = readWarp(this.label, options);
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const [rows, height, width] = x.shape;
    const projection = this.projections(draws, height, width);
    return project(
      x,
      Array.from({ length: rows }, (_, row) => projection(row)),
      this.warp,
    );
  }

  /** Draws the transforms of all frames, and gives that of each. */
  protected abstract projections(draws: Draws, height: number, width: number): (row: number) => Projection;
}

// ── rotation ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of `RandomRotation`. */
export interface RandomRotationOptions extends AugmentationOptions, WarpOptions {
  /** The largest turn to both sides as a share of a whole turn, 0 to 1, or the two ends of a range. Required. */
  factor: Factor;
}

/** The class of `RandomRotation` layers, for subclasses and `instanceof`. */
export class RandomRotationLayer extends ProjectionLayer {
  static override className = "RandomRotation";
  /** The range of turns, in whole turns. */
  readonly factor: Range;

  constructor(options: RandomRotationOptions) {
    super(options, ["factor"]);
    this.factor = readFactor(this.label, "factor", options.factor, [-1, 1], true);
  }

  protected override projections(draws: Draws, height: number, width: number): (row: number) => Projection {
    const turns = draws.numbers(this.factor);
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    return (row) => {
      const [c, s] = [cos(2 * Math.PI * turns[row]), sin(2 * Math.PI * turns[row])];
      return [c, -s, x - x * c + y * s, s, c, y - x * s - y * c, 0, 0];
    };
  }
}

/**
 * Makes a layer that turns frames around their middle at random in training, and gives x itself otherwise:
 * `[batch, height, width, channels]` or clips `[batch, time, height, width, channels]`, whose frames are turned alike.
 *
 * @throws ArgumentError for a factor outside of -1 to 1, and for unknown modes.
 * @example
 * const y = RandomRotation({ factor: 0.1 })(frames, { training: true }); // by at most 36 degrees
 */
export const RandomRotation = /* @__PURE__ */ callable(RandomRotationLayer);

// ── zoom ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of `RandomZoom`. */
export interface RandomZoomOptions extends AugmentationOptions, WarpOptions {
  /**
   * How much smaller (above 0) or larger (below 0) frames become vertically, as a share from -1 to 1: a number for both
   * sides, or the two ends of a range. Required.
   */
  heightFactor: Factor;
  /** The same horizontally; by default frames keep their proportions. */
  widthFactor?: Factor | null;
}

/** The class of `RandomZoom` layers, for subclasses and `instanceof`. */
export class RandomZoomLayer extends ProjectionLayer {
  static override className = "RandomZoom";
  /** The range of shares by which heights change. */
  readonly heightFactor: Range;
  /** The range of shares by which widths change; undefined if as heights do. */
  readonly widthFactor: Range | undefined;

  constructor(options: RandomZoomOptions) {
    super(options, ["heightFactor", "widthFactor"]);
    const read = (option: string, value: unknown) => readFactor(this.label, option, value, [-1, 1]);
    this.heightFactor = read("heightFactor", options.heightFactor);
    this.widthFactor = options.widthFactor == null ? undefined : read("widthFactor", options.widthFactor);
  }

  protected override projections(draws: Draws, height: number, width: number): (row: number) => Projection {
    const downs = draws.numbers(this.heightFactor);
    const acrosses = this.widthFactor ? draws.numbers(this.widthFactor) : downs;
    return (row) => {
      const [across, down] = [1 + acrosses[row], 1 + downs[row]];
      return [across, 0, ((width - 1) / 2) * (1 - across), 0, down, ((height - 1) / 2) * (1 - down), 0, 0];
    };
  }
}

/**
 * Makes a layer that zooms frames at random in training, and gives x itself otherwise:
 * `[batch, height, width, channels]` or clips `[batch, time, height, width, channels]`, whose frames are zoomed alike.
 *
 * @throws ArgumentError for a factor outside of -1 to 1, and for unknown modes.
 */
export const RandomZoom = /* @__PURE__ */ callable(RandomZoomLayer);

// ── translation ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of `RandomTranslation`. */
export interface RandomTranslationOptions extends AugmentationOptions, WarpOptions {
  /** How far frames move down as a share of the height, -1 to 1: a number for both sides, or a range. Required. */
  heightFactor: Factor;
  /** How far frames move to the right as a share of the width, -1 to 1: a number for both sides, or a range. Required. */
  widthFactor: Factor;
}

/** The class of `RandomTranslation` layers, for subclasses and `instanceof`. */
export class RandomTranslationLayer extends ProjectionLayer {
  static override className = "RandomTranslation";
  /** The range of moves down, in heights. */
  readonly heightFactor: Range;
  /** The range of moves to the right, in widths. */
  readonly widthFactor: Range;

  constructor(options: RandomTranslationOptions) {
    super(options, ["heightFactor", "widthFactor"]);
    this.heightFactor = readFactor(this.label, "heightFactor", options.heightFactor, [-1, 1]);
    this.widthFactor = readFactor(this.label, "widthFactor", options.widthFactor, [-1, 1]);
  }

  protected override projections(draws: Draws, height: number, width: number): (row: number) => Projection {
    const [downs, acrosses] = [draws.numbers(this.heightFactor), draws.numbers(this.widthFactor)];
    return (row) => [1, 0, -acrosses[row] * width, 0, 1, -downs[row] * height, 0, 0];
  }
}

/**
 * Makes a layer that moves frames down and across at random in training, and gives x itself otherwise:
 * `[batch, height, width, channels]` or clips `[batch, time, height, width, channels]`, whose frames move alike.
 *
 * @throws ArgumentError for a factor outside of -1 to 1, and for unknown modes.
 */
export const RandomTranslation = /* @__PURE__ */ callable(RandomTranslationLayer);

// ── shear ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of `RandomShear`. */
export interface RandomShearOptions extends AugmentationOptions, WarpOptions {
  /** The shear across, as pixels for each pixel down, 0 to 1: its largest value or a range; 0 by default. */
  xFactor?: Factor;
  /** The shear down, as pixels for each pixel across, 0 to 1: its largest value or a range; 0 by default. */
  yFactor?: Factor;
}

/** The class of `RandomShear` layers, for subclasses and `instanceof`. */
export class RandomShearLayer extends ProjectionLayer {
  static override className = "RandomShear";
  /** The range of shears across. */
  readonly xFactor: Range;
  /** The range of shears down. */
  readonly yFactor: Range;

  constructor(options: RandomShearOptions = {}) {
    super(options, ["xFactor", "yFactor"]);
    this.xFactor = readShear(this.label, "xFactor", options.xFactor);
    this.yFactor = readShear(this.label, "yFactor", options.yFactor);
  }

  protected override projections(draws: Draws): (row: number) => Projection {
    const signs = draws.numbers([0, 1]).map((value) => (value > 0.5 ? -1 : 1));
    const [downs, acrosses] = [draws.numbers(this.yFactor), draws.numbers(this.xFactor)];
    return (row) => [1, signs[row] * acrosses[row], 0, signs[row] * downs[row], 1, 0, 0, 0];
  }
}

/** A number means both directions; Keras's files hold it as the pair -f, f. */
function readShear(label: string, option: string, value: Factor = 0): Range {
  const isBoth = Array.isArray(value) && value[0] === -value[1];
  const range = readFactor(label, option, isBoth ? (value as readonly number[])[1] : value, [0, 1]);
  return isBoth || typeof value === "number" ? [-range[1], range[1]] : range;
}

/**
 * Makes a layer that shears frames at random in training, to either side, and gives x itself otherwise:
 * `[batch, height, width, channels]` or clips `[batch, time, height, width, channels]`, whose frames are sheared alike.
 *
 * @throws ArgumentError for a factor outside of 0 to 1, and for unknown modes.
 */
export const RandomShear = /* @__PURE__ */ callable(RandomShearLayer);
