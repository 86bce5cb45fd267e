/**
 * Layers that models of `keras.applications` define for themselves. Files name them by the module that they are in, so that
 * Keras finds them there again; here they are found wherever layers of files are.
 */
import { ArgumentError, ShapeError, shapeText, shown } from "../../errors.js";
import { Layer, type LayerOptions } from "../../layer.js";
import { DropoutLayer } from "../../layers/dropout.js";
import { add, affine, multiply } from "../../ops/index.js";
import { type PartialShape, sameShape } from "../../shape.js";
import type { Tensor, Variable } from "../../tensor.js";

/** The options of `LayerScaleLayer`. */
interface LayerScaleOptions extends LayerOptions {
  /** The first value of all factors. */
  initValues: number;
  /** The number of channels. */
  projectionDim: number;
}

/** One factor for each channel, as ConvNeXt scales its residual branches: H. Touvron et al., arXiv:2103.17239. */
export class LayerScaleLayer extends Layer {
  static override className = "LayerScale";
  /** The factors, `[channels]`. */
  gamma!: Variable;
  readonly #options: LayerScaleOptions;

  constructor(options: LayerScaleOptions) {
    super(options, ["initValues", "projectionDim"]);
    this.#options = options;
    const { projectionDim } = options;
    if (!Number.isSafeInteger(projectionDim) || projectionDim < 1) {
      throw new ArgumentError(`${this.label}: projectionDim ${shown(projectionDim)}; expected a whole number from 1.`);
    }
  }

  override build(): void {
    const { initValues, projectionDim } = this.#options;
    this.gamma = this.addWeight("gamma", [projectionDim], () => new Float32Array(projectionDim).fill(initValues));
  }

  override call([x]: Tensor[]): Tensor[] {
    return [multiply(x, this.gamma)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    const { projectionDim } = this.#options;
    if (x.at(-1) === projectionDim) return [x];
    throw new ShapeError(`${this.label}: expected ${projectionDim} channels, received ${shapeText(x)}.`);
  }
}

/** The options of `CustomScaleLayer`. */
interface CustomScaleOptions extends LayerOptions {
  /** The factor of the second tensor. */
  scale: number;
}

/** The first tensor plus a multiple of the second, as InceptionResNetV2 joins its branches. */
export class CustomScaleLayer extends Layer {
  static override className = "CustomScaleLayer";
  /** The factor of the second tensor. */
  readonly scale: number;

  constructor(options: CustomScaleOptions) {
    super(options, ["scale"]);
    this.scale = options.scale;
    if (typeof this.scale !== "number") throw new ArgumentError(`${this.label}: scale ${shown(this.scale)}; expected a number.`); // prettier-ignore
  }

  override get takesSeveral(): boolean {
    return true;
  }

  override call([x, y]: Tensor[]): Tensor[] {
    return [add(x, affine(y, this.scale))];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    const [x, y] = shapes;
    if (shapes.length === 2 && sameShape(x, y)) return [x];
    throw new ShapeError(
      `${this.label}: expected two tensors of one shape, received ${shapes.map(shapeText).join(" and ")}.`,
    );
  }
}

/** The options of `StochasticDepthLayer`. */
interface StochasticDepthOptions extends LayerOptions {
  /** The share of the batches whose residual branch is left out in training. */
  dropPathRate: number;
}

/**
 * Leaves a residual branch out in training, for whole samples: G. Huang et al., "Deep networks with stochastic depth", 2016.
 * It is dropout with one number for each sample.
 */
export class StochasticDepthLayer extends DropoutLayer {
  static override className = "StochasticDepth";

  constructor(options: StochasticDepthOptions) {
    super({ ...options, rate: options.dropPathRate } as LayerOptions & { rate: number }, ["dropPathRate", "rate"]);
  }

  override getConfig(): Record<string, unknown> {
    const { rate: _, ...config } = super.getConfig();
    return config;
  }

  protected override maskShape(x: PartialShape): PartialShape {
    return x.map((_, axis) => (axis === 0 ? null : 1));
  }
}

/** The module of each class in Keras. */
export const applicationModules: Readonly<Record<string, string>> = {
  CustomScaleLayer: "keras.src.applications.inception_resnet_v2",
  LayerScale: "keras.src.applications.convnext",
  StochasticDepth: "keras.src.applications.convnext",
};
