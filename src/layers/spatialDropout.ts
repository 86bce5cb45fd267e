/** Dropout of whole channels, by rank. */
import { callable } from "../layer.js";
import type { PartialShape } from "../shape.js";
import { checkSpace } from "./check.js";
import { DropoutLayer, type DropoutOptions } from "./dropout.js";

/** The options of `SpatialDropout1D`, `SpatialDropout2D` and `SpatialDropout3D`. */
export type SpatialDropoutOptions = Omit<DropoutOptions, "noiseShape">;

/** The base of the layers that drop whole channels. */
export abstract class SpatialDropoutLayer extends DropoutLayer {
  /** The number of axes of space: 1 for sequences, 2 for frames, 3 for volumes. */
  static rank = 2;

  constructor(options: SpatialDropoutOptions) {
    super(options, ["rate", "seed"]);
  }

  protected override maskShape(x: PartialShape): PartialShape {
    const { rank } = this.constructor as typeof SpatialDropoutLayer;
    return checkSpace(this.label, x, rank).map((size, axis) => (axis === 0 || axis === rank + 1 ? size : 1));
  }
}

/** The class of `SpatialDropout1D` layers, for subclasses and `instanceof`. */
export class SpatialDropout1DLayer extends SpatialDropoutLayer {
  static override className = "SpatialDropout1D";
  static override rank = 1;
}

/**
 * Makes a layer that drops whole channels of sequences in training (Tompson et al., 2014): x `[batch, time, channels]`,
 * result of the same shape.
 *
 * @throws ArgumentError for a rate that is not between 0 and 1.
 */
export const SpatialDropout1D = /* @__PURE__ */ callable(SpatialDropout1DLayer);

/** The class of `SpatialDropout2D` layers, for subclasses and `instanceof`. */
export class SpatialDropout2DLayer extends SpatialDropoutLayer {
  static override className = "SpatialDropout2D";
}

/**
 * Makes a layer that drops whole channels of frames in training (Tompson et al., 2014): x
 * `[batch, height, width, channels]`, result of the same shape.
 *
 * @throws ArgumentError for a rate that is not between 0 and 1.
 */
export const SpatialDropout2D = /* @__PURE__ */ callable(SpatialDropout2DLayer);

/** The class of `SpatialDropout3D` layers, for subclasses and `instanceof`. */
export class SpatialDropout3DLayer extends SpatialDropoutLayer {
  static override className = "SpatialDropout3D";
  static override rank = 3;
}

/**
 * Makes a layer that drops whole channels of volumes in training (Tompson et al., 2014): x
 * `[batch, depth, height, width, channels]`, result of the same shape.
 *
 * @throws ArgumentError for a rate that is not between 0 and 1.
 */
export const SpatialDropout3D = /* @__PURE__ */ callable(SpatialDropout3DLayer);
