import { readFileSync } from "node:fs";
import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { digits, directions, movingDigitBatches, movingDigits } from "../../src/datasets/index.js";
import { OutOfMemoryError } from "../../src/errors.js";

const side = 20;
const size = 32;
const frames = 8;
const frameSize = size * size;
const clipSize = frames * frameSize;

const frameOf = (clips: Float32Array, clip: number, t: number) =>
  clips.subarray(clip * clipSize + t * frameSize, clip * clipSize + (t + 1) * frameSize);

/** Mean over the frames of one clip, [size, size]. */
function meanFrame(clips: Float32Array, clip: number): Float32Array {
  const mean = new Float32Array(frameSize);
  for (let t = 0; t < frames; t++) frameOf(clips, clip, t).forEach((value, i) => (mean[i] += value / frames));
  return mean;
}

/** Vitest's own comparison takes seconds for millions of values. */
const sameBits = (a: Float32Array, b: Float32Array) =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

describe("the digits", () => {
  test("are those of data/digits.png, to 16 grey levels", () => {
    const sheet = decode(readFileSync(new URL("../../data/digits.png", import.meta.url)));
    expect([sheet.width, sheet.height, sheet.channels, sheet.depth]).toEqual([2000, 1000, 1, 8]);
    const unpacked = digits();
    expect(unpacked.length).toBe(5000 * side * side);
    let worst = 0;
    for (let i = 0; i < unpacked.length; i++) {
      const digit = Math.floor(i / (side * side));
      const [row, column] = [Math.floor(i / side) % side, i % side];
      const top = Math.floor(digit / 100) * side + row;
      const left = (digit % 100) * side + column;
      worst = Math.max(worst, Math.abs(unpacked[i] - sheet.data[top * sheet.width + left] / 255));
    }
    expect(worst).toBeLessThan(0.5 / 15 + 1e-6);
  });
});

describe("moving digits", () => {
  const options = { count: 400, seed: 7 };
  const set = movingDigits(options);
  const clips = set.clips.data;

  test("come with shapes, one-hot labels and all eight directions", () => {
    expect(set.clips.shape).toEqual([400, 8, 32, 32, 1]);
    expect(set.labels.shape).toEqual([400, 8]);
    set.directions.forEach((direction, i) => {
      const row = Array.from(set.labels.data.subarray(i * 8, i * 8 + 8));
      expect(row).toEqual(directions.map((_, k) => (k === direction ? 1 : 0)));
    });
    const seen = directions.map((_, k) => set.directions.filter((direction) => direction === k).length);
    expect(Math.min(...seen)).toBeGreaterThan(25);
    expect(new Set(set.digits).size).toBe(10);
  });

  test("name the directions by turns of 45 degrees to the left, from the right on", () => {
    directions.forEach(({ dx, dy }, k) => {
      const turn = Math.atan2(-dy, dx);
      expect(turn < 0 ? turn + 2 * Math.PI : turn).toBeCloseTo((k * Math.PI) / 4, 12);
    });
    expect(directions.map(({ arrow }) => arrow).join("")).toBe("→↗↑↖←↙↓↘");
    expect(directions.map(({ name }) => name)[6]).toBe("down");
  });

  test("repeat bit for bit for a seed, differ for another, and clip i depends only on the seed and i", () => {
    const again = movingDigits(options);
    expect(sameBits(again.clips.data, clips)).toBe(true);
    expect(again.directions).toEqual(set.directions);
    expect(sameBits(movingDigits({ ...options, seed: 8 }).clips.data, clips)).toBe(false);
    const batches = movingDigitBatches({ batchSize: 100, seed: 7 });
    batches.next();
    const [x, y] = batches.next().value;
    expect(x.shape).toEqual([100, 8, 32, 32, 1]);
    expect(sameBits(x.data, clips.subarray(100 * clipSize, 200 * clipSize))).toBe(true);
    expect(y.data).toEqual(set.labels.data.subarray(800, 1600));
  });

  test("lose no brightness at the borders", () => {
    for (let clip = 0; clip < 400; clip++) {
      const ink = sum(frameOf(clips, clip, 0));
      for (let t = 1; t < frames; t++) expect(sum(frameOf(clips, clip, t)) / ink).toBeCloseTo(1, 5);
    }
  });

  test("wrap round the torus: at a whole number of pixels a frame, each frame is the one before, rolled", () => {
    const whole = movingDigits({ count: 200, seed: 3, speed: [2, 2] });
    for (let clip = 0; clip < 200; clip++) {
      const { dx, dy } = directions[whole.directions[clip]];
      for (let t = 1; t < frames; t++) {
        const [before, after] = [frameOf(whole.clips.data, clip, t - 1), frameOf(whole.clips.data, clip, t)];
        const difference = after.map((value, i) => {
          const x = ((i % size) - 2 * dx + size) % size;
          const y = (Math.floor(i / size) - 2 * dy + size) % size;
          return Math.abs(value - before[y * size + x]);
        });
        expect(Math.max(...difference)).toBeLessThan(1e-5);
      }
    }
  });

  test("move the way the label says: the shift from first to fourth frame that correlates best gives the direction", () => {
    let correct = 0;
    for (let clip = 0; clip < 200; clip++) {
      const [x, y] = bestShift(frameOf(clips, clip, 0), frameOf(clips, clip, 3));
      const along = directions.map(({ dx, dy }) => (x * dx + y * dy) / Math.hypot(dx, dy));
      if (along.indexOf(Math.max(...along)) === set.directions[clip]) correct++;
    }
    expect(correct).toBe(200);
  });

  test("use different digits for training and testing", () => {
    // A digit keeps its ink wherever it stands, and few of a class have the same.
    const pixels = side * side;
    const ink = Array.from({ length: 5000 }, (_, digit) =>
      sum(digits().subarray(digit * pixels, (digit + 1) * pixels)),
    );
    const isTest = (digit: number) => digit % 500 >= 400;
    for (const split of ["train", "test"] as const) {
      const drawn = movingDigits({ count: 300, seed: 11, split });
      for (let clip = 0; clip < 300; clip++) {
        const value = sum(frameOf(drawn.clips.data, clip, 0));
        const candidates = ink.flatMap((other, digit) =>
          Math.floor(digit / 500) === drawn.digits[clip] && Math.abs(other - value) < 1e-3 ? [digit] : [],
        );
        expect(candidates.some((digit) => isTest(digit) === (split === "test"))).toBe(true);
      }
    }
  });

  test("cannot be classified by one frame nor by the mean of all: nearest centroids stay at chance", () => {
    const train = movingDigits({ count: 1600, seed: 21 });
    const held = movingDigits({ count: 800, seed: 22 });
    const views = {
      first: (data: Float32Array, clip: number) => frameOf(data, clip, 0),
      last: (data: Float32Array, clip: number) => frameOf(data, clip, frames - 1),
      mean: meanFrame,
    };
    for (const view of Object.values(views)) {
      const centroids = directions.map(() => new Float64Array(frameSize));
      const counts = directions.map((_, k) => train.directions.filter((direction) => direction === k).length);
      train.directions.forEach((direction, clip) => {
        const image = view(train.clips.data, clip);
        const centroid = centroids[direction];
        for (let i = 0; i < frameSize; i++) centroid[i] += image[i] / counts[direction];
      });
      let correct = 0;
      held.directions.forEach((direction, clip) => {
        const image = view(held.clips.data, clip);
        const distances = centroids.map((centroid) => squaredDistance(centroid, image));
        if (distances.indexOf(Math.min(...distances)) === direction) correct++;
      });
      // Chance is 1/8 of 800 clips; 5 standard deviations of 9.4 above it.
      expect(correct).toBeLessThan(100 + 47);
    }
  });

  test("refuse unknown options in one line", () => {
    expect(() => movingDigits({ count: 0 })).toThrow("movingDigits: count is 0; expected a whole number from 1.");
    expect(() => movingDigits({ count: 1, size: 16 })).toThrow("size is 16; expected a whole number from 20.");
    expect(() => movingDigits({ count: 1, split: "valid" as "test" })).toThrow(
      'split is "valid"; expected "train" or "test".',
    );
    expect(() => movingDigits({ count: 1, speed: [2, 1] })).toThrow("speed is [2, 1]; expected [slowest, fastest]");
    expect(() => movingDigits({ count: 1, split: 5n as never })).toThrow("split is 5n; expected");
    expect(() => movingDigits({ count: 1, speed: null as never })).toThrow("speed is null; expected");
    expect(() => movingDigits({ count: 2 ** 40 })).toThrow(OutOfMemoryError);
    expect(() => movingDigitBatches({ bachSize: 3 } as object)).toThrow('did you mean "batchSize"?');
  });
});

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] - b[i]) ** 2;
  return total;
}

/** The shift (x, y), each from -size/2 to size/2, that carries `from` onto `to` best. */
function bestShift(from: Float32Array, to: Float32Array): [number, number] {
  const ink = [...from.keys()].filter((i) => from[i] > 0.3);
  let best = -1;
  let shift: [number, number] = [0, 0];
  for (let y = -size / 2; y < size / 2; y++) {
    for (let x = -size / 2; x < size / 2; x++) {
      let product = 0;
      for (const i of ink) {
        const column = ((i % size) + x + size) % size;
        const row = (Math.floor(i / size) + y + size) % size;
        product += from[i] * to[row * size + column];
      }
      if (product > best) [best, shift] = [product, [x, y]];
    }
  }
  return shift;
}
