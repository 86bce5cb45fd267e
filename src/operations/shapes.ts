/** Rules for shapes with unknown sizes, where running an operation would compare a size that is not known with one that is. */
import { ShapeError, shapeText } from "../errors.js";
import type { PartialShape } from "../shape.js";

/** The shape to which shapes broadcast; a size that is not known is taken to fit. */
export const broadcastAll = (where: string, shapes: readonly PartialShape[]): PartialShape =>
  shapes.reduce((a, b) => {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, i) => {
      const [m, n] = [a, b].map((shape) => (i < rank - shape.length ? 1 : shape[i - rank + shape.length]));
      if (m === n || n === 1) return m;
      if (m === 1) return n;
      if (m === null || n === null) return m ?? n;
      throw new ShapeError(
        `${where}: ${shapes.map(shapeText).join(" and ")} do not broadcast; sizes must be equal or 1.`,
      );
    });
  });

/** The shape of the first operand. */
export const sameAsFirst = (_: string, [x]: readonly PartialShape[]): PartialShape => x;
