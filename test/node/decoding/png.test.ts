// PNG of every kind: the values are those that a small encoder wrote, and those that ffmpeg writes and reads.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodePicture } from "../../../src/node/index.js";
import { ffmpeg, hasFfmpeg } from "../../support/films.js";
import { pngChunk, pngFile } from "../../support/pictureFiles.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const channelsOf: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const passes = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]; // prettier-ignore

interface Kind {
  kind: number;
  depth: number;
  isInterlaced: boolean;
}

const kinds = [false, true].flatMap((isInterlaced) =>
  Object.entries({ 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] }).flatMap(
    ([kind, depths]) => depths.map((depth): Kind => ({ kind: Number(kind), depth, isInterlaced })),
  ),
);

/** A sample of a pixel that is different from its neighbours'. */
const sampleOf = (x: number, y: number, c: number, depth: number) => (x * 31 + y * 17 + c * 7 + x * y) % 2 ** depth;

/** The lines of a picture, each with another filter, as the standard says that they are made. */
function linesOf({ kind, depth, isInterlaced }: Kind, width: number, height: number): Buffer {
  const channels = channelsOf[kind];
  const step = Math.max(1, (channels * depth) / 8);
  const lines: Buffer[] = [];
  let filter = 0;
  for (const [left, top, across, down] of isInterlaced ? passes : [[0, 0, 1, 1]]) {
    if (left >= width || top >= height) continue;
    let above: number[] = [];
    for (let y = top; y < height; y += down) {
      let bits = "";
      for (let x = left; x < width; x += across) {
        for (let c = 0; c < channels; c++) bits += sampleOf(x, y, c, depth).toString(2).padStart(depth, "0");
      }
      const plain = bits.match(/.{1,8}/g)!.map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
      const filtered = plain.map((value, i) => {
        const [a, b, c] = [plain[i - step] ?? 0, above[i] ?? 0, above[i - step] ?? 0];
        const estimate = a + b - c;
        const [toA, toB, toC] = [a, b, c].map((other) => Math.abs(estimate - other));
        const paeth = toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
        return (value - [0, a, b, (a + b) >> 1, paeth][filter]) & 255;
      });
      lines.push(Buffer.from([filter, ...filtered]));
      above = plain;
      filter = (filter + 1) % 5;
    }
  }
  return Buffer.concat(lines);
}

const palette = Buffer.from(Array.from({ length: 256 * 3 }, (_, i) => (i * 5) % 256));

test.each(kinds)("kind $kind of $depth bits, interlaced: $isInterlaced", (shape) => {
  for (const [width, height] of [[13, 11], [1, 1], [3, 20], [9, 1]]) {
    const chunks = shape.kind === 3 ? [pngChunk("PLTE", palette)] : [];
    const file = pngFile({ ...shape, width, height, chunks, lines: linesOf(shape, width, height) });
    const { rgb } = decodePicture(file, "a.png");
    const [channels, most] = [channelsOf[shape.kind], 2 ** shape.depth - 1];
    for (let i = 0; i < width * height; i++) {
      const at = (c: number) => sampleOf(i % width, Math.floor(i / width), c, shape.depth);
      const alpha = channels % 2 === 0 ? at(channels - 1) / most : 1;
      for (let c = 0; c < 3; c++) {
        const value = shape.kind === 3 ? palette[3 * at(0) + c] : (255 * at(channels > 2 ? c : 0)) / most;
        expect(rgb[3 * i + c]).toBeCloseTo(alpha * value + 255 * (1 - alpha), 3);
      }
    }
  }
}); // prettier-ignore

test("one grey or colour may be the transparent one, and colours of a palette partly", () => {
  const seen = (file: Uint8Array) => [...decodePicture(file, "a.png").rgb];
  const transparent = (...bytes: number[]) => pngChunk("tRNS", Buffer.from(bytes));
  const grey = { width: 2, height: 1, lines: Buffer.from([0, 7, 8]) };
  expect(seen(pngFile({ ...grey, chunks: [transparent(0, 7)] }))).toEqual([255, 255, 255, 8, 8, 8]);
  const colour = { width: 2, height: 1, kind: 2, lines: Buffer.from([0, 1, 2, 3, 1, 2, 4]) };
  expect(seen(pngFile({ ...colour, chunks: [transparent(0, 1, 0, 2, 0, 3)] }))).toEqual([255, 255, 255, 1, 2, 4]);
  const chunks = [pngChunk("PLTE", Buffer.from([0, 100, 200, 9, 9, 9])), transparent(51)];
  expect(seen(pngFile({ width: 2, height: 1, kind: 3, lines: Buffer.from([0, 0, 1]), chunks }))).toEqual([204, 224, 244, 9, 9, 9]); // prettier-ignore
});

test("pixels may be cut into several parts, and have bytes behind them", () => {
  const whole = pngFile({ width: 2, height: 1, lines: Buffer.from([0, 7, 8, 1, 2, 3]) });
  const at = whole.indexOf("IDAT") - 4;
  const data = whole.subarray(at + 8, whole.indexOf("IEND") - 8);
  const parts = [data.subarray(0, 3), data.subarray(3)].map((part) => pngChunk("IDAT", part));
  const cut = Buffer.concat([whole.subarray(0, at), ...parts, whole.subarray(whole.indexOf("IEND") - 4)]);
  for (const file of [whole, cut]) expect([...decodePicture(file, "a.png").rgb]).toEqual([7, 7, 7, 8, 8, 8]);
});

test("a file that ends early, at whichever byte, is an error of one line", () => {
  const whole = pngFile({
    kind: 6,
    width: 5,
    height: 7,
    lines: linesOf({ kind: 6, depth: 8, isInterlaced: false }, 5, 7),
  });
  expect(decodePicture(whole, "a.png").width).toBe(5);
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodePicture(whole.subarray(0, length), "a.png")).toThrow(/^a\.png: [^\n]+\.$/);
  }
});

describe.skipIf(!hasFfmpeg)("what ffmpeg writes", () => {
  const path = join(temporaryFolder("png"), "a.png");

  test.each(["rgb24", "rgba", "ya8", "pal8", "monob", "rgb48be"])("%s", (format) => {
    const input = ["-f", "lavfi", "-i", `testsrc2=s=37x23:r=1:d=1,format=${format}`, "-frames:v", "1"];
    ffmpeg(...input, "-c:v", "png", "-pred", "mixed", path);
    const isDeep = format === "rgb48be";
    const raw = ffmpeg("-i", path, "-pix_fmt", isDeep ? "rgb48le" : "rgb24", "-f", "rawvideo", "pipe:1");
    const values = isDeep ? new Uint16Array(new Uint8Array(raw).buffer) : raw;
    const { rgb } = decodePicture(readFileSync(path), "a.png");
    expect(rgb.length).toBe(values.length);
    const differences = rgb.map((value, i) => Math.abs(value - values[i] / (isDeep ? 257 : 1)));
    expect(Math.max(...differences)).toBeLessThan(0.01);
  });
});
