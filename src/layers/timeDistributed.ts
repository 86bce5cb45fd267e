import { layerFrom } from "../config.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type CallOptions, callable, isShapeList, Layer, type LayerOptions, type OneOrMany } from "../layer.js";
import { reshape } from "../ops/index.js";
import { inRowGroups, isRecording } from "../ops/rowGroups.js";
import type { Named } from "../named.js";
import type { PartialShape, Shape } from "../shape.js";
import type { Resumable } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { checkOne } from "./check.js";

export interface TimeDistributedOptions extends LayerOptions {
  /**
   * What batch normalization inside takes its statistics over in training. "step" (the default, as Keras 3): over the batch,
   * for each step of time. "clip": over batch and time together, which is faster and has the better statistics (as Keras 2).
   */
  statistics?: "step" | "clip";
}

/**
 * Frames that no gradient is wanted of run in groups, whose largest tensor has at most so many elements (16 MB): it then stays
 * in a processor's last cache on its way from layer to layer. Measured for MobileNet at 224, alone 40 ms a frame, by five 32 ms,
 * all sixteen at once 34 ms and 120 MB more.
 */
const groupElements = 2 ** 22;

export class TimeDistributedLayer extends Layer {
  static override className = "TimeDistributed";
  readonly layer: Layer;
  readonly statistics: "step" | "clip";

  constructor(layer: Layer, options: TimeDistributedOptions = {}) {
    super({ layer, ...options } as LayerOptions, ["statistics", "layer"]);
    if (!(layer instanceof Layer)) {
      throw new ArgumentError(`${this.label}: expected a layer or model, as in TimeDistributed(cnn)(clips).`);
    }
    this.layer = layer;
    this.statistics = options.statistics ?? "step";
    if (this.statistics !== "step" && this.statistics !== "clip") {
      throw new ArgumentError(`${this.label}: statistics "${this.statistics as string}"; expected "step" or "clip".`);
    }
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

  override build(shape: PartialShape): void {
    this.layer.buildOnce(folded(shape));
  }

  override call(x: Tensor, options: CallOptions): OneOrMany<Tensor> {
    return this.#everyStep(x, options, false).next().value as OneOrMany<Tensor>;
  }

  override callInParts(x: Tensor, options: CallOptions): Resumable<OneOrMany<Tensor>> {
    const isOwn = this.call === TimeDistributedLayer.prototype.call;
    return isOwn ? this.#everyStep(x, options, true) : super.callInParts(x, options);
  }

  *#everyStep(x: Tensor, options: CallOptions, pauses: boolean): Resumable<OneOrMany<Tensor>> {
    const [batch, steps, ...frame] = x.shape;
    const frames = reshape(x, [batch * steps, ...frame]);
    const [given] = [options.mask].flat();
    const mask = given && reshape(given, [batch * steps, ...given.shape.slice(2)]);
    const perStep = this.statistics === "step" ? (options.steps ?? 1) * steps : options.steps;
    const inside = { ...options, mask, steps: perStep };
    const y = yield* this.#inGroups(frames, inside, pauses);
    const unfold = (part: Tensor) => reshape(part, [batch, steps, ...part.shape.slice(1)]);
    return Array.isArray(y) ? y.map(unfold) : unfold(y);
  }

  /** Group after group, or all at once where the frames belong together or are few. */
  *#inGroups(frames: Tensor, inside: CallOptions, pauses: boolean): Resumable<OneOrMany<Tensor>> {
    const { layer } = this;
    const compute = function* (x: Tensor, options: CallOptions): Resumable<OneOrMany<Tensor>> {
      return pauses ? yield* layer.computeInParts(x, options) : layer.compute(x, options);
    };
    const shape = layer.computeOutputShape(frames.shape);
    const numGroups = this.#numGroups(frames, shape, inside);
    if (!(numGroups > 1)) return yield* compute(frames, inside);
    const many = isShapeList(shape);
    const rows = (many ? shape : [shape]).map((s) => s.slice(1) as Shape);
    const { steps: _, ...options } = inside;
    const results = yield* inRowGroups(frames, Math.ceil(frames.shape[0] / numGroups), rows, function* (group) {
      return [yield* compute(group, options)].flat();
    });
    return many ? results : results[0];
  }

  #numGroups(frames: Tensor, shape: PartialShape | PartialShape[], { training, mask }: CallOptions): number {
    const { layer } = this;
    const apart = (!training || isFrozen(layer)) && !isPenalized(layer);
    if (!apart || mask || isRecording([frames, ...layer.weights])) return 1;
    const atOnce = Math.max(1, Math.floor(groupElements / layer.largestOutput(frames.shape, shape)));
    return Math.ceil(frames.shape[0] / atOnce);
  }

  override computeOutputShape(shape: PartialShape): PartialShape | PartialShape[] {
    const x = checkOne(this.label, shape);
    if (x.length < 3) {
      throw new ShapeError(`${this.label}: expected [batch, time, ...], received ${shapeText(x)}.`);
    }
    const [batch, steps] = x;
    const y = this.layer.computeOutputShape(folded(x));
    const unfold = (part: PartialShape): PartialShape => [batch, steps, ...part.slice(1)];
    return isShapeList(y) ? y.map(unfold) : unfold(y);
  }

  override macs(input: PartialShape): number {
    const frames = folded(input);
    return (input[1] ?? NaN) * this.layer.macs(frames, this.layer.computeOutputShape(frames));
  }

  override largestOutput(input: PartialShape): number {
    const frames = folded(input);
    return (input[1] ?? NaN) * this.layer.largestOutput(frames, this.layer.computeOutputShape(frames));
  }
}

/** [batch, time, ...] with time in the batch. */
const folded = ([batch, steps, ...frame]: PartialShape): PartialShape => [
  batch === null || steps === null ? null : batch * steps,
  ...frame,
];

/** Whether neither the layer nor one inside it changes, or looks across the batch, in training. */
const isFrozen = (layer: Layer): boolean => !layer.trainable && layer.sublayers.every(isFrozen);

/** Whether what the layer, or one inside it, gives is penalized; the penalty is one of all frames. */
const isPenalized = (layer: Layer): boolean => !!layer.activityRegularizer || layer.sublayers.some(isPenalized);

/**
 * A layer or model on every step of time: x [batch, time, ...] to [batch, time, ...result of the layer]. Time is folded into
 * the batch, [batch time, ...], and the layer called once.
 *
 *     const features = TimeDistributed(cnn)(clips);
 */
export const TimeDistributed = callable(TimeDistributedLayer);
