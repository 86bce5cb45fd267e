import { ShapeError, shapeText } from "../errors.js";
import { callable, isShapeList, Layer, type LayerOptions } from "../layer.js";
import { add, reshape } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export class AddLayer extends Layer {
  static override className = "Add";

  constructor(options: LayerOptions = {}) {
    super(options);
  }

  override call(xs: Tensor[]): Tensor {
    const rank = Math.max(...xs.map((x) => x.shape.length));
    const aligned = xs.map((x) => (x.shape.length === rank ? x : reshape(x, spread(x.shape, rank))));
    return aligned.reduce((sum, x) => add(sum, x));
  }

  override computeOutputShape(shapes: PartialShape | PartialShape[]): PartialShape {
    if (!isShapeList(shapes) || shapes.length < 2) {
      throw new ShapeError(`${this.label}: expected a list of at least two tensors.`);
    }
    const rank = Math.max(...shapes.map((shape) => shape.length));
    return shapes
      .map((shape) => spread(shape, rank))
      .reduce((a, b) => a.map((n, axis) => this.#joined(n, b[axis], shapes)));
  }

  #joined(a: number | null, b: number | null, shapes: readonly PartialShape[]): number | null {
    if (a === b || b === 1) return a;
    if (a === 1) return b;
    if (a === null || b === null) return a ?? b;
    throw new ShapeError(
      `${this.label}: ${shapes.map(shapeText).join(" and ")} do not broadcast; sizes must be equal or 1.`,
    );
  }
}

/** Axes of size 1 behind the batch, up to `rank`. */
const spread = <T extends number | null>(shape: readonly T[], rank: number): T[] => [
  ...shape.slice(0, 1),
  ...new Array<T>(rank - shape.length).fill(1 as T),
  ...shape.slice(1),
];

/**
 * The sum of two or more tensors: `Add()([a, b])`. Sizes are equal, or 1 and repeated; a tensor of lower rank has axes of
 * size 1 put behind its batch.
 */
export const Add = callable(AddLayer);
