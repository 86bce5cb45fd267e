/**
 * Clips of a handwritten digit that moves in one of eight directions, to be classified by the direction.
 *
 * The digit leaves a frame on one side and enters on the other, and its start is uniform, so that single frames have
 * the same distribution in all classes. A clip played backwards is a clip of the opposite direction with the same mean,
 * so that the mean of all frames shows the axis of the movement at best. Only the order of the frames tells the
 * direction. After Moving MNIST (Srivastava et al., 2015), whose digits bounce off the walls and whose task is to
 * predict frames.
 */
import { ArgumentError, checkOptions, OutOfMemoryError, shown } from "../errors.js";
import { RandomStream } from "../random.js";
import type { HostArray } from "../tensor.js";
import { digitSide, digits, digitsPerClass } from "./digits.js";

/**
 * The eight classes, in the order of the labels: name, arrow, and the movement on the axes (x to the right, y down).
 */
export const directions = [
  { name: "right", arrow: "→", dx: 1, dy: 0 },
  { name: "right up", arrow: "↗", dx: 1, dy: -1 },
  { name: "up", arrow: "↑", dx: 0, dy: -1 },
  { name: "left up", arrow: "↖", dx: -1, dy: -1 },
  { name: "left", arrow: "←", dx: -1, dy: 0 },
  { name: "left down", arrow: "↙", dx: -1, dy: 1 },
  { name: "down", arrow: "↓", dx: 0, dy: 1 },
  { name: "right down", arrow: "↘", dx: 1, dy: 1 },
] as const;

/** Options of `movingDigits` and `movingDigitBatches`. */
export interface MovingDigitOptions {
  /** Frames per clip, 8 by default. */
  frames?: number;
  /** Height and width of a frame in pixels, 32 by default, at least 20. */
  size?: number;
  /** The set of digits: "train", the default, has 400 of each class, "test" the other 100. */
  split?: "train" | "test";
  /** Equal seeds give equal clips, bit for bit, 0 by default. */
  seed?: number;
  /**
   * Slowest and fastest speed, in pixels per frame along each axis of the movement, [1, 2] by default. It is constant
   * in a clip.
   */
  speed?: readonly [number, number];
}

/** Clips with their labels. */
export interface MovingDigits {
  /** The clips: [count, frames, size, size, 1], values from 0 (background) to 1. */
  clips: HostArray<Float32Array>;
  /** One-hot, [count, 8]. */
  labels: HostArray<Float32Array>;
  /** The class of each clip, an index into `directions`: [count]. */
  directions: Uint8Array;
  /** The digit that each clip shows, 0 to 9: [count]. It is not the class. */
  digits: Uint8Array;
}

const optionNames: readonly (keyof MovingDigitOptions)[] = ["frames", "size", "split", "seed", "speed"];

/**
 * Makes the first `count` clips of an endless list. Clip i depends only on the options and on i.
 *
 * @throws ArgumentError when an option is unknown or out of range; OutOfMemoryError for more clips than there is memory for.
 * @example
 * const { clips, labels } = movingDigits({ count: 1000, frames: 8, size: 32 });
 * await model.fit(clips, labels, { epochs: 3 });
 */
export function movingDigits(
  options: MovingDigitOptions & {
    /** The number of clips. */
    count: number;
  },
): MovingDigits {
  checkOptions("movingDigits", options, ["count", ...optionNames]);
  const { count, ...rest } = options;
  checkWhole("movingDigits", "count", count, 1);
  return makeClips(0, count, checkedOptions("movingDigits", rest));
}

/**
 * Generates batches [x, y] of an endless list of clips, none of which returns. x: [batchSize, frames, size, size, 1],
 * values from 0 to 1; y: one-hot [batchSize, 8], by `directions`. batchSize is 32 by default.
 *
 * @throws ArgumentError when an option is unknown or out of range.
 * @example
 * await model.fit(movingDigitBatches({ batchSize: 16 }), { stepsPerEpoch: 100, epochs: 3 });
 */
export function movingDigitBatches(
  options: MovingDigitOptions & {
    /** The clips in a batch, 32 by default. */
    batchSize?: number;
  } = {},
): Generator<[HostArray<Float32Array>, HostArray<Float32Array>], never> {
  checkOptions("movingDigitBatches", options, ["batchSize", ...optionNames]);
  const { batchSize = 32, ...rest } = options;
  checkWhole("movingDigitBatches", "batchSize", batchSize, 1);
  return endlessBatches(batchSize, checkedOptions("movingDigitBatches", rest));
}

function* endlessBatches(
  batchSize: number,
  options: Required<MovingDigitOptions>,
): Generator<[HostArray<Float32Array>, HostArray<Float32Array>], never> {
  for (let first = 0; ; first += batchSize) {
    const { clips, labels } = makeClips(first, batchSize, options);
    yield [clips, labels];
  }
}

function checkedOptions(where: string, options: MovingDigitOptions): Required<MovingDigitOptions> {
  const { frames = 8, size = 32, split = "train", seed = 0, speed = [1, 2] } = options;
  checkWhole(where, "frames", frames, 1);
  checkWhole(where, "size", size, digitSide);
  if (split !== "train" && split !== "test") {
    throw new ArgumentError(`${where}: split is ${shown(split)}; expected "train" or "test".`);
  }
  if (!(
    Array.isArray(speed) &&
    speed.every(Number.isFinite) &&
    speed.length === 2 &&
    speed[0] >= 0 &&
    speed[1] >= speed[0] &&
    Number.isFinite(speed[1])
  )) {
    throw new ArgumentError(
      `${where}: speed is ${shown(speed)}; expected [slowest, fastest] in pixels a frame, from 0.`,
    );
  }
  return { frames, size, split, seed, speed };
}

function checkWhole(where: string, name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ArgumentError(`${where}: ${name} is ${shown(value)}; expected a whole number from ${least}.`);
}

function makeClips(first: number, count: number, options: Required<MovingDigitOptions>): MovingDigits {
  const { frames, size } = options;
  const clipSize = frames * size * size;
  const clips = zeros(count * clipSize);
  const labels = zeros(count * directions.length);
  const result: MovingDigits = {
    clips: { data: clips, shape: [count, frames, size, size, 1] },
    labels: { data: labels, shape: [count, directions.length] },
    directions: new Uint8Array(count),
    digits: new Uint8Array(count),
  };
  for (let i = 0; i < count; i++) {
    const { digit, direction } = drawClip(clips.subarray(i * clipSize, (i + 1) * clipSize), first + i, options);
    labels[i * directions.length + direction] = 1;
    result.directions[i] = direction;
    result.digits[i] = Math.floor(digit / digitsPerClass);
  }
  return result;
}

/** @throws OutOfMemoryError where there is no memory for so many values. */
function zeros(length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (cause) {
    throw new OutOfMemoryError(`movingDigits: no memory for ${length} values; use movingDigitBatches.`, { cause });
  }
}

/** Clips use stream numbers far from those that initializers and dropout use with the same seed. */
const firstStream = 2 ** 31;

/** Draws clip number `index`. In frame t the digit is at start + t * pace * direction, in double precision. */
function drawClip(
  clip: Float32Array,
  index: number,
  options: Required<MovingDigitOptions>,
): { digit: number; direction: number } {
  const { frames, size, split, seed, speed } = options;
  const random = new RandomStream(seed, firstStream + index);
  const direction = random.integer(directions.length);
  const digit = chooseDigit(random, split);
  const pace = speed[0] + (speed[1] - speed[0]) * random.uniform();
  const startX = size * random.uniform();
  const startY = size * random.uniform();
  const { dx, dy } = directions[direction];
  for (let t = 0; t < frames; t++) {
    const frame = clip.subarray(t * size * size, (t + 1) * size * size);
    drawDigit(frame, size, digit, startX + t * pace * dx, startY + t * pace * dy);
  }
  return { digit, direction };
}

/** The first 400 digits of each class are for training, the last 100 for testing. */
function chooseDigit(random: RandomStream, split: "train" | "test"): number {
  const [from, count] = split === "train" ? [0, 400] : [400, 100];
  return random.integer(10) * digitsPerClass + from + random.integer(count);
}

/**
 * Adds a digit with its top left corner at (left, top), interpolated bilinearly between pixels, wrapped at the borders.
 */
function drawDigit(frame: Float32Array, size: number, digit: number, left: number, top: number): void {
  const x0 = Math.floor(left);
  const y0 = Math.floor(top);
  const right = left - x0; // weight of the next column
  const below = top - y0; // weight of the next row
  addDigit(frame, size, digit, x0, y0, (1 - right) * (1 - below));
  addDigit(frame, size, digit, x0 + 1, y0, right * (1 - below));
  addDigit(frame, size, digit, x0, y0 + 1, (1 - right) * below);
  addDigit(frame, size, digit, x0 + 1, y0 + 1, right * below);
}

function addDigit(frame: Float32Array, size: number, digit: number, left: number, top: number, weight: number): void {
  const pixels = digits();
  const wrap = (position: number) => ((position % size) + size) % size;
  for (let row = 0; row < digitSide; row++) {
    const to = wrap(top + row) * size;
    let from = (digit * digitSide + row) * digitSide;
    let x = wrap(left);
    for (let column = 0; column < digitSide; column++) {
      frame[to + x] += weight * pixels[from++];
      if (++x === size) x = 0;
    }
  }
}
