import { ArgumentError } from "../errors.js";
import { callable, type ComputeOptions, Layer, type LayerOptions } from "../layer.js";
import type { Named } from "../named.js";
import { divideBySpectralNorm } from "../ops/spectralNorm.js";
import { layerFrom } from "../registry.js";
import type { PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { positiveInteger } from "./check.js";

/** The options of `SpectralNormalization`. */
export interface SpectralNormalizationOptions extends LayerOptions {
  /** Number of steps of the power iteration in each call in training; 1 by default. */
  powerIterations?: number;
}

/** The class of `SpectralNormalization` layers, for subclasses and `instanceof`. */
export class SpectralNormalizationLayer extends Layer {
  static override className = "SpectralNormalization";
  /** The layer whose kernel, or embeddings, are normalized. */
  readonly layer: Layer;
  /** Number of steps of the power iteration in each call in training. */
  readonly powerIterations: number;
  /** The kernel, or the embeddings, of the layer inside. */
  kernel!: Variable;
  /** What the power iteration goes on from, `[1, columns of the kernel]`. */
  vectorU!: Variable;

  constructor(layer: Layer, options: SpectralNormalizationOptions = {}) {
    super({ layer, ...options } as LayerOptions, ["layer", "powerIterations"]);
    if (!(layer instanceof Layer)) {
      throw new ArgumentError(`${this.label}: expected a layer, as in SpectralNormalization(Dense({ units: 8 })).`);
    }
    this.layer = layer;
    layer.isInside = true;
    this.powerIterations = positiveInteger(this.label, "powerIterations", Object(options).powerIterations ?? 1);
  }

  static override fromConfig({ layer, ...options }: Record<string, unknown>): SpectralNormalizationLayer {
    return new this(layerFrom(layer as Named), options);
  }

  override get sublayers(): readonly Layer[] {
    return [this.layer];
  }

  /** All weights in Keras's order: the kernel, vector_u, and what else the layer inside has. */
  override get weights(): Variable[] {
    return this.built ? [...new Set([this.kernel, this.vectorU, ...this.layer.weights])] : super.weights;
  }

  override givesList(outputs: readonly unknown[]): boolean {
    return this.layer.givesList(outputs);
  }

  /** Makes the weights. @throws ArgumentError for a layer that has neither a kernel nor embeddings. */
  override build(shapes: PartialShape[]): void {
    this.layer.buildOnce(shapes);
    const { kernel, embeddings } = this.layer as Layer & { kernel?: Variable; embeddings?: Variable };
    const found = kernel ?? embeddings;
    if (!found) throw new ArgumentError(`${this.label}: ${this.layer.label} has neither a kernel nor embeddings.`);
    this.kernel = found;
    const initializer = { className: "TruncatedNormal", config: { stddev: 0.02 } };
    this.vectorU = this.addWeight("vector_u", [1, found.shape.at(-1)!], { initializer, trainable: false });
  }

  /** Calls the layer inside; in training its kernel is divided by its spectral norm first, and stays so. */
  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    if (options.training) divideBySpectralNorm(this.kernel, this.vectorU, this.powerIterations);
    return this.layer.compute(inputs, options);
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return this.layer.outputShapes(shapes);
  }

  override macs(inputs: PartialShape[], outputs: PartialShape[]): number {
    return this.layer.macs(inputs, outputs);
  }

  override largestOutput(inputs: PartialShape[], outputs: PartialShape[]): number {
    return this.layer.largestOutput(inputs, outputs);
  }
}

/**
 * Makes a layer that calls another one, whose kernel (or embeddings) every call in training divides by an estimate of
 * its largest singular value (Miyato et al., 2018), from which a power iteration goes on. The result is that of the
 * layer inside. Weights: those of the layer, and vector_u `[1, columns of the kernel]`, which is not trained.
 *
 * @throws ArgumentError for what is no layer or has no kernel, and for powerIterations that are no whole number from 1.
 * @example
 * const y = SpectralNormalization(Conv2D({ filters: 8, kernelSize: 3 }))(x, { training: true });
 */
export const SpectralNormalization = /* @__PURE__ */ callable(SpectralNormalizationLayer);
