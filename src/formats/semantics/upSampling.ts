/** UpSampling2D "bilinear" of TensorFlow.js: pixels lie at their upper left corners, and the last ones are repeated. */
import type { Layer } from "../../layer.js";
import type { UpSampling2DLayer } from "../../layers/index.js";
import { add, concat, multiply, reshape, slice, subtract } from "../../ops/index.js";
import { tensor, type Tensor } from "../../tensor.js";
import { replaceMethods } from "./replace.js";

/** New pixel i lies at i / size between the old ones, in place of (i + 0.5) / size - 0.5. */
export function alignCorners(layer: Layer): void {
  const { size } = layer as UpSampling2DLayer;
  replaceMethods(layer, { call: ([x]) => [size.reduce((y, times, i) => stretch(y, i + 1, times), x)] });
}

/** Makes an axis `times` as long: after each pixel come those on the way to the next one. */
function stretch(x: Tensor, axis: number, times: number): Tensor {
  const { shape } = x;
  const count = shape[axis];
  const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
  const start = [...before.map(() => 0), 1];
  const last = slice(x, [...before.map(() => 0), count - 1], [...before, 1]);
  const next = count === 1 ? last : concat([slice(x, start, [...before, count - 1]), last], axis);
  const spread = (y: Tensor) => reshape(y, [...before, count, 1, ...after]);
  const way = tensor(
    Float32Array.from({ length: times }, (_, i) => i / times),
    [times, ...after.map(() => 1)],
  );
  const between = add(spread(x), multiply(subtract(spread(next), spread(x)), way));
  return reshape(between, [...before, count * times, ...after]);
}
