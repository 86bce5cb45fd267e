import { encode as encodePng, type ImageData } from "fast-png";
import { encode as encodeJpeg } from "jpeg-js";
import { describe, expect, test } from "vitest";
import { readOrientation } from "../../../src/node/decoding/orientation.js";
import { decodePicture } from "../../../src/node/decoding/picture.js";
import { cropSquare, type Picture, resize, turnUpright } from "../../../src/node/decoding/transform.js";
import { blends } from "../../../src/resize.js";

/** A picture whose red, green and blue are x, y and 7. */
function grid(width: number, height: number): Picture {
  const rgb = new Float32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set([i % width, Math.floor(i / width), 7], i * 3);
  return { width, height, rgb };
}

const pixel = ({ width, rgb }: Picture, x: number, y: number) =>
  Array.from(rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));

const channel = ({ rgb }: Picture, c: number) => Array.from(rgb).filter((_, i) => i % 3 === c);

describe("cropping", () => {
  test.each([
    [7, 4, 4, [1, 0]],
    [3, 8, 3, [0, 2]],
    [5, 5, 5, [0, 0]],
  ])("%i x %i gives the middle square", (width, height, side, [left, top]) => {
    const square = cropSquare(grid(width, height));
    expect([square.width, square.height]).toEqual([side, side]);
    expect(pixel(square, 0, 0)).toEqual([left, top, 7]);
    expect(pixel(square, side - 1, side - 1)).toEqual([left + side - 1, top + side - 1, 7]);
  });
});

describe("resizing", () => {
  test("averages the area that a new pixel covers", () => {
    const rgb = Float32Array.from([0, 3, 6, 9, 12].flatMap((value) => [value, 0, 0]));
    const smaller = resize({ width: 5, height: 1, rgb }, 2, 1);
    // 2.5 pixels each: (0 + 3 + 6/2) / 2.5 and (6/2 + 9 + 12) / 2.5
    channel(smaller, 0).forEach((value, x) => expect(value).toBeCloseTo([2.4, 9.6][x], 5));
  });

  test("keeps the mean of a picture when shrinking, on both axes", () => {
    const smaller = resize(grid(31, 17), 7, 5);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(channel(smaller, 0))).toBeCloseTo(15, 4);
    expect(mean(channel(smaller, 1))).toBeCloseTo(8, 4);
    expect(pixel(smaller, 3, 2)[2]).toBeCloseTo(7, 5);
  });

  test("interpolates between neighbours when enlarging: a slope stays a slope, edges stay in range", () => {
    const bigger = resize(grid(4, 3), 8, 6);
    const row = Array.from({ length: 8 }, (_, x) => pixel(bigger, x, 0)[0]);
    expect(row).toEqual([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]);
    const column = Array.from({ length: 6 }, (_, y) => pixel(bigger, 5, y)[1]);
    expect(column).toEqual([0, 0.25, 0.75, 1.25, 1.75, 2]);
  });

  test.each([
    [224, 224],
    [451, 224],
    [225, 224],
    [3, 1],
    [100, 224],
    [1, 5],
  ])("shares from %i to %i add up to 1", (from, to) => {
    const parts = blends(from, to);
    expect(parts.length).toBe(to);
    for (const { first, weights } of parts) {
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 10);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(first + weights.length).toBeLessThanOrEqual(from);
    }
  });
});

describe("PNG", () => {
  const decode = (image: ImageData) => decodePicture(encodePng(image), "test.png");

  test("of 8 and 16 bits, grey and colour, is decoded to 0 to 255", () => {
    const colour = decode({
      width: 2,
      height: 1,
      channels: 3,
      depth: 8,
      data: Uint8Array.from([1, 2, 3, 253, 254, 255]),
    });
    expect([...pixel(colour, 0, 0), ...pixel(colour, 1, 0)]).toEqual([1, 2, 3, 253, 254, 255]);
    const grey = decode({ width: 1, height: 2, channels: 1, depth: 16, data: Uint16Array.from([65535, 257 * 40]) });
    expect(pixel(grey, 0, 0)).toEqual([255, 255, 255]);
    pixel(grey, 0, 1).forEach((value) => expect(value).toBeCloseTo(40, 4));
  });

  test("with transparency is drawn on white", () => {
    const data = Uint8Array.from([0, 100, 200, 255, 0, 100, 200, 0, 0, 0, 0, 51]);
    const picture = decode({ width: 3, height: 1, channels: 4, depth: 8, data });
    const seen = [0, 1, 2].flatMap((x) => pixel(picture, x, 0));
    seen.forEach((value, i) => expect(value).toBeCloseTo([0, 100, 200, 255, 255, 255, 204, 204, 204][i], 4));
    const grey = decode({ width: 2, height: 1, channels: 2, depth: 8, data: Uint8Array.from([10, 255, 10, 0]) });
    expect([...pixel(grey, 0, 0), ...pixel(grey, 1, 0)]).toEqual([10, 10, 10, 255, 255, 255]);
  });

  test("with a palette, and with several grey pixels in a byte", () => {
    const palette = [[9, 8, 7], [1, 2, 3]]; // prettier-ignore
    const indexed = decode({ width: 2, height: 1, channels: 1, depth: 8, palette, data: Uint8Array.from([1, 0]) });
    expect([...pixel(indexed, 0, 0), ...pixel(indexed, 1, 0)]).toEqual([1, 2, 3, 9, 8, 7]);
    const packed = decode({ width: 3, height: 1, channels: 1, depth: 2, data: Uint8Array.from([0b00_01_11_00]) });
    expect([0, 1, 2].map((x) => pixel(packed, x, 0)[0])).toEqual([0, 85, 255]);
  });

  test("that is broken is an error of one line that names the file", () => {
    const bytes = encodePng({ width: 9, height: 9, channels: 1, data: new Uint8Array(81) });
    expect(() => decodePicture(bytes.subarray(0, bytes.length - 20), "half.png")).toThrow(
      /^half\.png: a broken or unusual PNG \(.*\); /,
    );
    const damaged = bytes.map((byte, i) => (i === 45 ? byte ^ 255 : byte));
    expect(() => decodePicture(damaged, "half.png")).toThrow(/^half\.png: a broken or unusual PNG \(.*\); /);
  });
});

describe("JPEG", () => {
  /** Left half red, right half blue. */
  const width = 32;
  const height = 16;
  const rgba = Buffer.alloc(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba.set(i % width < width / 2 ? [255, 0, 0, 255] : [0, 0, 255, 255], i * 4);
  const jpeg: Uint8Array = encodeJpeg({ width, height, data: rgba }, 95).data;

  /** An EXIF block with nothing but the orientation, little-endian, put behind the first marker. */
  function withOrientation(orientation: number): Uint8Array {
    const tiff = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
    const exif = [...Buffer.from("Exif\0\0"), ...tiff];
    const segment = [0xff, 0xe1, 0, exif.length + 2, ...exif];
    return Uint8Array.from([...jpeg.subarray(0, 2), ...segment, ...jpeg.subarray(2)]);
  }

  test("is decoded in colour", () => {
    const picture = decodePicture(jpeg, "test.jpg");
    expect([picture.width, picture.height]).toEqual([32, 16]);
    const [red, , blue] = pixel(picture, 4, 8);
    expect(red - blue).toBeGreaterThan(200);
    expect(pixel(picture, 28, 8)[2]).toBeGreaterThan(200);
  });

  test("is turned upright: with orientation 6 its left side becomes the top", () => {
    const picture = decodePicture(withOrientation(6), "test.jpg");
    expect([picture.width, picture.height]).toEqual([16, 32]);
    expect(pixel(picture, 8, 4)[0]).toBeGreaterThan(200);
    expect(pixel(picture, 8, 28)[2]).toBeGreaterThan(200);
  });

  test("that is broken, or not a JPEG, is an error of one line that names the file", () => {
    expect(() => decodePicture(jpeg.subarray(0, 100), "half.jpg")).toThrow(
      /^half\.jpg: a broken or unusual JPEG \(.*\); /,
    );
    expect(() => decodePicture(Buffer.from("Dear diary"), "diary.jpg")).toThrow(/^diary\.jpg: neither JPEG nor PNG/);
    expect(() => decodePicture(new Uint8Array(0), "empty.png")).toThrow(/^empty\.png: neither JPEG nor PNG/);
  });
});

describe("orientation", () => {
  // Where the stored first pixel (0, 0) and the one right of it, (1, 0), of a 3 x 2 picture are to be seen.
  test.each([
    [1, [0, 0], [1, 0]],
    [2, [2, 0], [1, 0]],
    [3, [2, 1], [1, 1]],
    [4, [0, 1], [1, 1]],
    [5, [0, 0], [0, 1]],
    [6, [1, 0], [1, 1]],
    [7, [1, 2], [1, 1]],
    [8, [0, 2], [0, 1]],
  ])("%i", (orientation, first, second) => {
    const seen = turnUpright(grid(3, 2), orientation);
    expect([seen.width, seen.height]).toEqual(orientation < 5 ? [3, 2] : [2, 3]);
    expect(pixel(seen, first[0], first[1])).toEqual([0, 0, 7]);
    expect(pixel(seen, second[0], second[1])).toEqual([1, 0, 7]);
  });

  test("is upright where EXIF is missing, short or pointing nowhere", () => {
    expect(readOrientation(undefined)).toBe(1);
    expect(readOrientation(new Uint8Array(6))).toBe(1);
    const lost = Uint8Array.from([0x4d, 0x4d, 0, 42, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(readOrientation(lost)).toBe(1);
    const bigEndian = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0];
    expect(readOrientation(Uint8Array.from(bigEndian))).toBe(8);
    bigEndian[19] = 9;
    expect(readOrientation(Uint8Array.from(bigEndian))).toBe(1);
  });
});
