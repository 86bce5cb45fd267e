import { ArgumentError, kindsOf } from "../errors.js";
import { callable, type ComputeOptions, Layer, type LayerOptions } from "../layer.js";
import type { Named } from "../named.js";
import { layerFrom } from "../registry.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The options of `Pipeline`. */
export interface PipelineOptions extends LayerOptions {
  /** The layers, in the order in which they are called, of one input and output each. Required. */
  layers: readonly Layer[];
}

/** The class of `Pipeline` layers, for subclasses and `instanceof`. */
export class PipelineLayer extends Layer {
  static override className = "Pipeline";
  /** The layers in the order in which they are called. */
  readonly layers: readonly Layer[];

  constructor(options: PipelineOptions) {
    super(options, ["layers"]);
    const { layers } = options;
    if (!Array.isArray(layers) || !Array.from<unknown>(layers).every((layer) => layer instanceof Layer)) {
      throw new ArgumentError(`${this.label}: layers is ${kindsOf(layers)}; expected a list of layers.`);
    }
    this.layers = layers as Layer[];
    for (const layer of this.layers) layer.isInside = true;
  }

  static override fromConfig({ layers, ...options }: Record<string, unknown>): PipelineLayer {
    return new this({ ...options, layers: (layers as Named[]).map((layer) => layerFrom(layer)) });
  }

  override get sublayers(): readonly Layer[] {
    return this.layers;
  }

  override build([shape]: PartialShape[]): void {
    this.#each(shape, (layer, x) => layer.buildOnce([x]));
  }

  /** Calls `visit` with each layer and the shape that it is given, and gives the shape of the result. */
  #each(shape: PartialShape, visit: (layer: Layer, x: PartialShape) => void = () => {}): PartialShape {
    return this.layers.reduce((x, layer) => {
      const [y] = layer.outputShapes([x]);
      visit(layer, x);
      return y;
    }, shape);
  }

  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    const { masks, ...others } = options;
    return this.layers.reduce((xs, layer, i) => layer.compute(xs, i === 0 ? { masks, ...others } : others), inputs);
  }

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    return [this.#each(shape)];
  }

  override macs([shape]: PartialShape[]): number {
    let total = 0;
    this.#each(shape, (layer, x) => (total += layer.macs([x], layer.outputShapes([x]))));
    return total;
  }

  override largestOutput([shape]: PartialShape[]): number {
    let largest = 0;
    this.#each(shape, (layer, x) => (largest = Math.max(largest, layer.largestOutput([x], layer.outputShapes([x])))));
    return largest;
  }
}

/**
 * Makes a layer that calls several layers one after the other, as augmentations; in a model it is one layer. The shapes
 * are those of its layers.
 *
 * @throws ArgumentError for what is no list of layers.
 * @example
 * const augment = Pipeline({ layers: [RandomFlip(), RandomRotation({ factor: 0.1 })] });
 */
export const Pipeline = /* @__PURE__ */ callable(PipelineLayer);
