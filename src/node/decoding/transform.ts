/** Decoded pictures: turned upright, cropped and resized to the square that a network takes. */
import { ArgumentError, checkNumber, shown } from "../../errors.js";
import { resizePixels } from "../../resize.js";

/** A decoded picture. */
export interface Picture {
  /** The width in pixels. */
  width: number;
  /** The height in pixels. */
  height: number;
  /** The pixels: [height, width, 3], row-major, RGB from 0 to 255. */
  rgb: Float32Array;
}

/** A decoded picture, whose pixels may be bytes. */
export interface Pixels extends Omit<Picture, "rgb"> {
  rgb: Float32Array | Uint8Array;
}

/**
 * Indexed by orientation - 1: whether rows and columns are swapped, then whether to read from the right and from the
 * bottom.
 */
const turns: readonly [swapped: boolean, fromRight: boolean, fromBottom: boolean][] = [
  [false, false, false],
  [false, true, false],
  [false, true, true],
  [false, false, true],
  [true, false, false],
  [true, false, true],
  [true, true, true],
  [true, true, false],
];

/** A stored picture as it should be seen, by its EXIF orientation (1 to 8). */
export function turnUpright<P extends Pixels>(stored: P, orientation: number): P {
  if (orientation === 1) return stored;
  const [swapped, fromRight, fromBottom] = turns[orientation - 1];
  const width = swapped ? stored.height : stored.width;
  const height = swapped ? stored.width : stored.height;
  const rgb = stored.rgb.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const along = swapped ? y : x;
      const down = swapped ? x : y;
      const storedX = fromRight ? stored.width - 1 - along : along;
      const storedY = fromBottom ? stored.height - 1 - down : down;
      const from = (storedY * stored.width + storedX) * 3;
      const to = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) rgb[to + c] = stored.rgb[from + c];
    }
  }
  return { width, height, rgb } as P;
}

/** @throws ArgumentError for what is no picture. */
function checkPicture(where: string, picture: Picture): void {
  const { width, height, rgb } = Object(picture) as Picture;
  checkNumber(where, "the picture's width", width, "a whole number from 1");
  checkNumber(where, "the picture's height", height, "a whole number from 1");
  if (ArrayBuffer.isView(rgb) && rgb.length === width * height * 3) return;
  throw new ArgumentError(`${where}: ${shown(rgb)} as the picture's rgb; expected ${width * height * 3} numbers.`);
}

/** The largest square in the middle of a picture. */
export function cropSquare(picture: Picture): Picture {
  checkPicture("cropSquare", picture);
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

/** The most pixels of a picture that is made, as of those that are read. */
const mostPixels = 1e8;

/**
 * A picture at another size. Each new pixel is the mean of the area that it covers in the old picture; where the
 * picture is enlarged, it is interpolated bilinearly.
 * @throws ArgumentError for what is no picture, and for more than 100 million pixels.
 */
export function resize(picture: Picture, width: number, height: number): Picture {
  checkPicture("resize", picture);
  checkNumber("resize", "width", width, "a whole number from 1");
  checkNumber("resize", "height", height, "a whole number from 1");
  // A list of sources is made for each row and column, so that neither may be many for itself.
  if (width * height > mostPixels || Math.max(width, height) > 2 ** 20) {
    throw new ArgumentError(
      `resize: ${width} x ${height}; expected 100 million pixels at most, and a side of 1048576.`,
    );
  }
  const { width: oldWidth, height: oldHeight, rgb } = picture;
  const row = (y: number) => rgb.subarray(y * oldWidth * 3, (y + 1) * oldWidth * 3);
  const rows = Array.from({ length: oldHeight }, (_, y) => row(y));
  return { width, height, rgb: resizePixels({ rows, width: oldWidth, channels: 3 }, [height, width]) };
}

/** The middle square of a picture, resized: [size, size, 3], RGB from 0 to 255. */
export function toSquare({ width, height, rgb }: Pixels, size: number): Uint8Array<ArrayBuffer> {
  const side = Math.min(width, height);
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const row = (y: number) => rgb.subarray(((top + y) * width + left) * 3, ((top + y) * width + left + side) * 3);
  const rows = Array.from({ length: side }, (_, y) => row(y));
  const square = resizePixels({ rows, width: side, channels: 3 }, [size, size]);
  return new Uint8Array(Uint8ClampedArray.from(square).buffer);
}
