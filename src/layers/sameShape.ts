import { Layer } from "../layer.js";
import { alongOthers } from "../layer/steps.js";
import type { PartialShape } from "../shape.js";

/** The base of layers whose result has the shape of x, element for element: masks pass through them. */
export abstract class SameShapeLayer extends Layer {
  override get supportsMasking(): boolean {
    return true;
  }

  /** True for layers whose options name no axis, as those work element by element. */
  override stepper(shapes: PartialShape[]): boolean | string {
    return alongOthers(shapes, (this as { readonly axis?: number | readonly number[] }).axis ?? []);
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    this.checkShape(x);
    return [x];
  }

  /** Refuses shapes that the layer cannot take; any will do by default. @throws ShapeError */
  protected checkShape(_x: PartialShape): void {}
}
