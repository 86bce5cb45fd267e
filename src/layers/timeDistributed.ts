import { layerFrom } from "../registry.js";
import { ArgumentError, ShapeError, shapeText, unknownName } from "../errors.js";
import { callable, type ComputeOptions, Layer, type LayerOptions } from "../layer.js";
import { reshape } from "../ops/index.js";
import { inRowGroups, isRecording } from "../ops/rowGroups.js";
import type { Named } from "../named.js";
import type { PartialShape, Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The options of `TimeDistributed`. */
export interface TimeDistributedOptions extends LayerOptions {
  /**
   * The axes over which batch normalization inside takes its statistics in training. "step" (the default, as in Keras
   * 3): over the batch, for each time step. "clip" (as in Keras 2): over batch and time together, which is faster and
   * has the better statistics.
   */
  statistics?: "step" | "clip";
}

/**
 * The most elements (16 MB) of the largest tensor of a group of frames. Frames without a gradient are computed in such
 * groups, so that the tensor stays in the last-level cache of the processor from layer to layer. Measured for MobileNet
 * at 224: 40 ms per frame one by one, 32 ms in groups of five, 34 ms and 120 MB more for all sixteen at once.
 */
const groupElements = 2 ** 22;

/** The class of `TimeDistributed` layers, for subclasses and `instanceof`. */
export class TimeDistributedLayer extends Layer {
  static override className = "TimeDistributed";
  /** The layer or model that is called on every time step. */
  readonly layer: Layer;
  /** The axes over which batch normalization inside takes its statistics: "step" or "clip". */
  readonly statistics: "step" | "clip";

  constructor(layer: Layer, options: TimeDistributedOptions = {}) {
    super({ layer, ...options } as LayerOptions, ["statistics", "layer"]);
    if (!(layer instanceof Layer)) {
      throw new ArgumentError(`${this.label}: expected a layer or model, as in TimeDistributed(cnn)(clips).`);
    }
    this.layer = layer;
    layer.isInside = true;
    this.statistics = Object(options).statistics ?? "step";
    const known = ["step", "clip"];
    if (!known.includes(this.statistics)) throw unknownName(this.label, "statistics", this.statistics, known);
  }

  /** True: the input is a sequence. */
  override readonly readsTime = true;

  override stepper(): boolean {
    return true;
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override get sublayers(): readonly Layer[] {
    return [this.layer];
  }

  static override fromConfig({ layer, ...options }: Record<string, unknown>): TimeDistributedLayer {
    return new this(layerFrom(layer as Named), options);
  }

  override givesList(outputs: readonly unknown[]): boolean {
    return this.layer.givesList(outputs);
  }

  override build([shape]: PartialShape[]): void {
    this.layer.buildOnce([foldTime(shape)]);
  }

  override call([x]: Tensor[], options: ComputeOptions): Tensor[] {
    const [given] = options.masks;
    const [batch, time, ...frame] = x.shape;
    const inside = {
      ...options,
      masks: [given && reshape(given, [batch * time, ...given.shape.slice(2)])],
      timeSteps: options.timeSteps * (this.statistics === "step" ? time : 1),
      frames: options.frames! * time,
    };
    const outputs = this.#runInGroups(reshape(x, [batch * time, ...frame]), inside);
    return outputs.map((y) => reshape(y, [batch, time, ...y.shape.slice(1)]));
  }

  /** Computes one group after the other, or all frames at once if they depend on each other or are few. */
  #runInGroups(frames: Tensor, inside: ComputeOptions): Tensor[] {
    const { layer } = this;
    const shapes = layer.outputShapes([frames.shape]);
    const numGroups = this.#numGroups(frames, shapes, inside);
    if (!(numGroups > 1)) return layer.compute([frames], inside);
    const rows = shapes.map((shape) => shape.slice(1) as Shape);
    const options = { ...inside, timeSteps: 1 };
    return inRowGroups(frames, Math.ceil(frames.shape[0] / numGroups), rows, (x) => layer.compute([x], options));
  }

  #numGroups(frames: Tensor, shapes: PartialShape[], { training, masks: [mask], watch }: ComputeOptions): number {
    const { layer } = this;
    // Frames depend on each other by a penalty, in training also by statistics and by the draws of augmentations.
    const isFree = (inside: Layer): boolean =>
      !inside.activityRegularizer &&
      !(training && (inside.trainable || "perFrame" in inside)) &&
      inside.sublayers.every(isFree);
    if (watch?.watchesInside(this) || mask || !isFree(layer) || isRecording([frames, ...layer.weights])) return 1;
    const atOnce = Math.max(1, Math.trunc(groupElements / layer.largestOutput([frames.shape], shapes)));
    return Math.ceil(frames.shape[0] / atOnce);
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    if (x.length < 3) {
      throw new ShapeError(`${this.label}: expected [batch, time, ...], received ${shapeText(x)}.`);
    }
    return this.layer.outputShapes([foldTime(x)]).map((shape) => [x[0], x[1], ...shape.slice(1)]);
  }

  override macs([input]: PartialShape[]): number {
    const frames = [foldTime(input)];
    return (input[1] ?? NaN) * this.layer.macs(frames, this.layer.outputShapes(frames));
  }

  override largestOutput([input]: PartialShape[]): number {
    const frames = [foldTime(input)];
    return (input[1] ?? NaN) * this.layer.largestOutput(frames, this.layer.outputShapes(frames));
  }
}

/** Gives the shape [batch, time, ...] with time folded into the batch. */
const foldTime = ([batch, time, ...frame]: PartialShape): PartialShape => [batch && time && batch * time, ...frame];

/**
 * Makes a layer that calls a layer or model on every time step: x `[batch, time, ...]` to
 * `[batch, time, ...result of the layer]`. Time is folded into the batch, `[batch time, ...]`, and the layer is called
 * once. The weights are the layer's.
 *
 * @throws ArgumentError for what is no layer, and for unknown `statistics`.
 * @example
 * const features = TimeDistributed(cnn)(clips);
 */
export const TimeDistributed = callable(TimeDistributedLayer);
