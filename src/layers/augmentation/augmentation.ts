/** What all augmentations of frames share: when they act, what they draw, and for which frames. */
import { ArgumentError, ShapeError, shapeText, shown } from "../../errors.js";
import { type ComputeOptions, Layer, type LayerOptions } from "../../layer.js";
import { reshape } from "../../ops/index.js";
import { where } from "../../ops/where.js";
import { type RandomStream, randomStream } from "../../random.js";
import { undoable } from "../../scope.js";
import type { PartialShape } from "../../shape.js";
import { type Tensor, tensor } from "../../tensor.js";

/** The options of all augmentations. */
export interface AugmentationOptions extends LayerOptions {
  /** The seed of what is drawn; the next stream of the global seed (`setSeed`) by default. */
  seed?: number | null;
  /**
   * Whether every frame of a clip (an input with an axis of time, or one under TimeDistributed) is changed by a draw of
   * its own, as in Keras; false by default: all frames of a clip are changed alike.
   */
  perFrame?: boolean;
}

/** A number f, which means a range around 0 up to f, or the two ends of a range. */
export type Factor = number | readonly number[];
/** The two ends of a range. */
export type Range = readonly [low: number, high: number];

/** The random numbers of one call: one for each clip, given for each of its frames. */
export class Draws {
  constructor(
    private readonly stream: RandomStream,
    /** The number of frames of all clips. */
    readonly rows: number,
    /** The number of frames of a clip. */
    readonly frames: number,
  ) {}

  /** A number for each frame, drawn uniformly; frames of one clip have the same. */
  numbers([low, high]: Range): Float32Array {
    return this.spread(() => low + (high - low) * this.stream.uniform());
  }

  /** One number for the whole batch, drawn uniformly. */
  once([low, high]: Range): number {
    return low + (high - low) * this.stream.uniform();
  }

  /** One number, drawn from the standard normal distribution. */
  normal(): number {
    return this.stream.normal();
  }

  /** A whole number below a limit. */
  integer(limit: number): number {
    return this.stream.integer(limit);
  }

  /** For each frame 1 with a probability drawn from the range, else 0. */
  flags(probability: Range): Float32Array {
    const chances = this.numbers(probability);
    return this.numbers([0, 1]).map((value, row) => Number(value < chances[row]));
  }

  /** What `draw` gives for each clip, repeated for its frames. */
  spread(draw: () => number): Float32Array {
    const result = new Float32Array(this.rows);
    for (let from = 0; from < this.rows; from += this.frames) result.fill(draw(), from, from + this.frames);
    return result;
  }

  /** For each frame one of the same place in another clip; the clips are in random order. */
  shuffledRows(): Float32Array {
    const { frames } = this;
    const order = this.stream.permutation(this.rows / frames);
    return Float32Array.from(
      { length: this.rows },
      (_, row) => order[Math.floor(row / frames)] * frames + (row % frames),
    );
  }
}

/** A number for each frame, as a tensor that repeats over its pixels: `[frames, 1, 1, 1]`. */
export const column = (values: Float32Array): Tensor => tensor(values, [values.length, 1, 1, 1]);

/** Takes `changed` for the frames whose flag is 1, and x for the others. */
export const applyWhere = (flags: Float32Array, changed: Tensor, x: Tensor): Tensor =>
  flags.every(Boolean) ? changed : where(tensor(flags), changed, x);

/** Gives clips `[batch, time, height, width, channels]` as frames `[batch time, height, width, channels]`. */
export const foldFrames = (x: Tensor): Tensor =>
  x.shape.length === 4 ? x : reshape(x, [x.shape[0] * x.shape[1], ...x.shape.slice(2)]);

/** Gives frames as the clips x that they came from, if x has clips. */
export const unfoldFrames = (frames: Tensor, x: Tensor): Tensor =>
  x.shape.length === 4 ? frames : reshape(frames, [x.shape[0], x.shape[1], ...frames.shape.slice(1)]);

/** Refuses what are neither frames nor clips. @throws ShapeError */
export function checkFramesOrClips(label: string, x: PartialShape): void {
  if (x.length === 4 || x.length === 5) return;
  throw new ShapeError(
    `${label}: expected frames [batch, height, width, channels] or clips [batch, time, height, width, channels], received ${shapeText(x)}.`,
  );
}

/**
 * The base of layers that change frames at random in training and give x itself otherwise: x
 * `[batch, height, width, channels]`, or clips `[batch, time, height, width, channels]`. Frames of a clip are changed
 * alike, unless `perFrame` is true.
 */
export abstract class AugmentationLayer extends Layer {
  /** Whether every frame of a clip is changed by a draw of its own. TimeDistributed looks whether a layer has this. */
  readonly perFrame: boolean;
  /** The random stream of what is drawn, which advances with each call in training and is saved with the model. */
  random: RandomStream;

  /** @param known the names of the layer's own options. */
  constructor(options: AugmentationOptions, known: readonly string[]) {
    super(options, [...known, "seed", "perFrame"]);
    this.perFrame = options.perFrame ?? false;
    this.random = randomStream(options.seed);
  }

  override call([x]: Tensor[], { training, timeSteps, frames = timeSteps }: ComputeOptions): Tensor[] {
    if (!training) return [x];
    const folded = foldFrames(x);
    const { random } = this;
    undoable(() => {
      const { counter, spare } = random;
      return (failed) => void (failed && Object.assign(random, { counter, spare }));
    });
    const inClip = this.perFrame ? 1 : (frames * folded.shape[0]) / x.shape[0];
    return [unfoldFrames(this.transform(folded, new Draws(random, folded.shape[0], inClip)), x)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    checkFramesOrClips(this.label, x);
    this.checkFrames(x);
    return [x];
  }

  /** Refuses frames that the layer cannot take. @throws ShapeError */
  protected checkFrames(_x: PartialShape): void {}

  /** Changes frames `[frames, height, width, channels]`. */
  protected abstract transform(x: Tensor, draws: Draws): Tensor;
}

/** Refuses frames that have another number of channels than one of these. @throws ShapeError */
export function checkChannels(label: string, x: PartialShape, counts: readonly number[]): void {
  if (counts.includes(x.at(-1)!)) return;
  throw new ShapeError(`${label}: expected ${counts.join(" or ")} channels, received ${shapeText(x)}.`);
}

// ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isPair = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(isNumber);

/**
 * Gives the range of a factor: a number f means -f to f, as far as the bounds allow; of a pair the smaller comes first.
 * @param mayExceed whether one end of a pair may lie outside of the bounds, as for some layers of Keras.
 * @throws ArgumentError for what is neither, or lies outside of the bounds.
 */
export function readFactor(label: string, option: string, value: unknown, bounds: Range, mayExceed = false): Range {
  const [least, most] = bounds;
  const isIn = (low: number, high: number) => (mayExceed ? low <= most && high >= least : low >= least && high <= most);
  if (isNumber(value) && value >= least && value <= most) {
    return [Math.max(-Math.abs(value), least), Math.abs(value)];
  }
  const [low, high] = isPair(value) ? [Math.min(...value), Math.max(...value)] : [NaN, NaN];
  if (isIn(low, high)) return [low, high];
  throw new ArgumentError(
    `${label}: ${option} ${shown(value)}; expected a number from ${least} to ${most}, or a pair of them.`,
  );
}

/** Gives the range of values, "0 to 255" by default. @throws ArgumentError for what is no pair of two numbers. */
export function readValueRange(label: string, value: unknown = [0, 255]): Range {
  if (isPair(value) && value[0] !== value[1]) return [Math.min(...value), Math.max(...value)];
  throw new ArgumentError(`${label}: valueRange ${shown(value)}; expected two different numbers, as [0, 255].`);
}
