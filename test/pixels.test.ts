// Pictures as tensors; what a browser draws is tested in test/package/page.test.ts.
import { describe, expect, test } from "vitest";
import { fromPixels, type FromPixelsOptions, type PixelSource, resize2d, scope, stack, tensor } from "../src/index.js";

const picture = (width: number, height: number, channels: number) => ({
  data: Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 73 + ((i * i) % 31) * 5) % 256),
  width,
  height,
});
const values = async (source: PixelSource, options?: FromPixelsOptions) => {
  const x = fromPixels(source, options);
  const data = Array.from(await x.data());
  x.dispose();
  return { shape: x.shape, data };
};
const failure = (source: unknown, options?: object) => {
  try {
    fromPixels(source as PixelSource, options as FromPixelsOptions);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing";
};

describe("pixels", () => {
  test("are unchanged without options", async () => {
    const rgb = picture(3, 2, 3);
    expect(await values(rgb)).toEqual({ shape: [2, 3, 3], data: Array.from(rgb.data) });
    expect((await values(rgb, { scale: 1 / 127.5, offset: -1 })).data).toEqual(
      Array.from(rgb.data, (value) => Math.fround(value / 127.5 - 1)),
    );
  });

  test("have the channels asked for, from grey, RGB and RGBA", async () => {
    const rgba = { data: Uint8ClampedArray.of(10, 20, 30, 40, 50, 60, 70, 80), width: 2, height: 1 };
    const grey = { data: Uint8Array.of(7, 9), width: 2, height: 1 };
    expect((await values(rgba)).data).toEqual([10, 20, 30, 50, 60, 70]);
    expect((await values(rgba, { channels: 4 })).data).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
    expect((await values(grey)).data).toEqual([7, 7, 7, 9, 9, 9]);
    expect((await values(grey, { channels: 4 })).data).toEqual([7, 7, 7, 255, 9, 9, 9, 255]);
    const [first, second] = (await values(rgba, { channels: 1 })).data;
    expect(first).toBeCloseTo(0.299 * 10 + 0.587 * 20 + 0.114 * 30, 5);
    expect(second).toBeCloseTo(0.299 * 50 + 0.587 * 60 + 0.114 * 70, 5);
  });

  test("are cropped in the middle to the proportions of the size, or as `crop` says", async () => {
    const wide = picture(7, 2, 1);
    const columns = (from: number, to: number) =>
      [0, 7].flatMap((row) => Array.from(wide.data.subarray(row + from, row + to)));
    const options = { channels: 1 } as const;
    expect((await values(wide, { ...options, size: 2 })).data).toEqual(columns(2, 4));
    expect((await values(wide, { ...options, size: [2, 7] })).data).toEqual(columns(0, 7));
    const crop = { x: 4, y: 0, width: 3, height: 2 };
    expect(await values(wide, { ...options, crop })).toEqual({ shape: [2, 3, 1], data: columns(4, 7) });
    const [squeezed, middle] = [await values(wide, { ...options, size: 1, crop: "none" }), (await values(wide, { ...options, size: 1 }))]; // prettier-ignore
    expect(squeezed.data[0]).toBeCloseTo(wide.data.reduce((sum, value) => sum + value, 0) / 14, 4);
    expect(middle.data[0]).toBeCloseTo(columns(2, 4).reduce((sum, value) => sum + value, 0) / 4, 4);
  });

  test("are averaged by area when shrunk: every pixel counts by how much of it a new pixel covers", async () => {
    const { width, height, data } = picture(11, 7, 3);
    const size = [3, 4] as const;
    const expected: number[] = [];
    const cover = (i: number, from: number, to: number, old: number) =>
      Math.max(0, Math.min(((i + 1) * from) / to, old + 1) - Math.max((i * from) / to, old)) * (to / from);
    for (let y = 0; y < size[0]; y++) {
      for (let x = 0; x < size[1]; x++) {
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let j = 0; j < height; j++) {
            for (let i = 0; i < width; i++) {
              sum += cover(y, height, size[0], j) * cover(x, width, size[1], i) * data[(j * width + i) * 3 + c];
            }
          }
          expected.push(sum);
        }
      }
    }
    const result = await values({ width, height, data }, { size, crop: "none" });
    expect(result.shape).toEqual([3, 4, 3]);
    result.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 3));
  });

  test("are interpolated bilinearly when enlarged, as by resize2d", async () => {
    const source = picture(5, 4, 3);
    const expected = scope(() => resize2d(stack([fromPixels(source)]), [9, 13]));
    const { data } = await values(source, { size: [9, 13], crop: "none" });
    (await expected.data()).forEach((value, i) => expect(data[i]).toBeCloseTo(value, 3));
  });

  test("of one colour stay of that colour at any size", async () => {
    const flat = { data: new Uint8Array(13 * 17 * 3).fill(201), width: 13, height: 17 };
    for (const size of [1, 5, 12, 16, 40]) {
      for (const value of (await values(flat, { size })).data) expect(value).toBeCloseTo(201, 3);
    }
  });
});

test("what cannot be read is an error of one line", () => {
  const rgb = picture(3, 2, 3);
  expect(failure({ readyState: 1, videoWidth: 0, videoHeight: 0 })).toBe(
    'ArgumentError: fromPixels: the video has no frame yet; wait for its "loadeddata" event.',
  );
  expect(failure({ naturalWidth: 0, naturalHeight: 0 })).toContain("the image has not loaded; await image.decode()");
  expect(failure({ data: new Uint8Array(), width: 0, height: 4 })).toContain("received Object of 0 x 4 pixels");
  expect(failure(null)).toContain("received null of undefined x undefined pixels; expected a video,");
  expect(failure(tensor([1]))).toContain("received Tensor of undefined x undefined pixels");
  expect(failure({ width: 4, height: 4 })).toContain("nothing to draw Object on here; give { data, width, height }.");
  expect(failure({ ...rgb, height: 3 })).toContain("received 18 bytes for 3 x 3 pixels; expected 1, 3 or 4 for each.");
  expect(failure(rgb, { size: [2, 0.5] })).toContain(
    "size [2, 0.5]; expected [height, width] in whole numbers from 1.",
  );
  expect(failure(rgb, { channels: 2 })).toContain("channels 2; expected 1, 3 or 4.");
  expect(failure(rgb, { crop: { x: 1, y: 0, width: 3, height: 2 } })).toContain("inside of 3 x 2.");
  expect(failure(rgb, { sizes: 3 })).toContain('unknown option "sizes"; did you mean "size"?');
});
