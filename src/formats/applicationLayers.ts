/**
 * Layers that models of `keras.applications` define for themselves. Files name them by the module that they are in, so that
 * Keras finds them there again; here they are found wherever layers of files are.
 */
import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { Layer, type LayerOptions } from "../layer.js";
import { add, affine } from "../ops/index.js";
import { type PartialShape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

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

/** The module of each class in Keras. */
export const applicationModules: Readonly<Record<string, string>> = {
  CustomScaleLayer: "keras.src.applications.inception_resnet_v2",
};
