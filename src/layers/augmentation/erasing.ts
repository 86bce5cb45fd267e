import { ArgumentError, shown } from "../../errors.js";
import { callable } from "../../layer.js";
import { clip } from "../../ops/index.js";
import { where } from "../../ops/where.js";
import type { PartialShape } from "../../shape.js";
import { type Tensor, tensor } from "../../tensor.js";
import { applyWhere, checkChannels, type Draws, type Factor, type Range, readFactor } from "./augmentation.js";
import { boxes } from "./boxes.js";
import { FactorLayer, type ValueRangeOptions } from "./colour.js";

/** The options of `RandomErasing`. */
export interface RandomErasingOptions extends ValueRangeOptions {
  /** The probability, 0 to 1: its largest value or a range from which it is drawn; 1 by default. */
  factor?: Factor;
  /** The range of shares of the frame that each side's square root is taken of, 0 to 1; `[0.02, 0.33]` by default. */
  scale?: Factor;
  /** The value inside of the box, or one for each of three channels; noise by default. */
  fillValue?: number | readonly number[] | null;
}

/** The class of `RandomErasing` layers, for subclasses and `instanceof`. */
export class RandomErasingLayer extends FactorLayer {
  static override className = "RandomErasing";
  static override bounds: Range = [0, 1];
  /** The range of shares. */
  readonly scale: Range;
  /** The value inside of the box, or one for each channel; null for noise. */
  readonly fillValue: number | readonly number[] | null;

  constructor(options: RandomErasingOptions = {}) {
    super({ factor: 1, ...options }, ["scale", "fillValue"]);
    const { scale = [0.02, 0.33], fillValue = null } = Object(options) as RandomErasingOptions;
    this.scale = readFactor(this.label, "scale", scale, [0, 1], true);
    this.fillValue = fillValue;
    const isList = Array.isArray(this.fillValue);
    if (![this.fillValue ?? 0].flat().every(Number.isFinite) || (isList && [this.fillValue].flat().length !== 3)) {
      throw new ArgumentError(
        `${this.label}: fillValue ${shown(this.fillValue)}; expected a number, or a list of three.`,
      );
    }
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const shares = () => draws.numbers(this.scale).map(Math.sqrt);
    const box = boxes(draws, x.shape, shares(), shares());
    const flags = draws.flags(this.factor);
    return applyWhere(flags, where(box, this.#filling(x, draws), x), x);
  }

  #filling(x: Tensor, draws: Draws): Tensor {
    const [low, high] = this.valueRange;
    const { fillValue } = this;
    const values =
      fillValue === null
        ? tensor(
            Float32Array.from({ length: x.size }, () => draws.normal() * high),
            x.shape,
          )
        : tensor([[[[fillValue].flat()]]]); // for each channel
    return clip(values, low, high);
  }

  /** Refuses frames whose channels a list of values does not fit. @throws ShapeError */
  protected override checkFrames(x: PartialShape): void {
    if (Array.isArray(this.fillValue)) checkChannels(this.label, x, [3]);
  }
}

/**
 * Makes a layer that fills a box at a random place of each frame in training (Zhong et al., "Random erasing data
 * augmentation", 2017), and gives x itself otherwise: `[batch, height, width, channels]` or clips with an axis of time,
 * whose frames lose the same place.
 *
 * @throws ArgumentError for factors outside of 0 to 1, another filling than numbers, and no range of values.
 */
export const RandomErasing = /* @__PURE__ */ callable(RandomErasingLayer);
