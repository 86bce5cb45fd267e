// Data that is odd but possible: sequences of no steps, and 64-bit integers.
import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.js";
import * as z from "../../src/index.js";

const recurrent: [make: () => z.Layer, shape: number[]][] = [
  [() => z.LSTM({ units: 2, name: "a" }), [2, 0, 3]],
  [() => z.GRU({ units: 2, name: "a" }), [2, 0, 3]],
  [() => z.SimpleRNN({ units: 2, returnSequences: true, name: "a" }), [2, 0, 3]],
  [() => z.RNN([z.LSTMCell({ units: 2 }), z.GRUCell({ units: 2 })], { name: "a" }), [2, 0, 3]],
  [() => z.ConvLSTM2D({ filters: 2, kernelSize: 3, name: "a" }), [2, 0, 5, 5, 1]],
];

test.each(recurrent)("a sequence of no steps is refused, %#", (make, shape) => {
  const layer = make();
  const message = `${layer.label}: expected at least one step, received [${shape.join(", ")}].`;
  expect(() => layer.compute([z.zeros(shape)])).toThrow(ShapeError);
  expect(() => layer.compute([z.zeros(shape)])).toThrow(message);
});

test("64-bit integers are numbers", async () => {
  const x = z.tensor(BigInt64Array.of(3n, -2n) as never, [1, 2]);
  expect([...(await x.data())]).toEqual([3, -2]);
  const model = z.Sequential([z.Input({ shape: [2] }), z.Dense({ units: 1, kernelInitializer: "ones" })]);
  const y = (await model.predict({ shape: [1, 2], data: BigUint64Array.of(5n, 6n) } as never)) as z.Tensor;
  expect([...(await y.data())]).toEqual([11]);
});
