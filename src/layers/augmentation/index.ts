/** The augmentations of frames and clips. */
export type { AugmentationOptions, Factor } from "./augmentation.js";
export { AutoContrast, AutoContrastLayer, type AutoContrastOptions } from "./autoContrast.js";
export {
  type FactorOptions,
  RandomBrightness,
  RandomBrightnessLayer,
  RandomColorDegeneration,
  RandomColorDegenerationLayer,
  RandomColorJitter,
  RandomColorJitterLayer,
  type RandomColorJitterOptions,
  RandomContrast,
  RandomContrastLayer,
  RandomGrayscale,
  RandomGrayscaleLayer,
  type RandomGrayscaleOptions,
  RandomHue,
  RandomHueLayer,
  RandomInvert,
  RandomInvertLayer,
  type RandomInvertOptions,
  RandomPosterization,
  RandomPosterizationLayer,
  RandomSaturation,
  RandomSaturationLayer,
  Solarization,
  SolarizationLayer,
  type SolarizationOptions,
  type ValueRangeOptions,
} from "./colour.js";
export { RandomCrop, RandomCropLayer, type RandomCropOptions } from "./crop.js";
export { RandomErasing, RandomErasingLayer, type RandomErasingOptions } from "./erasing.js";
export {
  RandomGaussianBlur,
  RandomGaussianBlurLayer,
  type RandomGaussianBlurOptions,
  RandomSharpness,
  RandomSharpnessLayer,
} from "./filters.js";
export { type FlipMode, RandomFlip, RandomFlipLayer, type RandomFlipOptions } from "./flip.js";
export {
  RandomRotation,
  RandomRotationLayer,
  type RandomRotationOptions,
  RandomShear,
  RandomShearLayer,
  type RandomShearOptions,
  RandomTranslation,
  RandomTranslationLayer,
  type RandomTranslationOptions,
  RandomZoom,
  RandomZoomLayer,
  type RandomZoomOptions,
} from "./geometry.js";
export { CutMix, CutMixLayer, type CutMixOptions, MixUp, MixUpLayer, type MixUpOptions } from "./mix.js";
export { RandomPerspective, RandomPerspectiveLayer, type RandomPerspectiveOptions } from "./perspective.js";
export {
  AugMix,
  AugMixLayer,
  type AugMixOptions,
  Equalization,
  EqualizationLayer,
  type EqualizationOptions,
  RandAugment,
  RandAugmentLayer,
  type RandAugmentOptions,
  RandomElasticTransform,
  RandomElasticTransformLayer,
  type RandomElasticTransformOptions,
} from "./predictOnly.js";
export type { FillMode, WarpInterpolation, WarpOptions } from "./warp.js";
