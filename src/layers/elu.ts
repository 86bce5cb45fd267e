import { elu } from "../activations/basic.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export interface ELUOptions extends LayerOptions {
  /** 1 unless given. */
  alpha?: number;
}

export class ELULayer extends Layer {
  static override className = "ELU";
  readonly alpha: number;

  constructor(options: ELUOptions = {}) {
    super(options, ["alpha"]);
    this.alpha = options.alpha ?? 1;
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override call([x]: Tensor[]): Tensor[] {
    return [elu(x, { alpha: this.alpha })];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}

/** x above 0, alpha (e^x - 1) below (Clevert et al., 2015). Any shape, result alike. */
export const ELU = callable(ELULayer);
