import { checkNumber } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { getRegularizer } from "../regularizers.js";
import type { Tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

/** The options of `ActivityRegularization`. */
export interface ActivityRegularizationOptions extends Omit<LayerOptions, "activityRegularizer"> {
  /** The factor of the sum of absolute values; 0 by default. */
  l1?: number;
  /** The factor of the sum of squares; 0 by default. */
  l2?: number;
}

/** The class of `ActivityRegularization` layers, for subclasses and `instanceof`. */
export class ActivityRegularizationLayer extends SameShapeLayer {
  static override className = "ActivityRegularization";
  /** The factor of the sum of absolute values. */
  readonly l1: number;
  /** The factor of the sum of squares. */
  readonly l2: number;

  constructor(options: ActivityRegularizationOptions = {}) {
    super(options, ["l1", "l2"]);
    this.l1 = checkNumber(this.label, "l1", options.l1 ?? 0, "a number from 0");
    this.l2 = checkNumber(this.label, "l2", options.l2 ?? 0, "a number from 0");
    const { l1, l2 } = this;
    // Not an option, so that the config does not say the same twice.
    const activityRegularizer = getRegularizer(this.label, { className: "L1L2", config: { l1, l2 } });
    Object.assign(this, { activityRegularizer });
  }

  override call([x]: Tensor[]): Tensor[] {
    return [x];
  }
}

/**
 * Makes a layer that gives x itself and adds a penalty for its size to the loss: l1 times the sum of absolute values and
 * l2 times the sum of squares, divided by the size of the batch. Any shape, result of the same shape.
 *
 * @throws ArgumentError for a factor below 0.
 */
export const ActivityRegularization = /* @__PURE__ */ callable(ActivityRegularizationLayer);
