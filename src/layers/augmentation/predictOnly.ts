/**
 * Augmentations that are only there so that models with them can predict: in training they are refused, because what
 * they do needs the values of pixels on the host, which ops do not give.
 */
import { ArgumentError } from "../../errors.js";
import { callable } from "../../layer.js";
import type { Tensor } from "../../tensor.js";
import { AugmentationLayer, type AugmentationOptions, type Factor } from "./augmentation.js";

/** The base of augmentations that give x itself, and are refused in training. */
abstract class PredictOnlyLayer extends AugmentationLayer {
  /** Refuses to change frames. @throws ArgumentError always. */
  protected override transform(): Tensor {
    throw new ArgumentError(
      `${this.label}: cannot be trained with here, as ${this.className} is only there for prediction; take it out, or augment the data before fit.`,
    );
  }
}

/** The options of `AugMix`, which have no effect here. */
export interface AugMixOptions extends AugmentationOptions {
  /** The smallest and the largest value of pixels; `[0, 255]` by default. */
  valueRange?: readonly number[];
  /** The number of chains of augmentations; 3 by default. */
  numChains?: number;
  /** The length of a chain; 3 by default. */
  chainDepth?: number;
  /** The strength of augmentations; 0.3 by default. */
  factor?: Factor;
  /** The parameter of the distributions of shares; 1 by default. */
  alpha?: number;
  /** Whether all augmentations are used; true by default. */
  allOps?: boolean;
  /** How values between pixels are found; "bilinear" by default. */
  interpolation?: string;
}

/** The class of `AugMix` layers, for subclasses and `instanceof`. */
export class AugMixLayer extends PredictOnlyLayer {
  static override className = "AugMix";

  constructor(options: AugMixOptions = {}) {
    super(options, ["valueRange", "numChains", "chainDepth", "factor", "alpha", "allOps", "interpolation"]);
  }
}

/**
 * Makes a layer that gives x itself, for files that hold Keras's `AugMix`: `[batch, height, width, channels]` or clips
 * with an axis of time.
 *
 * @throws ArgumentError in training.
 */
export const AugMix = /* @__PURE__ */ callable(AugMixLayer);

/** The options of `RandAugment`, which have no effect here. */
export interface RandAugmentOptions extends AugmentationOptions {
  /** The smallest and the largest value of pixels; `[0, 255]` by default. */
  valueRange?: readonly number[];
  /** The number of augmentations of a frame; 2 by default. */
  numOps?: number;
  /** The strength of augmentations; 0.5 by default. */
  factor?: Factor;
  /** How values between pixels are found; "bilinear" by default. */
  interpolation?: string;
}

/** The class of `RandAugment` layers, for subclasses and `instanceof`. */
export class RandAugmentLayer extends PredictOnlyLayer {
  static override className = "RandAugment";

  constructor(options: RandAugmentOptions = {}) {
    super(options, ["valueRange", "numOps", "factor", "interpolation"]);
  }
}

/**
 * Makes a layer that gives x itself, for files that hold Keras's `RandAugment`: `[batch, height, width, channels]` or
 * clips with an axis of time.
 *
 * @throws ArgumentError in training.
 */
export const RandAugment = /* @__PURE__ */ callable(RandAugmentLayer);

/** The options of `RandomElasticTransform`, which have no effect here. */
export interface RandomElasticTransformOptions extends AugmentationOptions {
  /** The probability; 1 by default. */
  factor?: Factor;
  /** The strength of the distortion; 1 by default. */
  scale?: Factor;
  /** How values between pixels are found; "bilinear" by default. */
  interpolation?: string;
  /** What is seen outside of a frame; "reflect" by default. */
  fillMode?: string;
  /** The value outside of frames; 0 by default. */
  fillValue?: number;
  /** The smallest and the largest value of pixels; `[0, 255]` by default. */
  valueRange?: readonly number[];
}

/** The class of `RandomElasticTransform` layers, for subclasses and `instanceof`. */
export class RandomElasticTransformLayer extends PredictOnlyLayer {
  static override className = "RandomElasticTransform";

  constructor(options: RandomElasticTransformOptions = {}) {
    super(options, ["factor", "scale", "interpolation", "fillMode", "fillValue", "valueRange"]);
  }
}

/**
 * Makes a layer that gives x itself, for files that hold Keras's `RandomElasticTransform`:
 * `[batch, height, width, channels]` or clips with an axis of time.
 *
 * @throws ArgumentError in training.
 */
export const RandomElasticTransform = /* @__PURE__ */ callable(RandomElasticTransformLayer);

/** The options of `Equalization`, which have no effect here. */
export interface EqualizationOptions extends AugmentationOptions {
  /** The smallest and the largest value of pixels; `[0, 255]` by default. */
  valueRange?: readonly number[];
  /** The number of bins of the histogram; 256 by default. */
  bins?: number;
}

/** The class of `Equalization` layers, for subclasses and `instanceof`. */
export class EqualizationLayer extends PredictOnlyLayer {
  static override className = "Equalization";

  constructor(options: EqualizationOptions = {}) {
    super(options, ["valueRange", "bins"]);
  }
}

/**
 * Makes a layer that gives x itself, for files that hold Keras's `Equalization`, which acts in training alone:
 * `[batch, height, width, channels]` or clips with an axis of time.
 *
 * @throws ArgumentError in training.
 */
export const Equalization = /* @__PURE__ */ callable(EqualizationLayer);
