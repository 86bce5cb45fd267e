import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { callable } from "../layer.js";
import { add, affine, divide, mean, multiply, reshape, sqrt, square, subtract } from "../ops/index.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { knownSize } from "./check.js";
import { NormalizationLayer, type NormalizationOptions } from "./normalization.js";

/** The options of `GroupNormalization`. */
export interface GroupNormalizationOptions extends NormalizationOptions {
  /** Number of groups into which channels are split, -1 for one channel each (instance normalization); 32 by default. */
  groups?: number;
  /** The axis of the channels; the last by default. */
  axis?: number;
}

/** The class of `GroupNormalization` layers, for subclasses and `instanceof`. */
export class GroupNormalizationLayer extends NormalizationLayer {
  static override className = "GroupNormalization";
  /** Number of groups into which channels are split; -1 for one channel each. */
  readonly groups: number;
  /** The axis of the channels. */
  readonly axis: number;
  #channels: number | undefined;

  constructor(options: GroupNormalizationOptions = {}) {
    super(options, ["groups", "axis"]);
    const { groups = 32 } = options;
    if (!Number.isInteger(groups) || (groups < 1 && groups !== -1)) {
      throw new ArgumentError(`${this.label}: groups ${shown(groups)}; expected a whole number from 1, or -1.`);
    }
    this.groups = groups;
    this.axis = options.axis ?? -1;
  }

  override build([shape]: PartialShape[]): void {
    this.#channels = shape.at(this.axis)!;
    this.addScaleAndShift([this.#channels]);
  }

  override stepper(): string {
    return "its mean and variance are those of all time steps";
  }

  override call([x]: Tensor[]): Tensor[] {
    const axis = normalizeAxis(this.label, this.axis, x.shape.length);
    const { groups, each } = this.split(x.shape[axis]);
    const inGroups = [...x.shape.slice(0, axis), groups, each, ...x.shape.slice(axis + 1)];
    const y = reshape(x, inGroups);
    const axes = inGroups.map((_, i) => i).filter((i) => i !== 0 && i !== axis);
    const centred = subtract(y, mean(y, axes, true));
    const deviation = sqrt(affine(mean(square(centred), axes, true), 1, this.epsilon));
    const ofChannels = x.shape.map((n, i) => (i === axis ? n : 1));
    const normal = reshape(divide(centred, deviation), x.shape);
    const scaled = this.gamma ? multiply(normal, reshape(this.gamma, ofChannels)) : normal;
    return [this.beta ? add(scaled, reshape(this.beta, ofChannels)) : scaled];
  }

  /** @internal Gives the number of groups, and that of the channels in each. */
  split(channels: number): { groups: number; each: number } {
    const groups = this.groups === -1 ? channels : this.groups;
    return { groups, each: channels / groups };
  }

  protected override checkShape(x: PartialShape): void {
    if (x.length < 2) {
      throw new ShapeError(`${this.label}: expected [batch, ..., channels], received ${shapeText(x)}.`);
    }
    const axis = normalizeAxis(this.label, this.axis, x.length);
    const channels = knownSize(this.label, x, "channels", this.#channels, axis);
    if (axis === 0) throw new ShapeError(`${this.label}: axis 0 is the batch; expected the axis of the channels.`);
    if (Number.isInteger(this.split(channels).each)) return;
    throw new ShapeError(
      `${this.label}: ${channels} channels do not fall into ${this.groups} groups, received ${shapeText(x)}.`,
    );
  }
}

/**
 * Makes a layer that normalizes groups of channels of each sample (Wu and He, 2018): (x - mean) / sqrt(variance +
 * epsilon) gamma + beta, with mean and variance over the channels of a group and all axes but the batch. x
 * `[batch, ..., channels]`, result of the same shape. Weights, each `[channels]`: gamma ("ones" by default), beta
 * ("zeros").
 *
 * @throws ArgumentError for groups that are no whole number from 1 or -1, and for unknown names.
 * @example
 * const y = GroupNormalization({ groups: 4 })(Conv2D({ filters: 16, kernelSize: 3 })(x));
 */
export const GroupNormalization = /* @__PURE__ */ callable(GroupNormalizationLayer);
