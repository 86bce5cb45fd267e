/** Dropout of whole channels, by rank. */
import { callable } from "../layer.js";
import type { PartialShape } from "../shape.js";
import { checkSpace } from "./check.js";
import { DropoutLayer, type DropoutOptions } from "./dropout.js";

export type SpatialDropoutOptions = Omit<DropoutOptions, "noiseShape">;

export abstract class SpatialDropoutLayer extends DropoutLayer {
  /** @param rank the number of axes of space. */
  constructor(
    options: SpatialDropoutOptions,
    readonly rank: number,
  ) {
    super(options, ["rate", "seed"]);
  }

  protected override maskShape(shape: PartialShape): PartialShape {
    const x = checkSpace(this.label, shape, this.rank);
    return x.map((size, axis) => (axis === 0 || axis === x.length - 1 ? size : 1));
  }
}

export class SpatialDropout1DLayer extends SpatialDropoutLayer {
  static override className = "SpatialDropout1D";

  constructor(options: SpatialDropoutOptions) {
    super(options, 1);
  }
}

/** Dropout of whole channels (Tompson et al., 2014). x: [batch, steps, channels], result alike. */
export const SpatialDropout1D = /* @__PURE__ */ callable(SpatialDropout1DLayer);

export class SpatialDropout2DLayer extends SpatialDropoutLayer {
  static override className = "SpatialDropout2D";

  constructor(options: SpatialDropoutOptions) {
    super(options, 2);
  }
}

/** Dropout of whole channels (Tompson et al., 2014). x: [batch, height, width, channels], result alike. */
export const SpatialDropout2D = /* @__PURE__ */ callable(SpatialDropout2DLayer);

export class SpatialDropout3DLayer extends SpatialDropoutLayer {
  static override className = "SpatialDropout3D";

  constructor(options: SpatialDropoutOptions) {
    super(options, 3);
  }
}

/** Dropout of whole channels (Tompson et al., 2014). x: [batch, depth, height, width, channels], result alike. */
export const SpatialDropout3D = /* @__PURE__ */ callable(SpatialDropout3DLayer);
