import { callable, Layer, type LayerOptions } from "../layer.js";
import { reshape } from "../ops/index.js";
import type { PartialShape, Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The class of `Flatten` layers, for subclasses and `instanceof`. */
export class FlattenLayer extends Layer {
  static override className = "Flatten";

  constructor(options: LayerOptions = {}) {
    super(options);
  }

  override stepper(): string {
    return "it joins the time axis with the others";
  }

  override call([x]: Tensor[]): Tensor[] {
    return [reshape(x, this.computeOutputShape([x.shape])[0] as Shape)];
  }

  override computeOutputShape([[batch, ...rest]]: PartialShape[]): PartialShape[] {
    return [[batch, rest.reduce<number | null>((n, size) => (n === null || size === null ? null : n * size), 1)]];
  }
}

/**
 * Makes a layer that gives each sample as one row: `[batch, ...]` to `[batch, elements]`, `[batch]` to `[batch, 1]`.
 */
export const Flatten = callable(FlattenLayer);
