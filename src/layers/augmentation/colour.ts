/** Augmentations of brightness and colours. */
import { checkNumber } from "../../errors.js";
import { callable } from "../../layer.js";
import { add, affine, clip, greater } from "../../ops/index.js";
import { where } from "../../ops/where.js";
import type { PartialShape } from "../../shape.js";
import { type Tensor, zeros } from "../../tensor.js";
import {
  applyWhere,
  AugmentationLayer,
  type AugmentationOptions,
  checkChannels,
  column,
  type Draws,
  type Factor,
  type Range,
  readFactor,
  readValueRange,
} from "./augmentation.js";
import {
  brighten,
  changeContrast,
  changeRange,
  fadeColours,
  keepBits,
  saturate,
  saturationFactors,
  toGrey,
  turnHue,
} from "./colours.js";

/** The options of augmentations that know the range of values. */
export interface ValueRangeOptions extends AugmentationOptions {
  /** The smallest and the largest value of pixels; `[0, 255]` by default. */
  valueRange?: readonly number[];
}

/** The options of augmentations of one strength. */
export interface FactorOptions extends ValueRangeOptions {
  /** The strength: its largest value, or the two ends of a range. Required. */
  factor: Factor;
}

/** The base of augmentations of one strength. */
export abstract class FactorLayer extends AugmentationLayer {
  /** The range of strengths that are allowed. */
  static bounds: Range = [-1, 1];
  /** The numbers of channels that the layer takes; any by default. */
  static channels: readonly number[] | undefined = undefined;
  /** The range of strengths. */
  readonly factor: Range;
  /** The smallest and the largest value of pixels. */
  readonly valueRange: Range;

  constructor(options: FactorOptions, known: readonly string[] = []) {
    super(options, [...known, "factor", "valueRange"]);
    const { bounds } = this.constructor as typeof FactorLayer;
    this.factor = readFactor(this.label, "factor", Object(options).factor, bounds, true);
    this.valueRange = readValueRange(this.label, options.valueRange);
  }

  protected override checkFrames(x: PartialShape): void {
    const { channels } = this.constructor as typeof FactorLayer;
    if (channels) checkChannels(this.label, x, channels);
  }
}

/** The class of `RandomBrightness` layers, for subclasses and `instanceof`. */
export class RandomBrightnessLayer extends FactorLayer {
  static override className = "RandomBrightness";

  protected override transform(x: Tensor, draws: Draws): Tensor {
    return brighten(x, draws.numbers(this.factor), this.valueRange);
  }
}

/**
 * Makes a layer that makes frames brighter or darker at random in training, by up to `factor` (-1 to 1) of the range of
 * values, and gives x itself otherwise: `[batch, height, width, channels]` or clips with an axis of time, whose frames
 * change alike.
 *
 * @throws ArgumentError for a factor outside of -1 to 1, and for no range of values.
 */
export const RandomBrightness = /* @__PURE__ */ callable(RandomBrightnessLayer);

/** The class of `RandomContrast` layers, for subclasses and `instanceof`. */
export class RandomContrastLayer extends FactorLayer {
  static override className = "RandomContrast";
  static override bounds: Range = [0, 1];

  protected override transform(x: Tensor, draws: Draws): Tensor {
    return changeContrast(x, draws.numbers(contrastFactors(this.factor)), this.valueRange);
  }
}

/** The factors of contrast: one number f, the range 0 to f, only raises it, as in Keras 3. */
const contrastFactors = ([low, high]: Range): Range => [1 - low, 1 + high];

/**
 * Makes a layer that changes the contrast of frames at random in training, by a factor from 1 - low to 1 + high for the
 * factor `[low, high]`, and gives x itself otherwise: `[batch, height, width, channels]` or clips with an axis of time,
 * whose frames change alike. As in Keras 3 a number f means `[0, f]`.
 *
 * @throws ArgumentError for a factor outside of 0 to 1, and for no range of values.
 */
export const RandomContrast = /* @__PURE__ */ callable(RandomContrastLayer);

/** The class of `RandomHue` layers, for subclasses and `instanceof`. */
export class RandomHueLayer extends FactorLayer {
  static override className = "RandomHue";
  static override bounds: Range = [0, 1];
  static override channels = [3];

  protected override transform(x: Tensor, draws: Draws): Tensor {
    return turnHue(x, hueTurns(draws, this.factor), this.valueRange);
  }
}

/** Turns to either side, by at most half a circle. */
function hueTurns(draws: Draws, factor: Range): Float32Array {
  const signs = draws.numbers([0, 1]);
  return draws.numbers(factor).map((amount, row) => (signs[row] > 0.5 ? -0.5 : 0.5) * amount);
}

/**
 * Makes a layer that turns the hues of frames at random in training, by up to `factor` (0 to 1) of half the circle of
 * colours to either side, and gives x itself otherwise: `[batch, height, width, 3]` or clips with an axis of time, whose
 * frames change alike.
 *
 * @throws ArgumentError for a factor outside of 0 to 1, and for no range of values.
 */
export const RandomHue = /* @__PURE__ */ callable(RandomHueLayer);

/** The class of `RandomSaturation` layers, for subclasses and `instanceof`. */
export class RandomSaturationLayer extends FactorLayer {
  static override className = "RandomSaturation";
  static override channels = [3];

  protected override transform(x: Tensor, draws: Draws): Tensor {
    return saturate(x, saturationFactors(draws.numbers(this.factor)), this.valueRange);
  }
}

/**
 * Makes a layer that changes the saturation of frames at random in training, from grey (0) over unchanged (0.5) to full
 * (1), and gives x itself otherwise: `[batch, height, width, 3]` or clips with an axis of time, whose frames change alike.
 *
 * @throws ArgumentError for a factor outside of -1 to 1, and for no range of values.
 */
export const RandomSaturation = /* @__PURE__ */ callable(RandomSaturationLayer);

/** The class of `RandomColorDegeneration` layers, for subclasses and `instanceof`. */
export class RandomColorDegenerationLayer extends FactorLayer {
  static override className = "RandomColorDegeneration";
  static override channels = [1, 3];

  protected override transform(x: Tensor, draws: Draws): Tensor {
    return fadeColours(x, draws.numbers(this.factor), this.valueRange);
  }
}

/**
 * Makes a layer that mixes frames with their grey at random in training, by a share from the range `factor` (-1 to 1),
 * and gives x itself otherwise: `[batch, height, width, 3]` or clips with an axis of time, whose frames change alike.
 *
 * @throws ArgumentError for a factor outside of -1 to 1, and for no range of values.
 */
export const RandomColorDegeneration = /* @__PURE__ */ callable(RandomColorDegenerationLayer);

/** The class of `RandomPosterization` layers, for subclasses and `instanceof`. */
export class RandomPosterizationLayer extends FactorLayer {
  static override className = "RandomPosterization";
  static override bounds: Range = [1, 8];

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const [low, high] = this.factor;
    // As in Keras, the upper end is left out where there is a range.
    const counts = draws.spread(() => (low === high ? low : low + draws.integer(Math.max(high - low, 1))));
    const bytes = clip(changeRange(x, this.valueRange, [0, 255]), 0, 255);
    return changeRange(keepBits(bytes, counts.map(Math.floor)), [0, 255], this.valueRange);
  }
}

/**
 * Makes a layer that keeps only the highest bits of values at random in training, `factor` (1 to 8) of 8, and gives x
 * itself otherwise: `[batch, height, width, channels]` or clips with an axis of time, whose frames change alike.
 *
 * @throws ArgumentError for a factor outside of 1 to 8, and for no range of values.
 */
export const RandomPosterization = /* @__PURE__ */ callable(RandomPosterizationLayer);

// ── by chance ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of `RandomInvert`. */
export interface RandomInvertOptions extends ValueRangeOptions {
  /** The probability, 0 to 1: its largest value or a range from which it is drawn; 1 by default. */
  factor?: Factor;
}

/** The class of `RandomInvert` layers, for subclasses and `instanceof`. */
export class RandomInvertLayer extends FactorLayer {
  static override className = "RandomInvert";
  static override bounds: Range = [0, 1];

  constructor(options: RandomInvertOptions = {}) {
    super({ factor: 1, ...options });
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    return applyWhere(draws.flags(this.factor), affine(x, -1, this.valueRange[1]), x);
  }
}

/**
 * Makes a layer that inverts frames by chance in training, and gives x itself otherwise:
 * `[batch, height, width, channels]` or clips with an axis of time, whose frames change alike.
 *
 * @throws ArgumentError for a factor outside of 0 to 1, and for no range of values.
 */
export const RandomInvert = /* @__PURE__ */ callable(RandomInvertLayer);

/** The options of `RandomGrayscale`. */
export interface RandomGrayscaleOptions extends AugmentationOptions {
  /** The probability, 0 to 1; 0.5 by default. */
  factor?: number;
}

/** The class of `RandomGrayscale` layers, for subclasses and `instanceof`. */
export class RandomGrayscaleLayer extends AugmentationLayer {
  static override className = "RandomGrayscale";
  /** The probability. */
  readonly factor: number;

  constructor(options: RandomGrayscaleOptions = {}) {
    super(options, ["factor"]);
    this.factor = checkNumber(this.label, "factor", options.factor ?? 0.5, "a number from 0 to 1");
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const flags = draws.numbers([0, 1]).map((value) => Number(value < this.factor));
    return applyWhere(flags, add(toGrey(x), zeros(x.shape)), x);
  }

  protected override checkFrames(x: PartialShape): void {
    checkChannels(this.label, x, [1, 3]);
  }
}

/**
 * Makes a layer that makes frames grey by chance in training, with three equal channels, and gives x itself otherwise:
 * `[batch, height, width, 3]` or clips with an axis of time, whose frames change alike.
 *
 * @throws ArgumentError for a factor outside of 0 to 1.
 */
export const RandomGrayscale = /* @__PURE__ */ callable(RandomGrayscaleLayer);

// ── several at once ──────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of `RandomColorJitter`. */
export interface RandomColorJitterOptions extends ValueRangeOptions {
  /** The factor of `RandomBrightness`; none by default. */
  brightnessFactor?: Factor | null;
  /** The factor of `RandomContrast`; none by default. */
  contrastFactor?: Factor | null;
  /** The factor of `RandomSaturation`; none by default. */
  saturationFactor?: Factor | null;
  /** The factor of `RandomHue`; none by default. */
  hueFactor?: Factor | null;
}

/** The class of `RandomColorJitter` layers, for subclasses and `instanceof`. */
export class RandomColorJitterLayer extends AugmentationLayer {
  static override className = "RandomColorJitter";
  /** The range of brightness; undefined if it stays. */
  readonly brightnessFactor: Range | undefined;
  /** The range of contrast; undefined if it stays. */
  readonly contrastFactor: Range | undefined;
  /** The range of saturation; undefined if it stays. */
  readonly saturationFactor: Range | undefined;
  /** The range of hue; undefined if it stays. */
  readonly hueFactor: Range | undefined;
  /** The smallest and the largest value of pixels. */
  readonly valueRange: Range;

  constructor(options: RandomColorJitterOptions = {}) {
    super(options, ["valueRange", "brightnessFactor", "contrastFactor", "saturationFactor", "hueFactor"]);
    const read = (option: string, value: unknown, bounds: Range) =>
      value == null ? undefined : readFactor(this.label, option, value, bounds, true);
    this.brightnessFactor = read("brightnessFactor", options.brightnessFactor, [-1, 1]);
    this.contrastFactor = read("contrastFactor", options.contrastFactor, [0, 1]);
    this.saturationFactor = read("saturationFactor", options.saturationFactor, [-1, 1]);
    this.hueFactor = read("hueFactor", options.hueFactor, [0, 1]);
    this.valueRange = readValueRange(this.label, options.valueRange);
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const { brightnessFactor, contrastFactor, saturationFactor, hueFactor, valueRange } = this;
    let y = x;
    if (brightnessFactor) y = brighten(y, draws.numbers(brightnessFactor), valueRange);
    if (contrastFactor) y = changeContrast(y, draws.numbers(contrastFactors(contrastFactor)), valueRange);
    if (saturationFactor) y = saturate(y, saturationFactors(draws.numbers(saturationFactor)), valueRange);
    return hueFactor ? turnHue(y, hueTurns(draws, hueFactor), valueRange) : y;
  }

  protected override checkFrames(x: PartialShape): void {
    if (this.saturationFactor ?? this.hueFactor) checkChannels(this.label, x, [3]);
  }
}

/**
 * Makes a layer that changes brightness, contrast, saturation and hue of frames at random in training, in this order and
 * as far as factors are given, and gives x itself otherwise: `[batch, height, width, 3]` or clips with an axis of time,
 * whose frames change alike.
 *
 * @throws ArgumentError for a factor outside of its bounds, and for no range of values.
 */
export const RandomColorJitter = /* @__PURE__ */ callable(RandomColorJitterLayer);

/** The options of `Solarization`. */
export interface SolarizationOptions extends ValueRangeOptions {
  /** What is added first, as a share of 255, 0 to 1: its largest value or a range; 0 by default. */
  additionFactor?: Factor;
  /** From which value on values are inverted, as a share of 255, 0 to 1: its largest value or a range; 0 by default. */
  thresholdFactor?: Factor;
}

/** The class of `Solarization` layers, for subclasses and `instanceof`. */
export class SolarizationLayer extends AugmentationLayer {
  static override className = "Solarization";
  /** The range of what is added, as shares of 255. */
  readonly additionFactor: Range;
  /** The range of thresholds, as shares of 255. */
  readonly thresholdFactor: Range;
  /** The smallest and the largest value of pixels. */
  readonly valueRange: Range;

  constructor(options: SolarizationOptions = {}) {
    super(options, ["additionFactor", "thresholdFactor", "valueRange"]);
    this.additionFactor = readFactor(this.label, "additionFactor", options.additionFactor ?? 0, [0, 1]);
    this.thresholdFactor = readFactor(this.label, "thresholdFactor", options.thresholdFactor ?? 0, [0, 1]);
    this.valueRange = readValueRange(this.label, options.valueRange);
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    // As in Keras, only the upper end is a share of 255; the lower one is a value.
    const [additions, thresholds] = [this.additionFactor, this.thresholdFactor].map(([low, high]) =>
      column(draws.numbers([low, high * 255])),
    );
    const bytes = clip(add(changeRange(x, this.valueRange, [0, 255]), additions), 0, 255);
    const isBelow = greater(thresholds, bytes);
    return changeRange(where(isBelow, bytes, affine(bytes, -1, 255)), [0, 255], this.valueRange);
  }
}

/**
 * Makes a layer that inverts the values of frames from a random threshold on in training, after a random addition, and
 * gives x itself otherwise: `[batch, height, width, channels]` or clips with an axis of time, whose frames change alike.
 *
 * @throws ArgumentError for a factor outside of 0 to 1, and for no range of values.
 */
export const Solarization = /* @__PURE__ */ callable(SolarizationLayer);
