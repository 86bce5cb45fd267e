import { unknownName } from "../../errors.js";
import { callable } from "../../layer.js";
import { flip } from "../../ops/index.js";
import type { Tensor } from "../../tensor.js";
import { applyWhere, AugmentationLayer, type AugmentationOptions, type Draws } from "./augmentation.js";

/** The axes that `RandomFlip` mirrors. */
export type FlipMode = "horizontal" | "vertical" | "horizontal_and_vertical";

const axesOf: Record<FlipMode, readonly number[]> = { horizontal: [2], vertical: [1], horizontal_and_vertical: [2, 1] };

/** The options of `RandomFlip`. */
export interface RandomFlipOptions extends AugmentationOptions {
  /** "horizontal" (left and right change places), "vertical", or "horizontal_and_vertical" (the default: both at once). */
  mode?: FlipMode;
}

/** The class of `RandomFlip` layers, for subclasses and `instanceof`. */
export class RandomFlipLayer extends AugmentationLayer {
  static override className = "RandomFlip";
  /** The axes that are mirrored. */
  readonly mode: FlipMode;

  constructor(options: RandomFlipOptions = {}) {
    super(options, ["mode"]);
    this.mode = options.mode ?? "horizontal_and_vertical";
    const modes = Object.keys(axesOf);
    if (!modes.includes(this.mode)) throw unknownName(this.label, "mode", this.mode, modes);
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const flags = draws.numbers([0, 1]).map((value) => Number(value <= 0.5));
    const flipped = axesOf[this.mode].reduce((y, axis) => flip(y, axis), x);
    return applyWhere(flags, flipped, x);
  }
}

/**
 * Makes a layer that mirrors every other frame in training, by chance, and gives x itself otherwise:
 * `[batch, height, width, channels]` or clips `[batch, time, height, width, channels]`, whose frames are mirrored alike.
 *
 * @throws ArgumentError for an unknown mode.
 */
export const RandomFlip = /* @__PURE__ */ callable(RandomFlipLayer);
