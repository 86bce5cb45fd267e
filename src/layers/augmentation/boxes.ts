/** Boxes at random places, as `RandomErasing` and `CutMix` fill them. */
import { type Tensor, tensor } from "../../tensor.js";
import type { Draws } from "./augmentation.js";

/** Draws where a part of a side begins and ends, for each frame. @param shares its share of the side, for each frame. */
function bounds(draws: Draws, length: number, shares: Float32Array): [from: Float32Array, to: Float32Array] {
  const places = draws.numbers([0, 1]);
  const from = shares.map((share, row) => places[row] * (length - share * length));
  return [from, from.map((start, row) => start + shares[row] * length)];
}

/**
 * Draws a box for each frame, and gives a mask `[frames, height, width, 1]` of 1 inside of it and 0 elsewhere.
 * @param widths the shares of the width.
 * @param heights the shares of the height.
 */
export function boxes(
  draws: Draws,
  [rows, height, width]: readonly number[],
  widths: Float32Array,
  heights: Float32Array,
): Tensor {
  const [left, right] = bounds(draws, width, widths);
  const [top, bottom] = bounds(draws, height, heights);
  const mask = new Float32Array(rows * height * width);
  for (let row = 0; row < rows; row++) {
    for (let y = Math.ceil(top[row]); y < Math.min(bottom[row], height); y++) {
      const line = (row * height + y) * width;
      mask.fill(1, line + Math.ceil(left[row]), line + Math.min(Math.ceil(right[row]), width));
    }
  }
  return tensor(mask, [rows, height, width, 1]);
}
