import { callable, Layer, type LayerOptions } from "../../layer.js";
import type { PartialShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { checkFramesOrClips, foldFrames, type Range, readValueRange, unfoldFrames } from "./augmentation.js";
import { stretch } from "./colours.js";

/** The options of `AutoContrast`. */
export interface AutoContrastOptions extends LayerOptions {
  /** The smallest and the largest value of pixels; `[0, 255]` by default. */
  valueRange?: readonly number[];
}

/** The class of `AutoContrast` layers, for subclasses and `instanceof`. */
export class AutoContrastLayer extends Layer {
  static override className = "AutoContrast";
  /** The smallest and the largest value of pixels. */
  readonly valueRange: Range;

  constructor(options: AutoContrastOptions = {}) {
    super(options, ["valueRange"]);
    this.valueRange = readValueRange(this.label, options.valueRange);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [unfoldFrames(stretch(foldFrames(x), this.valueRange), x)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    checkFramesOrClips(this.label, x);
    return [x];
  }
}

/**
 * Makes a layer that stretches each channel of each frame over the whole range of values, in prediction too, as in
 * Keras: `[batch, height, width, channels]`, or clips with an axis of time.
 *
 * @throws ArgumentError for no range of values.
 */
export const AutoContrast = /* @__PURE__ */ callable(AutoContrastLayer);
