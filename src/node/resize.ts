/** Brings a picture to the square a network wants. */
import { resizePixels } from "../resize.js";
import type { Picture } from "./picture.js";

/** The middle square. */
export function cropSquare(picture: Picture): Picture {
  const side = Math.min(picture.width, picture.height);
  const left = Math.floor((picture.width - side) / 2);
  const top = Math.floor((picture.height - side) / 2);
  const rgb = new Float32Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * picture.width + left) * 3;
    rgb.set(picture.rgb.subarray(from, from + side * 3), y * side * 3);
  }
  return { width: side, height: side, rgb };
}

/** Each new pixel is the average of the area it covers; where pixels get smaller than before, a blend of the nearest four. */
export function resize({ width: oldWidth, height: oldHeight, rgb }: Picture, width: number, height: number): Picture {
  const row = (y: number) => rgb.subarray(y * oldWidth * 3, (y + 1) * oldWidth * 3);
  const rows = Array.from({ length: oldHeight }, (_, y) => row(y));
  return { width, height, rgb: resizePixels({ rows, width: oldWidth, channels: 3 }, [height, width]) };
}
