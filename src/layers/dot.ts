import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { divide, matMul, maximum, reshape, sqrt, square, sum, transpose } from "../ops/index.js";
import { normalizeAxis, type PartialShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The options of `Dot`. */
export interface DotOptions extends LayerOptions {
  /** The axes that are multiplied and summed, not 0 (the batch): one for both tensors, or one for each. Required. */
  axes: number | readonly [number, number];
  /** Whether vectors are first scaled to length 1, so that the result is their cosine similarity; false by default. */
  normalize?: boolean;
}

/** The class of `Dot` layers, for subclasses and `instanceof`. */
export class DotLayer extends Layer {
  static override className = "Dot";
  /** The axis of each of the two tensors that is multiplied and summed. */
  readonly axes: readonly [number, number];
  /** Whether vectors are first scaled to length 1. */
  readonly normalize: boolean;

  constructor(options: DotOptions) {
    super(options, ["axes", "normalize"]);
    const { axes } = options;
    const both = typeof axes === "number" ? [axes, axes] : axes;
    if (!Array.isArray(both) || both.length !== 2 || !both.every((axis) => Number.isInteger(axis) && axis !== 0)) {
      throw new ArgumentError(`${this.label}: axes ${shown(axes)}; expected an axis behind the batch, or two.`);
    }
    this.axes = [both[0], both[1]];
    this.normalize = options.normalize ?? false;
  }

  override get takesSeveral(): boolean {
    return true;
  }

  override call([a, b]: Tensor[]): Tensor[] {
    const [i, j] = this.#places([a.shape, b.shape]);
    const [x, y] = this.normalize ? [unitLength(a, i), unitLength(b, j)] : [a, b];
    const length = a.shape[i];
    const batch = a.shape[0];
    const [ofA, ofB] = [others(a.shape, i), others(b.shape, j).slice(1)];
    const count = (axes: number[], { shape }: Tensor) => sizeOf(axes.map((axis) => shape[axis]));
    const rows = reshape(transpose(x, [...ofA, i]), [batch, count(ofA.slice(1), a), length]);
    const columns = reshape(transpose(y, [0, j, ...ofB]), [batch, length, count(ofB, b)]);
    const product = matMul(rows, columns);
    const [shape] = this.computeOutputShape([a.shape, b.shape]);
    return [reshape(product, shape as Shape)];
  }

  #places([a, b]: readonly PartialShape[]): [number, number] {
    return [normalizeAxis(this.label, this.axes[0], a.length), normalizeAxis(this.label, this.axes[1], b.length)];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    if (shapes.length !== 2) {
      throw new ShapeError(`${this.label}: expected a list of two tensors.`);
    }
    const [a, b] = shapes;
    const [i, j] = this.#places(shapes);
    if (a[0] !== b[0] && a[0] !== null && b[0] !== null) {
      throw new ShapeError(`${this.label}: ${shapeText(a)} and ${shapeText(b)} differ in the number of samples.`);
    }
    if (i === 0 || j === 0 || (a[i] !== b[j] && a[i] !== null && b[j] !== null)) {
      throw new ShapeError(
        `${this.label}: ${shapeText(a)} and ${shapeText(b)} do not meet on axes ${i} and ${j}; sizes must be equal.`,
      );
    }
    const shape = [...others(a, i).map((axis) => a[axis]), ...others(b, j).slice(1).map((axis) => b[axis])]; // prettier-ignore
    return [shape.length === 1 ? [...shape, 1] : shape];
  }
}

const others = (shape: PartialShape, axis: number): number[] => shape.map((_, i) => i).filter((i) => i !== axis);

/** A length below 1e-7 counts as 1e-7. The bound is inside of the root, whose gradient at 0 is infinite. */
const unitLength = (x: Tensor, axis: number): Tensor => divide(x, sqrt(maximum(sum(square(x), axis, true), 1e-14)));

/**
 * Makes a layer that gives the scalar products of the samples of two tensors along an axis of each: `[batch, ...a, n]`
 * and `[batch, ...b, n]` to `[batch, ...a, ...b]`, or to `[batch, 1]` where no other axis is left.
 *
 * @throws ArgumentError for axes that are no whole numbers, or 0.
 * @example
 * const similarity = Dot({ axes: -1, normalize: true })([a, b]); // [batch, 1]
 */
export const Dot = callable(DotLayer);
