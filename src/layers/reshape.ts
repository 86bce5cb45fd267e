import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { reshape } from "../ops/index.js";
import { elements, type PartialShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The options of `Reshape`. */
export interface ReshapeOptions extends LayerOptions {
  /** The shape of one sample of the result; one size may be -1, which is computed from the others. Required. */
  targetShape: Shape;
}

/** The class of `Reshape` layers, for subclasses and `instanceof`. */
export class ReshapeLayer extends Layer {
  static override className = "Reshape";
  /** The shape of one sample of the result; a size of -1 is computed from the others. */
  readonly targetShape: Shape;

  constructor(options: ReshapeOptions) {
    super(options, ["targetShape"]);
    this.targetShape = options.targetShape;
    const valid = Array.isArray(this.targetShape) && this.targetShape.every((n) => Number.isInteger(n) && n >= -1);
    if (!valid || this.targetShape.filter((n) => n === -1).length > 1) {
      throw new ArgumentError(
        `${this.label}: targetShape ${shown(this.targetShape)}; expected whole numbers, at most one of them -1.`,
      );
    }
  }

  override call([x]: Tensor[]): Tensor[] {
    return [reshape(x, this.computeOutputShape([x.shape])[0] as Shape)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    const size = elements(x.slice(1));
    const given = elements(this.targetShape.filter((n) => n !== -1));
    const rest = Number.isNaN(size) ? null : size / given;
    const fits = rest === null || (this.targetShape.includes(-1) ? Number.isInteger(rest) : rest === 1);
    if (!fits) {
      throw new ShapeError(
        `${this.label}: a sample of ${shapeText(x.slice(1))} does not fill ${shapeText(this.targetShape)}, received ${shapeText(x)}.`,
      );
    }
    return [[x[0], ...this.targetShape.map((n) => (n === -1 ? rest : n))]];
  }
}

/**
 * Makes a layer that gives the elements of each sample another shape: `[batch, ...]` to `[batch, ...targetShape]`.
 *
 * @throws ArgumentError for a target shape that is no list of whole numbers with at most one -1.
 * @example
 * const y = Reshape({ targetShape: [7, 7, -1] })(x);
 */
export const Reshape = callable(ReshapeLayer);
