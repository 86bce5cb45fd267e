/** Moving averages of batch normalization as in Keras 2. Its results, in training too, are those of Keras 3. */
import type { Layer } from "../../layer.js";
import type { BatchNormalizationLayer } from "../../layers/index.js";
import { add, affine } from "../../ops/index.js";
import { stopGradient } from "../../autograd.js";
import { pow } from "../../powers.js";
import { scope } from "../../scope.js";
import { normalizeAxis } from "../../shape.js";
import type { Tensor, Variable } from "../../tensor.js";
import { callWithoutMasks, replaceMethods } from "./replace.js";

/** Whether TensorFlow's fused operation computes x: frames, and from 2.5 on volumes, with channels first or last. */
export const isFused = (layer: Layer, { shape }: Tensor, ranks: readonly number[]): boolean =>
  ranks.includes(shape.length) &&
  [1, shape.length - 1].includes(normalizeAxis(layer.label, (layer as BatchNormalizationLayer).axis, shape.length));

/** The factors of the variance, by the name of what the moving average follows. `count`: values of each channel. */
const factors = {
  fused: (layer: Layer, x: Tensor, count: number) => (isFused(layer, x, [4, 5]) ? unbiased(count) : 1),
  fusedFrames: (layer: Layer, x: Tensor, count: number) => (isFused(layer, x, [4]) ? unbiased(count) : 1),
  /** Keras 2 as a package of its own corrects what TensorFlow's operation has corrected, and takes off epsilon too. */
  sample: (layer: Layer, x: Tensor, count: number) =>
    (count / (count - 1 - (layer as BatchNormalizationLayer).epsilon)) * (isFused(layer, x, [4]) ? unbiased(count) : 1),
};

const unbiased = (count: number): number => count / Math.max(count - 1, 1);

/** The moving variance follows a variance that is multiplied by a factor. */
export function scaleVariance(layer: Layer, kind: keyof typeof factors): void {
  correctAverages(layer, (x, count, { momentum, movingVariance }, [, before]) => {
    const factor = factors[kind](layer, x, count);
    // average = momentum before + (1 - momentum) variance, in which the variance is to be larger.
    assign(movingVariance, affine(movingVariance, factor), affine(before, momentum * (1 - factor)));
  });
}

/** Both averages move several times towards the same statistics. */
export function repeatUpdates(layer: Layer, updates: number): void {
  correctAverages(layer, (_x, _count, { momentum, movingMean, movingVariance }, before) => {
    // The first update has moved them by 1 - momentum of the way.
    const way = momentum === 1 ? 1 : (1 - pow(momentum, updates)) / (1 - momentum);
    [movingMean, movingVariance].forEach((average, i) =>
      assign(average, affine(average, way), affine(before[i], 1 - way)),
    );
  });
}

function correctAverages(
  layer: Layer,
  correct: (x: Tensor, count: number, layer: BatchNormalizationLayer, before: readonly Tensor[]) => void,
): void {
  const norm = layer as BatchNormalizationLayer;
  const usual = layer.call.bind(layer);
  replaceMethods(layer, {
    call(xs, options) {
      if (!options.training || !norm.trainable) return usual(xs, options);
      const { movingMean, movingVariance } = norm;
      const before = stopGradient(() => [movingMean, movingVariance].map((average) => affine(average, 1)));
      const ys = usual(xs, options);
      const count = xs[0].size / movingMean.size / options.timeSteps;
      stopGradient(() => scope(() => correct(xs[0], count, norm, before)));
      return ys;
    },
  });
}

const assign = (average: Variable, a: Tensor, b: Tensor): void => void average.assign(add(a, b));

/** Statistics are those of all steps, whether they are masked or not. */
export const ignoreMasks = (layer: Layer): void => callWithoutMasks(layer);

/** The same where TensorFlow's fused operation computes them, which takes no masks. */
export const ignoreMasksWhereFused = (layer: Layer): void => callWithoutMasks(layer, (x) => isFused(layer, x, [4, 5]));
