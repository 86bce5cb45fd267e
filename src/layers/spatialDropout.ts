/** Dropout of whole channels, by rank. */
import { callable } from "../layer.js";
import type { PartialShape } from "../shape.js";
import { checkSpace } from "./check.js";
import { DropoutLayer, type DropoutOptions } from "./dropout.js";

export type SpatialDropoutOptions = Omit<DropoutOptions, "noiseShape">;

const known = ["rate", "seed"];

/** [batch, 1, ..., channels] for x with `rank` axes of space. */
const channelMask = (label: string, x: PartialShape, rank: number): PartialShape =>
  checkSpace(label, x, rank).map((size, axis) => (axis === 0 || axis === rank + 1 ? size : 1));

export class SpatialDropout1DLayer extends DropoutLayer {
  static override className = "SpatialDropout1D";

  constructor(options: SpatialDropoutOptions) {
    super(options, known);
  }

  protected override maskShape(x: PartialShape): PartialShape {
    return channelMask(this.label, x, 1);
  }
}

/**
 * Makes a layer that drops whole channels of sequences in training (Tompson et al., 2014): x `[batch, time, channels]`,
 * result of the same shape.
 *
 * @throws ArgumentError for a rate that is not between 0 and 1.
 */
export const SpatialDropout1D = /* @__PURE__ */ callable(SpatialDropout1DLayer);

export class SpatialDropout2DLayer extends DropoutLayer {
  static override className = "SpatialDropout2D";

  constructor(options: SpatialDropoutOptions) {
    super(options, known);
  }

  protected override maskShape(x: PartialShape): PartialShape {
    return channelMask(this.label, x, 2);
  }
}

/**
 * Makes a layer that drops whole channels of frames in training (Tompson et al., 2014): x
 * `[batch, height, width, channels]`, result of the same shape.
 *
 * @throws ArgumentError for a rate that is not between 0 and 1.
 */
export const SpatialDropout2D = /* @__PURE__ */ callable(SpatialDropout2DLayer);

export class SpatialDropout3DLayer extends DropoutLayer {
  static override className = "SpatialDropout3D";

  constructor(options: SpatialDropoutOptions) {
    super(options, known);
  }

  protected override maskShape(x: PartialShape): PartialShape {
    return channelMask(this.label, x, 3);
  }
}

/**
 * Makes a layer that drops whole channels of volumes in training (Tompson et al., 2014): x
 * `[batch, depth, height, width, channels]`, result of the same shape.
 *
 * @throws ArgumentError for a rate that is not between 0 and 1.
 */
export const SpatialDropout3D = /* @__PURE__ */ callable(SpatialDropout3DLayer);
