/** Layers that repeat the elements of sequences and volumes. */
import { callable, type LayerOptions } from "../layer.js";
import { add, reshape } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { type Tensor, zeros } from "../tensor.js";
import { positiveIntegers } from "./check.js";
import { SpaceLayer } from "./space.js";

/** The options of `UpSampling1D` and `UpSampling3D`. */
export interface UpSamplingOptions extends LayerOptions {
  /** How often every element is repeated: a number, or one for each axis ([depth, height, width]); 2 by default. */
  size?: number | readonly number[];
}

/** The base of UpSampling1D and UpSampling3D. */
export abstract class UpSamplingLayer extends SpaceLayer {
  /** How often every element is repeated along each axis. */
  readonly size: readonly number[];

  constructor(options: UpSamplingOptions = {}) {
    super(options, ["size"]);
    this.size = positiveIntegers(this.label, "size", options.size ?? 2, this.rank);
  }

  override call([x]: Tensor[]): Tensor[] {
    const [batch, ...rest] = x.shape;
    const [channels, space] = [rest.pop()!, rest];
    const [shape] = this.computeOutputShape([x.shape]) as number[][];
    // Adding zeros repeats elements along axes of their own; the gradient sums over them.
    const apart = reshape(x, [batch, ...space.flatMap((n) => [n, 1]), channels]);
    return [reshape(add(apart, zeros([1, ...this.size.flatMap((n) => [1, n]), 1])), shape)];
  }

  protected override spaceOut(space: PartialShape): PartialShape {
    return space.map((n, axis) => (n === null ? null : n * this.size[axis]));
  }
}

/** The class of `UpSampling1D` layers, for subclasses and `instanceof`. */
export class UpSampling1DLayer extends UpSamplingLayer {
  static override className = "UpSampling1D";
  static override rank = 1;
}

/**
 * Makes a layer that repeats every time step: `[batch, time, channels]` to `[batch, time size, channels]`.
 *
 * @throws ArgumentError for a size that is no whole number from 1.
 */
export const UpSampling1D = /* @__PURE__ */ callable(UpSampling1DLayer);

/** The class of `UpSampling3D` layers, for subclasses and `instanceof`. */
export class UpSampling3DLayer extends UpSamplingLayer {
  static override className = "UpSampling3D";
  static override rank = 3;
}

/**
 * Makes a layer that repeats every element of volumes: `[batch, depth, height, width, channels]` to
 * `[batch, depth size, height size, width size, channels]`.
 *
 * @throws ArgumentError for a size that is no whole number from 1.
 */
export const UpSampling3D = /* @__PURE__ */ callable(UpSampling3DLayer);
