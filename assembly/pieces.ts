/** How walks over several axes are split. */

/** A walk over four axes is split along the last one, in pieces of so many elements. */
export const PIECE: i32 = 1024;

/** Pieces of a row of n elements. */
@inline
export function piecesOf(n: i32): i32 {
  return (n + PIECE - 1) / PIECE;
}
