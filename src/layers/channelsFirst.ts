import { layerFrom } from "../registry.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { callable, type ComputeOptions, Layer, type LayerOptions } from "../layer.js";
import type { Named } from "../named.js";
import { transpose } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Window } from "./window.js";

/** The options of `ChannelsFirst`. */
export interface ChannelsFirstOptions extends LayerOptions {
  /** The name of the layer; by default that of the layer inside. */
  name?: string;
}

/** The class of `ChannelsFirst` layers, for subclasses and `instanceof`. */
export class ChannelsFirstLayer extends Layer {
  static override className = "ChannelsFirst";
  /** The layer inside, which computes with channels last. */
  readonly layer: Layer;

  constructor(layer: Layer, options: ChannelsFirstOptions = {}) {
    if (!(layer instanceof Layer)) {
      throw new ArgumentError(
        "ChannelsFirst: expected a layer, as in ChannelsFirst(Conv2D({ filters: 8, kernelSize: 3 })).",
      );
    }
    super({ name: layer.name, ...options, layer } as LayerOptions, ["layer"]);
    this.layer = layer;
    layer.isInside = true;
  }

  static override fromConfig({ layer, ...options }: Record<string, unknown>): ChannelsFirstLayer {
    return new this(layerFrom(layer as Named), options);
  }

  override get sublayers(): readonly Layer[] {
    return [this.layer];
  }

  override get takesSeveral(): boolean {
    return this.layer.takesSeveral;
  }

  override get supportsMasking(): boolean {
    return this.layer.supportsMasking;
  }

  override givesList(outputs: readonly unknown[]): boolean {
    return this.layer.givesList(outputs);
  }

  /** Discards the states of a stateful layer inside. */
  resetStates(): void {
    (this.layer as Layer & { resetStates?(): void }).resetStates?.();
  }

  override build(shapes: PartialShape[]): void {
    this.layer.buildOnce(shapes.map((shape) => this.#toLast(shape)));
  }

  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    const turned = inputs.map((x) => transpose(x, this.#toLast(axesOf(x.shape)) as number[]));
    const outputs = this.layer.compute(turned, options);
    return outputs.map((y) => transpose(y, this.#toFirst(axesOf(y.shape)) as number[]));
  }

  override computeMask(inputs: Tensor[], masks: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    return this.layer.computeMask(inputs, masks);
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    const turned = shapes.map((shape) => this.#toLast(shape));
    try {
      return this.layer.outputShapes(turned).map((shape) => this.#toFirst(shape));
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      const given = shapes.map(shapeText).join(" and ");
      throw new ShapeError(`${this.label}: received ${given}, channels first, turned for ${error.message}`);
    }
  }

  override macs(inputs: PartialShape[], outputs: PartialShape[]): number {
    return this.layer.macs(inputs.map((x) => this.#toLast(x)), outputs.map((y) => this.#toLast(y))); // prettier-ignore
  }

  override largestOutput(inputs: PartialShape[], outputs: PartialShape[]): number {
    return this.layer.largestOutput(inputs.map((x) => this.#toLast(x)), outputs.map((y) => this.#toLast(y))); // prettier-ignore
  }

  /**
   * @internal The axis of the channels in a tensor of a rank: 1, but for sequences of frames 2, which are those with more
   * axes than a frame of the ConvLSTM inside has.
   */
  channelsOf(rank: number): number {
    const space = spaceOf(this.layer);
    return space === undefined ? 1 : Math.max(1, rank - 1 - space);
  }

  /** Moves the item of the channels to the end: of a shape, or of the list of its axes. */
  #toLast<T>(items: readonly T[]): T[] {
    const at = this.channelsOf(items.length);
    return [...items.slice(0, at), ...items.slice(at + 1), ...items.slice(at, at + 1)];
  }

  /** Moves the last item to where the channels are. */
  #toFirst<T>(items: readonly T[]): T[] {
    if (items.length < 2) return [...items];
    const at = this.channelsOf(items.length);
    return [...items.slice(0, at), items.at(-1)!, ...items.slice(at, -1)];
  }
}

/** @internal The layer inside a `ChannelsFirst`; any other layer itself. */
export const withoutChannels = (layer: Layer): Layer => (layer instanceof ChannelsFirstLayer ? layer.layer : layer);

const axesOf = (shape: PartialShape): number[] => shape.map((_, axis) => axis);

/** The number of axes of space in the frames of a ConvLSTM, or of one in both directions; undefined for other layers. */
function spaceOf(layer: Layer): number | undefined {
  const { forwardLayer = layer } = layer as Layer & { forwardLayer?: Layer };
  return (forwardLayer as Layer & { cell?: { window?: Window } }).cell?.window?.kernel.length;
}

/**
 * Makes a layer that calls another one on tensors whose channels come before the axes of space, as Keras's
 * `data_format="channels_first"` and PyTorch have them: x `[batch, channels, height, width]` (for ConvLSTM
 * `[batch, time, channels, height, width]`), the result in the same order. The layer inside computes with channels
 * last, between two transpositions; its weights are the same in both orders. Files of Keras with channels first are
 * read as such layers, and saved as they came.
 *
 * @throws ArgumentError for what is no layer.
 * @example
 * const y = ChannelsFirst(Conv2D({ filters: 8, kernelSize: 3 }))(x); // [batch, 3, 32, 32] -> [batch, 8, 30, 30]
 */
export const ChannelsFirst = /* @__PURE__ */ callable(ChannelsFirstLayer);
