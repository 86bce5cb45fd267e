import { Layer } from "../layer.js";
import type { PartialShape } from "../shape.js";
import { checkSpace } from "./check.js";

/**
 * The base of layers that only change the sizes of the axes of space: `[batch, ...space, channels]` to the same with other sizes.
 */
export abstract class SpaceLayer extends Layer {
  /** The number of axes of space: 1 for sequences, 2 for frames, 3 for volumes. */
  static rank = 2;
  /** The number of axes of space, that of the class. */
  readonly rank = (this.constructor as typeof SpaceLayer).rank;

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const x = checkSpace(this.label, shape, this.rank);
    return [[x[0], ...this.spaceOut(x.slice(1, -1), x), x.at(-1)!]];
  }

  /** Gives the sizes of space of the result for those of x, with null for sizes that are not known. */
  protected abstract spaceOut(space: PartialShape, x: PartialShape): PartialShape;
}
